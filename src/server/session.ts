import { type Clock } from '../lib/clock.js';
import { GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';
import { type Authority } from '../poll/authority.js';

/** Who asks, from what it says of itself; null when it says nothing, an error when that is not believed. */
export type Identify = (authorization: string | undefined) => Promise<Caller | GraphError | null>;

/** What a client is told when its token is about to end; it answers with another one. */
export interface ExpiryNotice {
  /** RFC 3339. */
  readonly tokenExpiresAt: string;
  /** What the next token has to satisfy, where Graph said so: its challenge, as it came. */
  readonly claims?: string;
}

/**
 * The authority of one socket, for as long as its token lasts. A known end is announced a minute before; that Graph
 * refuses the token is an end that nobody knew. Whoever brings another token in time goes on.
 */
export interface Session extends Authority {
  /** @returns what is wrong with the new token; null when it is taken. The old one serves on until then. */
  renew(authorization: string): Promise<GraphError | null>;
  /** The socket is gone. */
  end(): void;
}

export interface SessionOptions {
  readonly caller: Caller;
  readonly identify: Identify;
  readonly clock: Clock;
  readonly warn: (notice: ExpiryNotice) => void;
  /** The token has ended, and no other one came. */
  readonly expire: () => void;
}

/** Long enough for a silent sign-in, and not so long that a client has forgotten. */
const WARN_BEFORE_MS = 60_000;
/** How long a client has to bring another token once Graph refuses the one it has. */
const RENEW_WITHIN_MS = 10_000;

export function openSession({ caller: first, identify, clock, warn, expire }: SessionOptions): Session {
  const listeners = new Set<() => void>();
  let caller = first;
  /** Credentials that Graph takes no more. */
  const refused = new Set<string>();
  let renewals = 0;
  let lastTaken = 0;
  let cancel: () => void = () => undefined;

  const noticeOf = (at: number): ExpiryNotice => ({ tokenExpiresAt: new Date(at).toISOString() });
  const watchExpiry = (): void => {
    cancel();
    const { expiresAt } = caller;
    if (expiresAt === null) return;
    cancel = clock.wakeAt(Math.max(clock.now(), expiresAt - WARN_BEFORE_MS), () => {
      warn(noticeOf(expiresAt));
      cancel = clock.wakeAt(expiresAt, expire);
    });
  };
  watchExpiry();

  return {
    get caller() {
      return caller;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refused({ reason }) {
      if (refused.has(caller.credential)) return true;
      refused.add(caller.credential);
      const claims = reason.kind === 'unauthenticated' ? reason.claims : undefined;
      warn({ ...noticeOf(clock.now()), ...(claims !== undefined && { claims }) });
      cancel();
      cancel = clock.wakeAt(clock.now() + RENEW_WITHIN_MS, expire);
      return true;
    },
    async renew(authorization) {
      const renewal = ++renewals;
      const who = await identify(authorization);
      if (who instanceof GraphError) return who;
      if (who === null) return new GraphError({ kind: 'unauthenticated' }, 'The authorization says nothing.');
      if (refused.has(who.credential)) {
        return new GraphError(
          { kind: 'unauthenticated' },
          'Microsoft Graph takes this token no more; another one is needed.',
        );
      }
      if (renewal < lastTaken) return null; // one that was brought later serves already, or the socket is gone
      lastTaken = renewal;
      caller = who;
      watchExpiry();
      for (const listener of [...listeners]) listener();
      return null;
    },
    end() {
      lastTaken = Infinity;
      cancel();
      listeners.clear();
    },
  };
}
