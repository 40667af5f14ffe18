import { describe, expect, it } from '@jest/globals';
import { type Client as SocketClient, type FormattedExecutionResult, type Sink } from 'graphql-ws';
import { createBoard, type Board } from '../../src/board/board.js';
import { type Change } from '../../src/board/board-state.js';
import { type Watch } from '../../src/board/domain/watch.js';
import { createGatewayClient } from '../../src/board/transport/client.js';
import { type Connection } from '../../src/board/transport/connection.js';
import { type Link } from '../../src/board/transport/link.js';
import { createFakeClock, settlePromises, type FakeClock } from '../support/fake-clock.js';
import { at, operation, s } from './operations.js';

const ONE: Watch = { kind: 'operation', ref: { id: 'one' } };
/** The same operation by another of its addresses. */
const AGAIN: Watch = { kind: 'operation', ref: { location: '/teams/t-1/operations/o-1' } };
const TWO: Watch = { kind: 'operation', ref: { id: 'two' } };
const TEAM: Watch = { kind: 'host', host: { teamId: 't-1' } };

interface Opened {
  readonly board: Board;
  readonly clock: FakeClock;
  /** What it said of the connection, oldest first. */
  readonly said: readonly string[];
  /** What it said of operations. */
  readonly news: readonly string[];
  /** What went wrong while it did; it does for each change from when there is a first one here. */
  readonly faults: unknown[];
  /** An event on the stream of one of its watches, in the order in which they were put on. */
  readonly tell: (stream: number, change?: Partial<Change>) => void;
  readonly fail: (stream: number, code: string) => void;
  /** How many streams are open, and how many ever were. */
  readonly streams: () => { readonly open: number; readonly opened: number };
  /** The connection is lost, and there again. */
  readonly reconnect: () => void;
}

/** A board whose gateway says what the test does. */
async function openBoard(...watches: readonly Watch[]): Promise<Opened> {
  const sinks: Sink<FormattedExecutionResult>[] = [];
  const fields: string[] = [];
  let open = 0;
  const socket = {
    subscribe(payload: { readonly query: string }, sink: Sink<FormattedExecutionResult>) {
      sinks.push(sink);
      fields.push(payload.query.includes('BoardWatchHost') ? 'hostOperationStatusChanged' : 'operationStatusChanged');
      open += 1;
      return () => void (open -= 1);
    },
  } as unknown as SocketClient;
  const nothing = (): void => undefined;
  const link: Link = { socket, headers: () => ({}), setToken: () => true, hurry: nothing, drop: nothing };
  const client = createGatewayClient('http://127.0.0.1/graphql', link);
  const clock = createFakeClock(s(0));
  const said: string[] = [];
  const news: string[] = [];
  const faults: unknown[] = [];
  const board = createBoard({
    client: () => client,
    clock,
    onChange({ operation: { id }, to }) {
      news.push(`${id} ${to}`);
      if (faults.length > 0) throw new TypeError('Illegal constructor.');
    },
    onFault: (fault) => void faults.push(fault),
    onConnection: (now) => void said.push(now.kind === 'connected' ? now.resumed : now.kind),
  });
  const connectionIs = (connection: Connection): void => board.connectionIs(connection);
  connectionIs({ kind: 'connected', resumed: 'first' });
  board.isSeen(false); // what it asks by itself is not what these tests are about
  board.restore(watches);
  await settlePromises(); // urql begins a stream a moment later
  return {
    board,
    clock,
    said,
    news,
    faults,
    tell(stream, told = {}) {
      const one = told.operation ?? operation();
      const change: Change = {
        reason: 'CHANGED',
        from: null,
        to: one.state,
        observedAt: at(0),
        cursor: 'c',
        operation: one,
        ...told,
      };
      sinks[stream]?.next({ data: { [fields[stream] ?? '']: change } });
    },
    fail: (stream, code) => sinks[stream]?.error([{ message: 'No.', extensions: { code } }] as never),
    streams: () => ({ open, opened: sinks.length }),
    reconnect() {
      said.length = 0;
      connectionIs({ kind: 'waiting', until: clock.now() + 1_000 });
      connectionIs({ kind: 'connected', resumed: 'back' });
    },
  };
}

const SNAPSHOT = { reason: 'SNAPSHOT' } as const;
const RESET = { reason: 'RESET' } as const;
const two = operation({ id: 'two' });

