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

/** Whoever the session is of. */
export interface SessionClient {
  warn(notice: ExpiryNotice): void;
  /** The token has ended, and no other one came. */
  expire(): void;
  /** The session's caller is another one. */
  hasAnotherCaller(): void;
}

export interface SessionOptions {
  readonly identify: Identify;
  readonly clock: Clock;
  /** How long a client has to bring another token once Graph refuses the one it has. */
  readonly renewWithinMs?: number;
}

/** Long enough for a silent sign-in, and not so long that a client has forgotten. */
const WARN_BEFORE_MS = 60_000;
const RENEW_WITHIN_MS = 10_000;

export function openSession(caller: Caller, client: SessionClient, options: SessionOptions): Session {
  return new SocketSession(caller, client, options);
}

/** A class, because there is one for each connection. */
class SocketSession implements Session {
  private listeners: Set<() => void> | null = null;
  /** Credentials that Graph takes no more. */
  private refusals: Set<string> | null = null;
  private renewals = 0;
  private lastTaken = 0;
  private cancel: (() => void) | null = null;

  constructor(
    public caller: Caller,
    private readonly client: SessionClient,
    private readonly options: SessionOptions,
  ) {
    this.watchExpiry();
  }

  onChange(listener: () => void): () => void {
    this.listeners ??= new Set();
    this.listeners.add(listener);
    return () => void this.listeners?.delete(listener);
  }

  refused({ reason }: GraphError): boolean {
    this.refusals ??= new Set();
    if (this.refusals.has(this.caller.credential)) return true;
    this.refusals.add(this.caller.credential);
    const { clock, renewWithinMs = RENEW_WITHIN_MS } = this.options;
    const claims = reason.kind === 'unauthenticated' ? reason.claims : undefined;
    this.client.warn({ ...noticeOf(clock.now()), ...(claims !== undefined && { claims }) });
    this.cancel?.();
    this.cancel = clock.wakeAt(clock.now() + renewWithinMs, () => this.client.expire());
    return true;
  }

  async renew(authorization: string): Promise<GraphError | null> {
    const renewal = ++this.renewals;
    const who = await this.options.identify(authorization);
    if (who instanceof GraphError) return who;
    if (who === null) return new GraphError({ kind: 'unauthenticated' }, 'The authorization says nothing.');
    if (this.refusals?.has(who.credential) === true) {
      return new GraphError(
        { kind: 'unauthenticated' },
        'Microsoft Graph takes this token no more; another one is needed.',
      );
    }
    if (renewal < this.lastTaken) return null; // one that was brought later serves already, or the socket is gone
    this.lastTaken = renewal;
    this.caller = who;
    this.watchExpiry();
    this.client.hasAnotherCaller();
    for (const listener of [...(this.listeners ?? [])]) listener();
    return null;
  }

  end(): void {
    this.lastTaken = Infinity;
    this.cancel?.();
    this.cancel = null;
    this.listeners = null;
  }

  private watchExpiry(): void {
    this.cancel?.();
    this.cancel = null;
    const { clock } = this.options;
    const { expiresAt } = this.caller;
    if (expiresAt === null) return;
    this.cancel = clock.wakeAt(Math.max(clock.now(), expiresAt - WARN_BEFORE_MS), () => {
      this.client.warn(noticeOf(expiresAt));
      this.cancel = clock.wakeAt(expiresAt, () => this.client.expire());
    });
  }
}

function noticeOf(at: number): ExpiryNotice {
  return { tokenExpiresAt: new Date(at).toISOString() };
}
