import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { refusesOne } from './redis-refusals.js';
import { type OpenSession, type Session } from './redis-session.js';

/** Asks Redis something. @returns the answer, or undefined when Redis is lost, is lost by this, or refuses it */
export type Ask = <T>(work: (session: Session) => Promise<T>) => Promise<T | undefined>;

/** How it goes with Redis. */
export interface LinkHealth {
  readonly isUp: boolean;
  /** Of the last greeting. */
  readonly roundTripMs: number;
  /** How often it was lost, and how often it came back. */
  readonly losses: number;
  readonly returns: number;
  /** Commands that failed, or were not answered in time; attempts to connect are none. */
  readonly failures: number;
}

/**
 * The line to Redis. It is up or it is lost; one command that fails or comes late loses it, unless Redis refuses that one, so that nobody waits for a
 * Redis that hangs, and a fresh pair of connections brings it back: what an old one still does or answers is nobody's.
 */
export interface Link {
  readonly isUp: boolean;
  readonly ask: Ask;
  readonly health: LinkHealth;
  /** Begins to try. Resolves after the first try, or when that takes too long. */
  open(): Promise<void>;
  /** Ends for good. */
  close(): void;
}

export interface LinkOptions {
  readonly openSession: OpenSession;
  readonly onMessage: (message: string, channel: string) => void;
  /**
   * Brings both sides to the same state through the new session, and calls `rise` in the very moment in which they are.
   * What did not call it is tried again.
   */
  readonly join: (ask: Ask, rise: () => void) => Promise<void>;
  /** Says that this process is there, while the link is up. @returns why Redis is to be joined anew, or null */
  readonly greet: (ask: Ask) => Promise<string | null>;
  /** What was made of the session is gone with it. */
  readonly onLost: () => void;
  /** Where Redis is, for the log; without credentials. */
  readonly address: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * In a data centre an answer takes a millisecond. A busy machine takes longer, and to give up what is shared for that
 * would cost more than the wait, which is once for each loss.
 */
const DEADLINE_MS = 1_000;
/** While other answers come Redis is there, and has much to do, or this process has: what is asked waits in a row. */
const DEADLINE_IN_A_ROW_MS = 5_000;
/**
 * Deadlines are counted in looks, each of which comes as long after the one before: a process that is busy itself looks
 * late, and between two looks it has sent what was waiting and read what had come.
 */
const LOOK_EVERY_MS = 100;
const GREET_EVERY_MS = 2_000;
const TRY_EVERY_MS = 1_000;
/** A Redis that takes greetings and fails at the rest is tried less and less often. */
const MAX_TRY_EVERY_MS = 15_000;
const STEADY_AFTER_MS = 10_000;
/** How long a start waits for Redis; after that it goes on alone. */
const FIRST_TRY_MS = 3_000;

/** What is said of a Redis that does not do what it was asked for. */
export const NOT_AS_IT_SHOULD = 'it answers, and not as it should';

interface Pending {
  /** How many looks there were before it. */
  readonly since: number;
  readonly give: (nothing: undefined) => void;
}

type State =
  | { readonly name: 'away' }
  | { readonly name: 'joining'; readonly session: Session }
  | { readonly name: 'up'; readonly session: Session; readonly since: number };

export function createLink(options: LinkOptions): Link {
  const { openSession, onMessage, join, greet, onLost, address, clock, log } = options;
  let state: State = { name: 'away' };
  let isClosed = false;
  let isKnownLost = false;
  let tryEveryMs = TRY_EVERY_MS;
  let cancelNext: (() => void) | null = null;
  const counts = { roundTripMs: 0, losses: 0, returns: 0, failures: 0 };
  /** The oldest first. */
  const pending = new Set<Pending>();
  let cancelLook: (() => void) | null = null;
  let looks = 0;
  /** How many looks there were before the last answer. */
  let answeredAt = 0;

  /** @returns the deadline that is over for it, or null */
  const lateByMs = ({ since }: Pending): number | null => {
    const isOver = (from: number, ms: number): boolean => looks - from > ms / LOOK_EVERY_MS;
    if (isOver(Math.max(since, answeredAt), DEADLINE_MS)) return DEADLINE_MS;
    return isOver(since, DEADLINE_IN_A_ROW_MS) ? DEADLINE_IN_A_ROW_MS : null;
  };
  const watchDeadlines = (): void => {
    if (pending.size === 0 || cancelLook !== null) return;
    cancelLook = clock.wakeAt(clock.now() + LOOK_EVERY_MS, () => {
      cancelLook = null;
      looks += 1;
      const [oldest] = pending;
      const lateMs = oldest === undefined ? null : lateByMs(oldest);
      if (lateMs !== null && state.name !== 'away') lose(state.session, new Error(`no answer in ${lateMs} ms`));
      else watchDeadlines();
    });
  };

  const askIn =
    (session: Session): Ask =>
    (work) =>
      new Promise((resolve) => {
        if (state.name === 'away' || state.session !== session) {
          resolve(undefined);
          return;
        }
        const entry: Pending = { since: looks, give: resolve };
        pending.add(entry);
        watchDeadlines();
        work(session).then(
          (answer) => {
            if (!pending.delete(entry)) return;
            answeredAt = looks;
            resolve(answer);
          },
          (error: unknown) => {
            if (!pending.has(entry)) return;
            if (!refusesOne(error)) {
              lose(session, error);
              return;
            }
            pending.delete(entry);
            answeredAt = looks;
            counts.failures += 1;
            log.warn({ redis: address, reason: reasonOf(error) }, 'store refused');
            resolve(undefined);
          },
        );
      });

  const lose = (session: Session, error: unknown): void => {
    if (state.name === 'away' || state.session !== session) return;
    const lasted = state.name === 'up' ? clock.now() - state.since : 0;
    const wasUp = state.name === 'up';
    state = { name: 'away' };
    session.destroy();
    const unanswered = [...pending];
    if (!isClosed) counts.failures += unanswered.length;
    pending.clear();
    if (wasUp) counts.losses += 1;
    if (lasted >= STEADY_AFTER_MS) tryEveryMs = TRY_EVERY_MS;
    const inMs = tryEveryMs;
    if (wasUp) tryEveryMs = Math.min(tryEveryMs * 2, MAX_TRY_EVERY_MS);
    if (isClosed) {
      for (const { give } of unanswered) give(undefined);
      return;
    }
    if (!isKnownLost) {
      isKnownLost = true;
      log.warn({ redis: address, reason: reasonOf(error) }, 'store lost');
    }
    onLost();
    for (const { give } of unanswered) give(undefined);
    next(inMs, attempt);
  };

  const next = (inMs: number, what: () => Promise<unknown>): void => {
    cancelNext?.();
    cancelNext = isClosed ? null : clock.wakeAt(clock.now() + inMs, () => void what());
  };

  const attempt = async (): Promise<void> => {
    if (isClosed || state.name !== 'away') return;
    const session = openSession({
      onMessage: (message, channel) => {
        if (isCurrent(session)) hear(message, channel);
      },
      onLost: (error) => lose(session, error),
    });
    state = { name: 'joining', session };
    const cancelLimit = clock.wakeAt(clock.now() + FIRST_TRY_MS, () =>
      lose(session, new Error('no connection in time')),
    );
    try {
      await session.connect();
    } catch (error) {
      lose(session, error);
      session.destroy();
      return;
    } finally {
      cancelLimit();
    }
    try {
      await join(askIn(session), () => rise(session));
    } catch (error) {
      lose(session, error);
    }
    if (!isUp(session)) lose(session, new Error(NOT_AS_IT_SHOULD));
  };

  /** Whoever can write to Redis can say anything: one message that is not understood is no reason to end. */
  const hear = (message: string, channel: string): void => {
    try {
      onMessage(message, channel);
    } catch (error) {
      // Its text might repeat what was in the message.
      log.error(
        { redis: address, reason: error instanceof Error ? error.name : typeof error },
        'message not understood',
      );
    }
  };

  const rise = (session: Session): void => {
    if (!isCurrent(session)) return;
    state = { name: 'up', session, since: clock.now() };
    if (isKnownLost) {
      isKnownLost = false;
      counts.returns += 1;
      log.info({ redis: address }, 'store back');
    }
    next(GREET_EVERY_MS, () => keepGreeting(session));
  };

  const isUp = (session: Session): boolean => state.name === 'up' && state.session === session;

  const isCurrent = (session: Session): boolean => state.name !== 'away' && state.session === session;

  const keepGreeting = async (session: Session): Promise<void> => {
    const sentAt = clock.now();
    const whyNot = await greet(askIn(session));
    counts.roundTripMs = clock.now() - sentAt;
    if (whyNot !== null) lose(session, new Error(whyNot));
    else if (isCurrent(session)) next(GREET_EVERY_MS, () => keepGreeting(session));
  };

  return {
    get isUp() {
      return state.name === 'up';
    },
    ask: (work) => (state.name === 'up' ? askIn(state.session)(work) : Promise.resolve(undefined)),
    get health() {
      return { isUp: state.name === 'up', ...counts };
    },
    async open() {
      await attempt();
    },
    close() {
      isClosed = true;
      cancelNext?.();
      cancelLook?.();
      if (state.name !== 'away') lose(state.session, new Error('closed'));
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
