import { type Scope } from '../operation/scope.js';

/**
 * The names of everything in Redis. All that is about operations has one hash tag, so that in a cluster one script can
 * stamp a reading, keep it and publish it in one step: Graph's limits allow some dozens of readings a second, which one
 * shard carries easily. What is a scope's has the scope as its tag: one MGET reads it.
 */
export interface Names {
  readonly snapshot: (location: string) => string;
  readonly lastStamp: string;
  readonly replicas: string;
  readonly lease: (key: string) => string;
  readonly proof: (scope: Scope, key: string) => string;
  readonly page: (scope: Scope, link: string) => string;
  /** The channel that tells of one operation. */
  readonly newsOf: (location: string) => string;
  /** The location that a channel tells of; null for other channels. */
  readonly locationOf: (channel: string) => string | null;
  readonly noticesOf: (topic: string) => string;
  /** The channel on which a process hears itself. */
  readonly echoOf: (processId: string) => string;
}

/** Raised when what is written changes so that the version before could not read it. */
const FORMAT = 2;

/**
 * @param namespace gateways with different ones share nothing
 * @param database its number: keys of two databases are apart by themselves, channels are not
 */
export function createNames(namespace: string, database: number): Names {
  const keys = `gog${FORMAT}:${namespace}`;
  const channels = `${keys}:${database}`;
  const news = `${channels}:news:`;
  return {
    snapshot: (location) => `${keys}:{operations}:snapshot:${location}`,
    lastStamp: `${keys}:{operations}:stamp`,
    replicas: `${keys}:{operations}:replicas`,
    lease: (key) => `${keys}:{operations}:lease:${key}`,
    proof: (scope, key) => `${keys}:{${scope}}:proof:${key}`,
    page: (scope, link) => `${keys}:{${scope}}:page:${link}`,
    newsOf: (location) => news + location,
    locationOf: (channel) => (channel.startsWith(news) ? channel.slice(news.length) : null),
    noticesOf: (topic) => `${channels}:notice:${topic}`,
    echoOf: (processId) => `${channels}:echo:${processId}`,
  };
}
