import { GraphError } from '../operation/failure.js';
import { type Budget } from './budget.js';
import { type Outgoing } from './read.js';
import { type Throttles } from './throttle.js';

/** What to do with reads that are to be sent. */
export interface Admission<T> {
  /** To be sent at once: they are counted as sent. */
  readonly now: readonly T[];
  /** Not to be sent, and why. */
  readonly refused: readonly { readonly read: T; readonly error: GraphError }[];
  /** To be asked for again, at `againAt` (epoch ms). */
  readonly later: readonly T[];
  readonly againAt: number;
}

/**
 * Asks for each read whether Graph wants to hear it and whether our budget has room. A silence is never waited out
 * here; room in the budget is waited for when it comes by `patientUntil` (epoch ms).
 */
export function admit<T extends Pick<Outgoing, 'host' | 'location'>>(
  reads: readonly T[],
  { throttles, budget }: { readonly throttles: Throttles; readonly budget: Budget },
  now: number,
  patientUntil: number,
): Admission<T> {
  const admitted: T[] = [];
  const refused: { read: T; error: GraphError }[] = [];
  const later: T[] = [];
  let againAt = Infinity;
  for (const read of reads) {
    const quietMs = Math.max(throttles.quietMs(read.host.location, now), throttles.quietMs(read.location, now));
    const waitMs = quietMs > 0 ? 0 : budget.take(read.host, now);
    if (quietMs > 0) {
      refused.push({ read, error: silenced(quietMs) });
    } else if (waitMs === 0) {
      admitted.push(read);
    } else if (now + waitMs > patientUntil) {
      refused.push({ read, error: overBudget(waitMs) });
    } else {
      later.push(read);
      againAt = Math.min(againAt, now + waitMs);
    }
  }
  return { now: admitted, refused, later, againAt };
}

function silenced(retryAfterMs: number): GraphError {
  const message = `Microsoft Graph asked to be left alone for another ${retryAfterMs} ms; nothing was sent.`;
  return new GraphError({ kind: 'throttled', retryAfterMs }, message);
}

function overBudget(retryAfterMs: number): GraphError {
  const message = `The budget below Microsoft Graph's limits has room again in ${retryAfterMs} ms; nothing was sent.`;
  return new GraphError({ kind: 'overBudget', retryAfterMs }, message);
}
