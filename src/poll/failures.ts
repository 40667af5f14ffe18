import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Random } from '../lib/random.js';
import { GraphError, type Reason } from '../operation/failure.js';
import { type Caller, type Scope } from '../operation/scope.js';

/** The official SDK's base delay and longest delay for a server's error. */
const BACKOFF_BASE_MS = 3_000;
const BACKOFF_MAX_MS = 180_000;
/** How far those who wait for the budget are spread, the longer they have waited. */
const TURNS_BASE_MS = 500;
const TURNS_MAX_MS = 8_000;
/** Graph may say "come back in 0 seconds" for as long as it likes; nobody may be asked in a tight circle. */
const LEAST_RETRY_MS = 1_000;
/** How long a run of failures is remembered after its last one, so that the next one counts on. */
const KEEP_MS = 600_000;
/** About 2 KB each; beyond so many the oldest are forgotten, whatever is asked for. */
const MAX_FAILURES = 20_000;

export interface Failure {
  readonly error: GraphError;
  /** No read before this, epoch ms. */
  readonly until: number;
  /** How many in a row. */
  readonly attempts: number;
  /** The caller's token that was refused. */
  readonly credential: string;
}

/**
 * Which reads failed, and from when they may be tried again: as a throttle says; else after a growing, jittered delay, or,
 * for an answer that says something (not found, not allowed), after the interval like any check, and never before Graph
 * said, where it did.
 *
 * A failure is its scope's alone: what Graph answered to one caller is nothing to tell another, nor to hold it back by.
 * That a token was refused holds back nobody of its scope who brings another one.
 * What Graph asks of everybody, a pause for a host or a tenant, or for what it cannot tell now, the reader keeps.
 */
export interface Failures {
  record(caller: Caller, location: string, error: GraphError): Failure;
  /** The failure that still forbids a read, or null. */
  active(caller: Caller, location: string): Failure | null;
  /** A read succeeded. */
  clear(scope: Scope, location: string): void;
  /** Forgets them all, for good. */
  close(): void;
}

export interface FailuresOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly intervalMs: number;
}

export function createFailures({ clock, random, intervalMs }: FailuresOptions): Failures {
  const failures = createExpiringMap<string, Failure>({ clock, maxEntries: MAX_FAILURES });
  const keyOf = (scope: Scope, location: string): string => `${scope} ${location}`;

  /** Jitter adds up to a half, and leaves room for itself below the longest delay. */
  const backoffMs = (attempts: number): number =>
    Math.min(BACKOFF_MAX_MS / 1.5, BACKOFF_BASE_MS * 2 ** (attempts - 1)) * (1 + random() / 2);
  const delayOf = (reason: Reason, attempts: number): number => {
    if (reason.kind === 'throttled') return Math.max(reason.retryAfterMs, attempts > 1 ? LEAST_RETRY_MS : 0);
    if (reason.kind === 'overBudget') {
      // All who were turned away were told of the same place: they come for it one by one.
      return reason.retryAfterMs + random() * Math.min(TURNS_MAX_MS, TURNS_BASE_MS * 2 ** (attempts - 1));
    }
    const ownMs = reason.kind === 'unavailable' ? backoffMs(attempts) : intervalMs;
    return Math.max(ownMs, reason.retryAfterMs ?? 0);
  };
  const holds = ({ error, until, credential }: Failure, caller: Caller): boolean =>
    until > clock.now() && (error.reason.kind !== 'unauthenticated' || credential === caller.credential);

  return {
    record({ scope, credential }, location, error) {
      const key = keyOf(scope, location);
      const attempts = (failures.get(key)?.attempts ?? 0) + 1;
      const until = clock.now() + delayOf(error.reason, attempts);
      const failure: Failure = { error, until, attempts, credential };
      failures.set(key, failure, until + KEEP_MS);
      return failure;
    },
    active(caller, location) {
      const failure = failures.get(keyOf(caller.scope, location));
      return failure !== undefined && holds(failure, caller) ? failure : null;
    },
    clear(scope, location) {
      failures.delete(keyOf(scope, location));
    },
    close: () => failures.clear(),
  };
}

/** The error of a failure that still holds, telling what is left of its delay now. */
export function remaining({ error, until }: Failure, now: number): GraphError {
  const { reason } = error;
  if (reason.retryAfterMs === undefined) return error;
  return new GraphError({ ...reason, retryAfterMs: until - now }, error.message, error.answer, { cause: error });
}
