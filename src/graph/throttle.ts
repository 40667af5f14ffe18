import { type Random } from '../lib/random.js';
import { isSuccess, type Answer } from './answer.js';
import { parseRetryAfter } from '../lib/retry-after.js';

/**
 * Until when to be quiet, and for whom. A throttle of one read silences its host; one of a whole batch, or one whose
 * scope is the tenant or the application, silences every host, since a reader speaks for one app and tenant. Another
 * failure that says when to come back silences what was read, and nothing else.
 */
export interface Throttles {
  /** Ms for which a location must not be asked for, nor anything of a host by the host's; 0 when it may be. */
  quietMs(location: string, now: number): number;
  /**
   * Takes note of an answer: a throttle begins a silence, any other answer ends the counting of throttles in a row.
   *
   * @param host the location of the host that was read, or null for a batch that failed as one
   * @returns ms that this failure asks for, with a throttle always; null when it asks for none, or is no failure
   */
  hear(host: string | null, answer: Answer, now: number): number | null;
  /** This alone is to be left alone for so long. */
  rest(location: string, forMs: number, now: number): void;
  /** Another process was asked to be quiet, and so are we. */
  hearPause(pause: Pause, now: number): void;
}

/** A silence that Graph asked for. */
export interface Pause {
  /** The location of a host, or of what was read in it; null where it is meant for every host. */
  readonly host: string | null;
  readonly forMs: number;
}

/** Where Graph gives no time, waits begin with the official SDK's delay, double, and stay below its longest. */
const FIRST_DELAY_MS = 3_000;
const LONGEST_DELAY_MS = 180_000;

/** No location of a host: those begin with a slash. */
const EVERYONE = '*';

interface Silence {
  readonly until: number;
  /** How many throttles came in a row, each after the silence before it. */
  readonly round: number;
}

/** @param onPause is told of each silence that begins, so that others who read for the same tenant keep it too */
export function createThrottles(random: Random, onPause: (pause: Pause) => void = () => undefined): Throttles {
  const silences = new Map<string, Silence>();
  let sweepAt = -Infinity;

  /** A silence that is over is kept as long as one more may follow it, for the sake of its count. */
  function dropForgotten(now: number): void {
    if (now < sweepAt) return;
    sweepAt = now + 1_000;
    for (const [key, { until }] of silences) if (until + LONGEST_DELAY_MS <= now) silences.delete(key);
  }

  function begin(key: string, askedMs: number | null, now: number): number {
    dropForgotten(now);
    const before = silences.get(key) ?? { until: -Infinity, round: 0 };
    // Reads that were under way together are throttled together; that is once, not once more in a row.
    const round = before.until > now ? before.round : before.round + 1;
    const retryAfterMs = askedMs ?? backoffMs(round, random);
    silences.set(key, { until: Math.max(before.until, now + retryAfterMs), round });
    onPause({ host: key === EVERYONE ? null : key, forMs: retryAfterMs });
    return retryAfterMs;
  }

  function extend({ host, forMs }: Pause, now: number): void {
    dropForgotten(now);
    const key = host ?? EVERYONE;
    const before = silences.get(key) ?? { until: -Infinity, round: 1 };
    silences.set(key, { ...before, until: Math.max(before.until, now + forMs) });
  }

  return {
    quietMs(location, now) {
      const until = Math.max(silences.get(location)?.until ?? now, silences.get(EVERYONE)?.until ?? now);
      return Math.max(0, until - now);
    },
    hear(host, answer, now) {
      const askedMs = parseRetryAfter(answer.headers.get('retry-after'), now, answer.headers.get('date'));
      if (answer.status === 429 || (answer.status === 503 && askedMs !== null)) {
        return begin(host === null || isForEveryone(answer) ? EVERYONE : host, askedMs, now);
      }
      for (const key of [host ?? EVERYONE, EVERYONE]) {
        if ((silences.get(key)?.until ?? Infinity) <= now) silences.delete(key);
      }
      return isSuccess(answer) ? null : askedMs;
    },
    rest(location, forMs, now) {
      const pause = { host: location, forMs };
      extend(pause, now);
      onPause(pause);
    },
    hearPause: extend,
  };
}

/** `x-ms-throttle-scope` reads as scope/limit/application/tenant; some scopes are one user or one resource. */
function isForEveryone(answer: Answer): boolean {
  return /^(tenant|application)/i.test(answer.headers.get('x-ms-throttle-scope') ?? '');
}

/** From once to twice the delay of this round: never less than the SDK waits, and never all at one moment. */
function backoffMs(round: number, random: Random): number {
  const delayMs = Math.min(FIRST_DELAY_MS * 2 ** (round - 1), LONGEST_DELAY_MS / 2);
  return Math.ceil(delayMs * (1 + random()));
}
