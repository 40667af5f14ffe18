import { describe, expect, it } from '@jest/globals';
import { startCountingGraph, type CountedOperation, type CountingGraph } from '../support/counting-graph.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway, type Watching } from '../support/gateway.js';

/** A first read waits so long for others who subscribe at the same moment. */
const GATHER_MS = 10;
const INTERVAL_MS = 31_000;
/** A client that just lost its connection is back within seconds. */
const LINGER_MS = 5_000;
/** So that all five have come within a third of an interval: so much a check may come late for company. */
const BETWEEN_PAIRS_MS = 2_000;
/** Time goes in such steps while an answer is awaited. */
const STEP_MS = 100;

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

/** Ten operations in each of five teams and five chats. */
function fillHosts(graph: CountingGraph): CountedOperation[] {
  const operations = times(100, (at): CountedOperation => {
    const hostNumber = at % 10;
    const host = hostNumber < 5 ? 'team' : 'chat';
    return { host, hostId: `${host}-${hostNumber}`, operationId: `operation-${at}`, status: 'inProgress' };
  });
  for (const operation of operations) graph.put(operation);
  return operations;
}

describe('subscribers share the checks of what they watch', () => {
  it('asks Graph once per interval about one operation that two hundred sockets watch', async () => {
    const clock = createFakeClock();
    const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
    const watched = { host: 'team', hostId: 'sales', operationId: 'archiving' } as const;
    graph.put({ ...watched, status: 'notStarted' });
    const gateway = await startTestGateway({ graphUrl: graph.url, clock });
    const ref = { team: { hostId: watched.hostId, operationId: watched.operationId } };
    const watchings = await Promise.all(times(200, () => gateway.watch({ refs: [ref] })));
    const all = (what: (watching: Watching) => Promise<unknown>) => Promise.all(watchings.map(what));

    const startedAt = clock.now();
    await clock.advance(GATHER_MS);
    await all(async (watching) => {
      expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'NOT_STARTED' });
    });
    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', 2);
    graph.put({ ...watched, status: 'inProgress' });
    await clock.advance(INTERVAL_MS);
    await all(async (watching) => {
      expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
    });
    graph.put({ ...watched, status: 'succeeded' });
    await clock.advance(INTERVAL_MS);
    await all(async (watching) => {
      expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
      await watching.completed();
    });
    await clock.advance(10 * INTERVAL_MS);

    expect(graph.reads.map(({ at }) => at - startedAt)).toEqual([10, 31_010, 62_010, 93_010]);
    expect(gateway.app.watches()).toBe(0);
  });

  it('reads ten hosts once per interval for a thousand subscriptions, and falls silent after the last has left', async () => {
    const clock = createFakeClock();
    const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
    const operations = fillHosts(graph);
    const gateway = await startTestGateway({ graphUrl: graph.url, clock });
    const sockets = await Promise.all(times(50, () => gateway.connect()));
    const subscribe = (at: number): Promise<Watching> => {
      const { host, hostId, operationId } = operations[at % operations.length] ?? unknownOperation();
      const refs = [{ [host]: { hostId, operationId } }];
      return gateway.subscribe(sockets[Math.floor(at / 5) % sockets.length] ?? noSocket(), { refs });
    };
    // A team and a chat at a time, so that what is in step afterwards was not so from the start.
    const locations = new Set<string>();
    for (const pair of times(5, (at) => at)) {
      const ofPair = times(1_000, (at) => at).filter((at) => at % 5 === pair);
      const watchings = await Promise.all(ofPair.map(subscribe));
      await clock.advance(GATHER_MS);
      const firsts = await Promise.all(watchings.map((watching) => watching.change()));
      for (const { operation } of firsts) locations.add(operation.location);
      await clock.advance(BETWEEN_PAIRS_MS);
    }
    expect(locations.size).toBe(100);

    // Settled: two rounds after everybody has come, whoever came at another moment is in step.
    const roundsFrom = graph.requests.length;
    await pass(() => listsSince(graph, roundsFrom).length >= 20);
    const from = graph.requests.length;
    const fromAt = graph.requests.at(-1)?.at ?? 0;
    await pass(() => listsSince(graph, from).length >= 30);

    const requests = graph.requests.slice(from);
    const lists = listsSince(graph, from);
    const intervals = Math.ceil(((requests.at(-1)?.at ?? 0) - fromAt) / INTERVAL_MS);
    expect(requests.flatMap(({ asked }) => asked).length).toBe(lists.length); // nothing but lists
    expect(lists.length).toBeLessThanOrEqual(10 * intervals);
    expect(requests.length).toBeLessThanOrEqual(2 * intervals);

    for (const socket of sockets) socket.terminate();
    await gateway.logged('websocket closed', sockets.length);
    await clock.advance(LINGER_MS);
    expect(gateway.app.watches()).toBe(0);
    const silentFrom = graph.requests.length;
    await clock.advance(10 * INTERVAL_MS);
    expect(graph.requests.length).toBe(silentFrom);

    function pass(isAsWanted: () => boolean): Promise<void> {
      return advanceUntil(clock, STEP_MS, graph.until(isAsWanted));
    }
  });
});

/** The lists that were read since the request of that place. */
function listsSince({ requests }: CountingGraph, from: number): string[] {
  return requests.slice(from).flatMap(({ asked }) => asked.filter((path) => path.endsWith('/operations')));
}

function unknownOperation(): never {
  throw new Error('There are no operations.');
}

function noSocket(): never {
  throw new Error('There are no sockets.');
}
