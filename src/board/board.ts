import { type Client } from 'urql';
import {
  changeEntry,
  EMPTY,
  withChange,
  withEntry,
  withOperations,
  withoutEntry,
  withoutTold,
  type BoardState,
  type Change,
} from './board-state.js';
import { type Clock } from './clock.js';
import { keyOf, type Watch } from './domain/watch.js';
import { createLooks } from './looks.js';
import { createNews } from './news.js';
import { paced } from './pace.js';
import { giveUp, heardOf, heardOn, notHeardOn, withConnection } from './resumption.js';
import { openStream } from './stream.js';
import { type Connection, type Token } from './transport/connection.js';
import { type Problem } from './transport/problem.js';

/** What is watched and known, and the streams that tell of it. */
export interface Board {
  readonly state: () => BoardState;
  /** @returns how to stop listening */
  readonly listen: (listener: () => void) => () => void;
  /**
   * Puts something on the list. What cannot be at all is taken off again.
   *
   * @returns what is wrong with it, or null, once the gateway has said the first word about it
   */
  add(watch: Watch): Promise<Problem | null>;
  /** Puts back what was on the list before; what cannot be any more is shown with the reason. */
  restore(watches: readonly Watch[]): void;
  remove(key: string): void;
  /** Begins a stream that failed anew. */
  retry(key: string): void;
  /** Begins all that failed for want of a token anew. */
  retryAll(): void;
  /** Forgets all that was told, for another caller asks from now on, and begins each stream anew. */
  forget(): void;
  connectionIs(connection: Connection): void;
  tokenIs(token: Token): void;
  /** While nobody looks, nothing is asked that nobody sees; the streams go on. */
  isSeen(isSeen: boolean): void;
}

export interface BoardOptions {
  readonly client: () => Client;
  readonly clock: Clock;
  /** Is told of each change once, however many streams tell of it; see news.ts. */
  readonly onChange: (change: Change) => void;
  /** What `onChange` threw; the streams go on. */
  readonly onFault: (error: unknown) => void;
  /** How the connection stands now, and once that is known, whether anything was missed. */
  readonly onConnection: (connection: Connection) => void;
}

/** Hundreds of streams begin at once after a reload; the page is drawn for some of their events together. */
const TELL_EVERY_MS = 100;
/** How long it is said that a connection is back and nothing was missed. */
const RESUMED_FOR_MS = 20_000;
/** How long it is awaited whether anything was, in intervals: in so long everything has been checked. */
const HEARD_WITHIN_INTERVALS = 2;

export function createBoard({ client, clock, onChange, onFault, onConnection }: BoardOptions): Board {
  let state = EMPTY;
  const listeners = new Set<() => void>();
  const streams = new Map<string, { readonly stop: () => void; readonly told: (problem: Problem | null) => void }>();
  const news = createNews();
  let cancelNews = (): void => undefined;

  const tell = paced(clock, TELL_EVERY_MS, () => {
    looks.plan();
    for (const listener of [...listeners]) listener();
  });
  const set = (next: BoardState): void => {
    if (next === state) return;
    const { connection } = state;
    state = next;
    if (next.connection !== connection) connectionChanged();
    tell();
  };

  /** What may be missing stays said; that nothing is need not be read hours later. */
  const connectionChanged = (): void => {
    cancelNews();
    const { connection, intervalMs } = state;
    onConnection(connection);
    if (connection.kind !== 'connected' || connection.resumed === 'first' || connection.resumed === 'reset') return;
    const forMs = connection.resumed === 'whole' ? RESUMED_FOR_MS : HEARD_WITHIN_INTERVALS * intervalMs;
    cancelNews = clock.wakeAt(clock.now() + forMs, () => set(giveUp(state)));
  };

  const hear = (key: string, change: Change): void => {
    set(heardOn(withChange(state, key, change, clock.now()), key, change));
    streams.get(key)?.told(null);
    if (!news.hear(change)) return;
    try {
      onChange(change);
    } catch (error) {
      onFault(error); // it would end the websocket, and with it all streams
    }
  };

  const fail = (key: string, problem: Problem, isOver: boolean): void => {
    const stream = streams.get(key);
    set(notHeardOn(changeEntry(state, key, isOver ? { status: 'failed', problem } : { problem }), key));
    stream?.told(problem);
  };

  const start = (watch: Watch, told: (problem: Problem | null) => void): void => {
    const key = keyOf(watch);
    const stop = openStream(client(), watch, {
      onChange: (change) => hear(key, change),
      onProblem: (problem, isOver) => fail(key, problem, isOver),
    });
    streams.set(key, { stop, told });
  };

  const drop = (key: string): void => {
    streams.get(key)?.stop();
    streams.delete(key);
    set(notHeardOn(withoutEntry(state, key), key));
    news.keep((id) => state.operations.has(id));
  };

  const retry = (key: string): void => {
    const entry = state.entries.find((one) => one.key === key);
    if (entry?.status !== 'failed') return;
    streams.get(key)?.stop();
    set(changeEntry(state, key, { status: 'waiting', problem: null }));
    start(entry.watch, () => undefined);
  };

  const looks = createLooks({
    client,
    clock,
    state: () => state,
    onTold: (operations) => set(heardOf(withOperations(state, operations, clock.now()), operations)),
  });

  return {
    state: () => state,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async add(watch) {
      const next = withEntry(state, watch);
      if (next === state) return null;
      set(next);
      const problem = await new Promise<Problem | null>((told) => start(watch, told));
      if (problem?.code === 'BAD_USER_INPUT') drop(keyOf(watch));
      return problem;
    },
    restore(watches) {
      const added = watches.filter((watch) => !state.entries.some(({ key }) => key === keyOf(watch)));
      set(added.reduce(withEntry, state));
      for (const watch of added) start(watch, () => undefined);
    },
    remove(key) {
      const stream = streams.get(key);
      drop(key);
      stream?.told(null);
    },
    retry,
    retryAll() {
      for (const { key } of state.entries) retry(key);
    },
    forget() {
      const told = new Map([...streams].map(([key, stream]) => [key, stream.told]));
      for (const { stop } of streams.values()) stop(); // else they would go on behind what the one before was told
      set(withoutTold(state));
      news.keep(() => false);
      for (const { key, watch } of state.entries) start(watch, told.get(key) ?? (() => undefined));
    },
    connectionIs: (connection) => set(withConnection(state, connection, clock.now())),
    tokenIs: (token) => set({ ...state, token }),
    isSeen: (isSeen) => looks.isSeen(isSeen),
  };
}
