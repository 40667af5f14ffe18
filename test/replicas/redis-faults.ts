import { expect } from '@jest/globals';
import { type CountedRead } from '../support/counting-graph.js';
import { secret } from '../support/secrets.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow, type Client } from './crowd.js';
import { beginOperations, moveTo, pathOf, type TestOperation } from './operations.js';
import { afterThisTest, PATIENCE_MS, startWorld, type Replica, type World } from './replicas.js';
import { startHere } from './start-here.js';
import { readTooEarly, toldWrongly } from './verdicts.js';

/** What befalls Redis, or the way to it. */
export interface Fault {
  begin(world: World, ways: readonly TcpProxy[]): unknown;
  end(world: World, ways: readonly TcpProxy[]): unknown;
  /** How many of the two replicas are without Redis meanwhile, and say so; null where a busy machine has a say in it. */
  readonly lost: 1 | 2 | null;
}

const INTERVAL_MS = 700;
/** Where each question to Redis takes as long as half an interval, whoever comes then waits for several turns. */
const LONG_PATIENCE_MS = 2 * PATIENCE_MS;
/** In so many checks of everything it shows whether they are shared. */
const ROUNDS = 3;

const TOKENS = ['anna', 'ben'].map((name) => secret(`a-token-of-${name}-in-bad-times-7c${name.length}`));

/** Two replicas, and subscribers with the same tokens on both, before, during and after a fault. */
export async function liveThrough(fault: Fault): Promise<void> {
  const world = await startWorld(INTERVAL_MS);
  const { graph, redis } = world;
  const ways = [await startTcpProxy(redis.port), await startTcpProxy(redis.port)];
  for (const way of ways) afterThisTest(() => way.stop());
  const replicas = await Promise.all(
    ways.map(({ port }) => startHere(world, { REDIS_URL: `redis://127.0.0.1:${port}` })),
  );
  const operations = beginOperations(graph, { 'team-a': 3, 'chat-b': 2 });
  const joinOn = ({ url }: Replica): Client[] =>
    TOKENS.map((token) =>
      joinClient({ urls: () => [url], token, watching: [operations, ...operations.map((each) => [each])] }),
    );
  const clients = replicas.flatMap(joinOn);
  await untilAllKnow(clients, 'NOT_STARTED');
  await untilShared(world, operations);
  const sharedUntil = graph.reads.length;

  await fault.begin(world, ways);
  const lost = replicas.slice(0, fault.lost ?? 0);
  const others = fault.lost === null ? [] : replicas.slice(fault.lost);
  for (const replica of lost) {
    const { status, text } = await replica.untilReadiness(503);
    expect({ status, text }).toEqual({ status: 503, text: expect.stringMatching(/Redis|store/i) as unknown });
  }
  moveTo(graph, operations, 'RUNNING');
  await untilAllKnow(clients, 'RUNNING', LONG_PATIENCE_MS);
  for (const replica of others) expect((await replica.readiness()).status).toBe(200);
  const latecomers = replicas.flatMap(joinOn);
  await untilAllKnow(latecomers, 'RUNNING', LONG_PATIENCE_MS);
  for (const replica of lost) expect((await replica.readiness()).status).toBe(503);

  await fault.end(world, ways);
  for (const replica of replicas) expect(await replica.untilReadiness(200)).toMatchObject({ status: 200 });
  await untilShared(world, operations);
  const sharedFrom = graph.reads.length;
  const all = [...clients, ...latecomers];
  expect(toldWrongly(subscribersOf(all), 'RUNNING')).toEqual([]);
  expect(clients.map(({ connections }) => connections)).toEqual(clients.map(() => 1));

  moveTo(graph, operations, 'SUCCEEDED');
  await untilAllKnow(all, 'SUCCEEDED');
  await until(() => subscribersOf(all).every(({ isComplete }) => isComplete));
  expect(toldWrongly(subscribersOf(all), 'SUCCEEDED')).toEqual([]);
  for (const replica of replicas) {
    const isItsOwn = (read: CountedRead): boolean => senderOf(world, read) === replica;
    expect(readTooEarly(graph.reads.filter(isItsOwn), INTERVAL_MS)).toEqual([]);
  }
  expect(readTooEarly(graph.reads.slice(0, sharedUntil), INTERVAL_MS)).toEqual([]);
  expect(readTooEarly(graph.reads.slice(sharedFrom), INTERVAL_MS)).toEqual([]);
}

function senderOf({ graph, senderOf }: World, read: CountedRead): Replica | undefined {
  const request = graph.requests[read.request - 1];
  return request && senderOf(request);
}

/** Resolves when nothing was read more often than once in an interval for some intervals, whoever reads. */
async function untilShared({ graph }: World, operations: readonly TestOperation[]): Promise<void> {
  let [from, startedAt] = [graph.reads.length, performance.now()];
  await until(() => {
    const counts = operations.map(
      (operation) => graph.reads.slice(from).filter((read) => read.operation === pathOf(operation)).length,
    );
    if (counts.some((count) => count <= ROUNDS)) return false;
    const intervals = (performance.now() - startedAt) / INTERVAL_MS;
    if (counts.every((count) => count <= intervals + 1)) return true;
    [from, startedAt] = [graph.reads.length, performance.now()];
    return false;
  }, PATIENCE_MS);
}
