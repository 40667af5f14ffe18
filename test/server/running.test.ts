import { describe, expect, it } from '@jest/globals';
import { type ExecutionArgs } from 'graphql';
import { type ApiContext } from '../../src/api/context.js';
import { createSchema } from '../../src/api/schema.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readLimits } from '../../src/config/limits.js';
import { silentLog } from '../../src/lib/log.js';
import { type Caller } from '../../src/operation/scope.js';
import { createDocuments } from '../../src/server/documents.js';
import { createFanOut } from '../../src/server/fan-out.js';
import { createRunner, type Carrier } from '../../src/server/running.js';
import { createSocketCaps } from '../../src/server/socket-caps.js';
import { createFakeClock } from '../support/fake-clock.js';
import { caller } from '../poll/world.js';
import { openStream } from './streams.js';

const WATCH = {
  query: 'subscription { operationStatusChanged(refs: [{ location: "/teams/T/operations/A" }]) { to } }',
};
const OTHER = { query: WATCH.query.replace('subscription', 'subscription InOtherWords') };
/** Characters of documents: enough for one of these. */
const ROOM = 120;
const schema = await createSchema();

/** What runs on connections, with as little room as it takes. */
function startRunner(environment: Readonly<Record<string, string>> = {}) {
  const clock = createFakeClock();
  const limits = readLimits(createEnvironmentReader(environment));
  const caps = createSocketCaps(limits);
  const documents = createDocuments({ schema, introspection: true, limits, trusted: null });
  const report = { log: silentLog, refused: () => undefined };
  const services = { clock, limits } as never;
  const fanOut = createFanOut({ schema, services, clock, report });
  const log = silentLog;
  const runner = createRunner({ transport: 'websocket', schema, documents, services, caps, limits, clock, log });
  /** A connection of somebody, who may become somebody else. */
  const connect = (name: string): Carrier & { session: { caller: Caller } } => ({
    session: { caller: caller(name) } as never,
    running: new Map(),
    outlet: fanOut.open(
      { isFull: true, whenRoom: () => undefined, write: () => undefined },
      { hasEnded: () => undefined },
    ),
    bucket: runner.newBucket(),
  });
  /** @returns what is to be executed. @throws where it may not run */
  const begin = (carrier: Carrier, id: string, asked: object): ExecutionArgs => {
    const admitted = runner.admit(carrier, id, {}, asked);
    if ('schema' in admitted) return admitted;
    throw new Error(admitted.map(({ extensions }) => String(extensions['limit'])).join());
  };
  return { clock, caps, documents, runner, connect, begin };
}
const signalOf = ({ contextValue }: ExecutionArgs): AbortSignal => (contextValue as ApiContext).signal();

describe('what runs on a connection', () => {
  it('is counted for its caller, whoever that is by now', () => {
    const { caps, documents, runner, connect, begin } = startRunner({
      MAX_SUBSCRIPTIONS_PER_CALLER: '1',
      MAX_SUBSCRIPTIONS_PER_SOCKET: '1',
    });
    const carrier = connect('anna');
    begin(carrier, '1', WATCH);
    expect(() => begin(carrier, '2', WATCH)).toThrow('SUBSCRIPTIONS_PER_SOCKET'); // and is not counted
    carrier.session.caller = caller('ben');
    runner.followCaller(carrier);
    expect(caps.subscriptions).toBe(1);
    const [anna, ben] = [connect('anna'), connect('ben')];
    begin(anna, '1', WATCH);
    expect(() => begin(ben, '1', WATCH)).toThrow('SUBSCRIPTIONS_PER_CALLER');
    runner.leave(ben, '1');
    runner.leaveAll(carrier);
    begin(ben, '1', WATCH);
    expect(() => begin(connect('anna'), '1', WATCH)).toThrow('SUBSCRIPTIONS_PER_CALLER');
    for (const one of [anna, ben]) runner.leaveAll(one);
    expect([caps.subscriptions, documents.inUse.length]).toEqual([0, 0]);
  });

  it('holds its document in its caller’s name, whoever that is by now', () => {
    const { documents, runner, connect, begin } = startRunner({ MAX_DOCUMENTS_IN_USE_PER_CALLER: String(ROOM) });
    const carrier = connect('anna');
    begin(carrier, '1', WATCH);
    expect(() => begin(carrier, '2', OTHER)).toThrow('DOCUMENTS_IN_USE_PER_CALLER');
    runner.leave(carrier, '2');
    carrier.session.caller = caller('ben');
    runner.followCaller(carrier);
    expect(() => begin(connect('ben'), '1', OTHER)).toThrow('DOCUMENTS_IN_USE_PER_CALLER');
    const anna = connect('anna');
    begin(anna, '1', OTHER);
    for (const one of [carrier, anna]) runner.leaveAll(one);
    expect(documents.inUse.length).toBe(0);
  });

  it('gives all of it back as it is left, also where its stream was taken over', () => {
    const { caps, documents, runner, connect, begin } = startRunner();
    const carrier = connect('anna');
    const stream = openStream();
    runner.hand(carrier, '1', stream, begin(carrier, '1', WATCH));
    expect(caps.subscriptions).toBe(1);
    expect(documents.inUse.length).toBeGreaterThan(0);
    runner.leave(carrier, '1');
    expect([stream.isOver, caps.subscriptions, documents.inUse.length]).toEqual([true, 0, 0]);
    runner.leave(carrier, '1'); // it is gone already
    expect(caps.subscriptions).toBe(0);
  });

  it('hears that its client wants no more of it, whenever it asks', () => {
    const { runner, connect, begin } = startRunner();
    const carrier = connect('anna');
    const [early, late] = [begin(carrier, '1', WATCH), begin(carrier, '2', WATCH)];
    const signal = signalOf(early);
    expect(signal.aborted).toBe(false);
    runner.leaveAll(carrier);
    expect([signal.aborted, signalOf(late).aborted]).toEqual([true, true]);
  });

  it('makes room for what is begun by the same id', () => {
    const { caps, connect, begin } = startRunner({ MAX_SUBSCRIPTIONS_PER_SOCKET: '1' });
    const carrier = connect('anna');
    const signal = signalOf(begin(carrier, '1', WATCH));
    begin(carrier, '1', WATCH);
    expect([signal.aborted, caps.subscriptions, carrier.running.size]).toEqual([true, 1, 1]);
  });

  it('is given the variables that it has declared, and no other', () => {
    const { connect, begin } = startRunner();
    const query = 'query ($a: Boolean!) { __typename @include(if: $a) }';
    const { variableValues } = begin(connect('anna'), '1', { query, variables: { a: true, large: 'x'.repeat(1_000) } });
    expect(variableValues).toEqual({ a: true });
  });

  it('may begin all at once where a client comes back, and then so often per second', async () => {
    const { clock, runner, connect } = startRunner({
      MAX_OPERATIONS_PER_SECOND: '1',
      MAX_SUBSCRIPTIONS_PER_SOCKET: '3',
    });
    const carrier = connect('anna');
    const turns = (): unknown[] => [1, 2, 3, 4].map(() => runner.takeTurn(carrier)?.limit ?? null);
    expect(turns()).toEqual([null, null, null, 'OPERATIONS_PER_SECOND']);
    await clock.advance(1_000);
    expect(turns()).toEqual([null, ...Array<string>(3).fill('OPERATIONS_PER_SECOND')]);
  });
});
