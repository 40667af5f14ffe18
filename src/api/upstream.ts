import { type Cost } from '../poll/reads.js';

/** `extensions.upstream`: what an answer cost. */
export interface Upstream {
  /** HTTP requests to Microsoft Graph, a `$batch` being one. */
  readonly requests: number;
  /** Reads in them, which count against Graph's limits one by one. */
  readonly reads: number;
  /** Operations told from what was held. */
  readonly snapshots: number;
}

export function upstreamOf({ requests, reads, snapshots }: Cost): Upstream {
  return { requests, reads, snapshots };
}
