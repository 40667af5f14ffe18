import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Random } from '../lib/random.js';
import { GraphError } from '../operation/failure.js';

/** A token for Graph, as the token authority gave it. */
export interface AccessToken {
  readonly token: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Why the token authority gave none. */
export interface TokenFailure {
  readonly error: GraphError;
  /** Whether others would be told the same: then nobody asks for a while. */
  readonly concerns: 'caller' | 'everyone';
  /** How long the authority wants to be left alone; null where it gave no time. */
  readonly retryAfterMs: number | null;
}

/** It never rejects. */
export type AcquireToken = () => Promise<AccessToken | TokenFailure>;

/**
 * Tokens for Graph, by whose they are. One request for each is under way at a time; what was given is used until it is
 * about to end and renewed before that, and who was refused does not ask again at once.
 */
export interface AccessTokens {
  /**
   * @param owner a keyed hash
   * @param until epoch ms: what is held of this owner is forgotten then
   * @throws {GraphError} why there is none
   */
  get(owner: string, acquire: AcquireToken, until: number): Promise<string>;
  /** Graph refused this token: another one is asked for. Not twice in a row, since then the fault is elsewhere. */
  discard(owner: string, token: string): void;
  /** How much is held, by what. */
  readonly sizes: { readonly tokens: number; readonly failures: number; readonly flights: number };
  clear(): void;
}

/** Renewed so long before the end, or a tenth of its life if that is less; not used in the last tenth of this margin. */
const RENEWAL_MARGIN_MS = 300_000;
/** A token takes two to four kilobytes. */
const MAX_OWNERS = 20_000;
/** A caller who was refused would be refused again, until it brings another token; that one is tried at once. */
const REFUSED_MS = 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const DISCARD_PAUSE_MS = 30_000;

interface Held extends AccessToken {
  readonly renewAt: number;
}

interface Pause {
  readonly failure: TokenFailure;
  readonly until: number;
  /** How many failures came in a row. */
  readonly round: number;
}

/** No owner: those are hashes. */
const EVERYONE = '*';

export function createAccessTokens(clock: Clock, random: Random): AccessTokens {
  const tokens = createExpiringMap<string, Held>({ clock, maxEntries: MAX_OWNERS });
  const pauses = createExpiringMap<string, Pause>({ clock, maxEntries: MAX_OWNERS });
  const discarded = createExpiringMap<string, true>({ clock, maxEntries: MAX_OWNERS });
  const flights = new Map<string, Promise<string>>();

  function pauseOf(owner: string, now: number): Pause | undefined {
    return [EVERYONE, owner].map((key) => pauses.get(key)).find((pause) => pause !== undefined && pause.until > now);
  }

  function beginPause(owner: string, failure: TokenFailure, now: number): void {
    const key = failure.concerns === 'everyone' ? EVERYONE : owner;
    const before = pauses.get(key);
    // Requests that were under way together failed together; that is once, not once more in a row.
    const round = before === undefined ? 1 : before.until > now ? before.round : before.round + 1;
    const pauseMs = pauseMsOf(failure, round);
    const until = Math.max(before?.until ?? 0, now + pauseMs);
    // It is kept for a while after its end, for the sake of the count.
    pauses.set(key, { failure, until, round }, until + LONGEST_PAUSE_MS);
  }

  function pauseMsOf({ retryAfterMs, error }: TokenFailure, round: number): number {
    if (retryAfterMs !== null) return Math.max(retryAfterMs, FIRST_PAUSE_MS);
    return error.reason.kind === 'unauthenticated' ? REFUSED_MS : growingMs(round);
  }

  /** From half to all of the delay of this round, so that callers who failed together do not return together. */
  function growingMs(round: number): number {
    const delayMs = Math.min(FIRST_PAUSE_MS * 2 ** round, LONGEST_PAUSE_MS);
    return Math.ceil((delayMs * (1 + random())) / 2);
  }

  async function acquireFor(owner: string, acquire: AcquireToken, until: number): Promise<string> {
    const outcome = await acquire();
    const now = clock.now();
    if ('error' in outcome) {
      beginPause(owner, outcome, now);
      throw outcome.error;
    }
    // A pause that another request has met since stays.
    for (const key of [owner, EVERYONE]) if ((pauses.get(key)?.until ?? Infinity) <= now) pauses.delete(key);
    const { token, expiresAt } = outcome;
    const marginMs = Math.min(RENEWAL_MARGIN_MS, (expiresAt - now) / 10);
    const held = { token, expiresAt, renewAt: Math.floor(expiresAt - marginMs) };
    tokens.set(owner, held, Math.min(until, Math.floor(expiresAt - marginMs / 10)));
    return token;
  }

  function acquireOnce(owner: string, acquire: AcquireToken, until: number): Promise<string> {
    const flight = flights.get(owner) ?? acquireFor(owner, acquire, until).finally(() => flights.delete(owner));
    flights.set(owner, flight);
    return flight;
  }

  return {
    async get(owner, acquire, until) {
      const now = clock.now();
      const held = tokens.get(owner);
      if (held !== undefined && held.renewAt > now) return held.token;
      const pause = pauseOf(owner, now);
      if (held !== undefined) {
        // It serves until its end, so nobody waits for the next one, nor hears that it could not be had.
        if (pause === undefined) acquireOnce(owner, acquire, until).catch(() => undefined);
        return held.token;
      }
      if (pause !== undefined) throw errorIn(pause, now);
      return acquireOnce(owner, acquire, until);
    },
    discard(owner, token) {
      if (tokens.get(owner)?.token !== token || discarded.get(owner) === true) return;
      tokens.delete(owner);
      discarded.set(owner, true, clock.now() + DISCARD_PAUSE_MS);
    },
    get sizes() {
      return { tokens: tokens.size, failures: pauses.size, flights: flights.size };
    },
    clear() {
      for (const map of [tokens, pauses, discarded]) map.clear();
    },
  };
}

/** As it was said, but for the time: of that only the rest is left. */
function errorIn({ failure: { error }, until }: Pause, now: number): GraphError {
  if (error.reason.kind !== 'throttled') return error;
  return new GraphError({ kind: 'throttled', retryAfterMs: until - now }, error.message, error.answer);
}