describe('a board whose connection is back', () => {
  it('says that nothing was missed once all that was awaited was heard of, and not before', async () => {
    const { tell, reconnect, said, board, clock } = await openBoard(ONE, TWO);
    tell(0, SNAPSHOT);
    tell(1, { ...SNAPSHOT, operation: two });
    reconnect();
    tell(0, { observedAt: at(40) });
    tell(0, { observedAt: at(50) });
    expect(said).toEqual(['waiting', 'back']);
    tell(1, { observedAt: at(60), operation: two });
    expect(said).toEqual(['waiting', 'back', 'whole']);
    await clock.advance(30_000);
    expect(board.state().connection).toEqual({ kind: 'connected', resumed: 'first' });
  });

  it('says that steps may be missing where the gateway does, once, and never that nothing is', async () => {
    const { tell, reconnect, said, board, clock } = await openBoard(ONE, TWO);
    tell(0, SNAPSHOT);
    tell(1, { ...SNAPSHOT, operation: two });
    reconnect();
    tell(0, { observedAt: at(40) });
    tell(1, { ...RESET, operation: two });
    tell(0, RESET);
    expect(said).toEqual(['waiting', 'back', 'reset']);
    await clock.advance(600_000);
    expect(board.state().connection).toEqual({ kind: 'connected', resumed: 'reset' });
  });

  it('does not say that nothing was missed of what cannot be heard any more', async () => {
    const { tell, fail, reconnect, said } = await openBoard(ONE, TWO);
    tell(0, SNAPSHOT);
    tell(1, { ...SNAPSHOT, operation: two });
    reconnect();
    fail(0, 'UNAUTHENTICATED');
    tell(1, { observedAt: at(60), operation: two });
    expect(said).toEqual(['waiting', 'back', 'first']);
  });

  it('awaits each operation of a team, and no longer than all take to be checked', async () => {
    const { tell, reconnect, said, clock } = await openBoard(TEAM);
    tell(0, SNAPSHOT);
    tell(0, { ...SNAPSHOT, operation: two });
    reconnect();
    tell(0, { observedAt: at(60), operation: two });
    await clock.advance(61_000);
    expect(said).toEqual(['waiting', 'back']);
    await clock.advance(2_000);
    expect(said).toEqual(['waiting', 'back', 'first']);
  });

  it('says nothing of what was missed where nothing was awaited', async () => {
    const { reconnect, said } = await openBoard(ONE);
    reconnect();
    expect(said).toEqual(['waiting', 'first']);
  });
});

describe('a change', () => {
  it('is news once, however many streams tell of it', async () => {
    const { tell, news } = await openBoard(TEAM, ONE, AGAIN);
    for (const stream of [0, 1, 2]) tell(stream, SNAPSHOT);
    const end = { observedAt: at(31), operation: operation({ state: 'SUCCEEDED', terminal: true }) };
    for (const stream of [1, 0, 2]) tell(stream, end);
    expect(news).toEqual(['one SUCCEEDED']);
  });

  it('is news for each step of an operation, also of one that comes back to where it was', async () => {
    const { tell, news } = await openBoard(ONE, TEAM);
    for (const state of ['NOT_STARTED', 'RUNNING', 'NOT_STARTED'] as const) {
      const told = { observedAt: at(news.length), operation: operation({ state }) };
      tell(0, told);
      tell(1, told);
    }
    expect(news).toEqual(['one NOT_STARTED', 'one RUNNING', 'one NOT_STARTED']);
  });

  it.each([RESET, SNAPSHOT])('is news too where it is only said how things stand since: $reason', async (reason) => {
    const { tell, reconnect, news } = await openBoard(ONE, TEAM);
    tell(0, SNAPSHOT);
    tell(1, SNAPSHOT);
    reconnect();
    const end = { ...reason, observedAt: at(31), operation: operation({ state: 'FAILED', terminal: true }) };
    tell(0, end);
    tell(1, end);
    expect(news).toEqual(['one FAILED']);
  });

  it('is news as an end by whatever clock: another gateway may have told of what was before', async () => {
    const { tell, news } = await openBoard(ONE);
    tell(0, { ...SNAPSHOT, observedAt: at(60) });
    tell(0, { ...RESET, observedAt: at(31), operation: operation({ state: 'SUCCEEDED', terminal: true }) });
    expect(news).toEqual(['one SUCCEEDED']);
  });

  it('is none where all stands as it did, nor in the first word of an operation', async () => {
    const { tell, news } = await openBoard(ONE);
    tell(0, SNAPSHOT);
    tell(0, { ...RESET, observedAt: at(31) });
    tell(0, { ...SNAPSHOT, operation: operation({ id: 'two', state: 'SUCCEEDED', terminal: true }) });
    expect(news).toEqual([]);
  });

  it('may fail to be told, and the stream goes on', async () => {
    const { tell, news, faults } = await openBoard(ONE);
    faults.push('one before');
    tell(0);
    tell(0, { observedAt: at(31), operation: operation({ state: 'SUCCEEDED', terminal: true }) });
    expect(news).toEqual(['one RUNNING', 'one SUCCEEDED']);
    expect(faults.slice(1).map(String)).toEqual(Array(2).fill('TypeError: Illegal constructor.'));
  });
});

describe('a board that another caller asks on', () => {
  it('forgets what was told, keeps what is watched, and begins all streams anew', async () => {
    const { board, tell, fail, news, streams } = await openBoard(ONE, TEAM, TWO);
    tell(0, { ...SNAPSHOT, operation: operation({ state: 'SUCCEEDED', terminal: true }) });
    tell(1, SNAPSHOT);
    fail(2, 'FORBIDDEN');
    board.forget();
    const { entries, operations, checks } = board.state();
    expect([operations.size, checks.size]).toEqual([0, 0]);
    expect(entries).toEqual(
      [ONE, TEAM, TWO].map((watch) =>
        expect.objectContaining({ watch, status: 'waiting', problem: null, ids: new Set() }),
      ),
    );
    await settlePromises();
    expect(streams()).toEqual({ open: 3, opened: 6 });
    tell(1, SNAPSHOT); // what was on its way
    expect(board.state().operations.size).toBe(0);
    tell(3, { ...SNAPSHOT, observedAt: at(31), operation: operation({ state: 'FAILED', terminal: true }) });
    expect(board.state().operations.size).toBe(1);
    expect(news).toEqual([]);
  });

  it('still says what is wrong with what was put on just before', async () => {
    const { board, fail } = await openBoard();
    const added = board.add(ONE);
    await settlePromises();
    board.forget();
    await settlePromises();
    fail(1, 'BAD_USER_INPUT');
    expect(await added).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(board.state().entries).toEqual([]);
  });
});
