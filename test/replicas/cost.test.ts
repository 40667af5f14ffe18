import { expect, it, jest } from '@jest/globals';
import { type CountingGraph } from '../support/counting-graph.js';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo, pathOf, type TestOperation } from './operations.js';
import { PATIENCE_MS, startWorld, TEST_LIMIT_MS } from './replicas.js';
import { readTooEarly, toldWrongly } from './verdicts.js';

/** A process that has to wait for its turn on a busy machine is then late by little of it. */
const INTERVAL_MS = 1_500;
const SUBSCRIBERS = 40;
/** So many checks of everything are counted. */
const ROUNDS = 4;
/** One more round is counted where the count begins or ends in the middle of an interval. */
const mostPerInterval = (reads: number): number => reads * (1 + 1 / ROUNDS) + 0.5;
/** One token sees all of three hosts: a list each. Of five each sees one or two operations of a host, which are read one by one. */
const MOST: Cost = { alike: mostPerInterval(3), mixed: mostPerInterval(10) };
/** Two that do not share cost twice as much; one that came too late for its turn costs little. */
const SHARED = 1.4;

const ONE_TOKEN = [secret('a-token-of-everybody-4f1b')];
const TOKENS = ['anna', 'ben', 'cleo', 'dora', 'emil'].map((name) => secret(`a-token-of-${name}-for-herself-91c2`));

/** Reads that Graph is asked for in an interval, a list or a single one each. */
interface Cost {
  readonly alike: number;
  readonly mixed: number;
}

/** Forty subscribers of ten operations with one token, and forty of ten others with five; each watches from everywhere. */
async function costOf(replicas: number): Promise<Cost> {
  const { graph, start } = await startWorld(INTERVAL_MS);
  const urls = (await Promise.all(Array.from({ length: replicas }, () => start()))).map(({ url }) => url);
  const alike = beginOperations(graph, { 'team-a': 4, 'team-b': 3, 'chat-c': 3 });
  const mixed = beginOperations(graph, { 'team-k': 4, 'team-l': 3, 'chat-m': 3 });
  const crowdOf = (operations: readonly TestOperation[], tokens: readonly string[]) =>
    Array.from({ length: SUBSCRIBERS }, (_, at) => {
      const operation = operations[at % operations.length];
      const token = tokens[(at % operations.length) % tokens.length];
      if (operation === undefined || token === undefined) throw new Error('There is nothing to watch.');
      const url = urls[Math.floor(at / operations.length) % urls.length] ?? '';
      return joinClient({ urls: () => [url], token, watching: [[operation]] });
    });
  const clients = [...crowdOf(alike, ONE_TOKEN), ...crowdOf(mixed, TOKENS)];
  await untilAllKnow(clients, 'NOT_STARTED');

  const all = [...alike, ...mixed];
  let cost = await costOfWindow(graph, alike, mixed);
  const endsAt = performance.now() + PATIENCE_MS;
  while (!isShared(cost) && performance.now() < endsAt) cost = await costOfWindow(graph, alike, mixed);

  for (const state of ['RUNNING', 'SUCCEEDED'] as const) {
    moveTo(graph, all, state);
    await untilAllKnow(clients, state);
  }
  await until(() => subscribersOf(clients).every(({ isComplete }) => isComplete));
  expect(toldWrongly(subscribersOf(clients), 'SUCCEEDED')).toEqual([]);
  expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
  return cost;
}

function isShared({ alike, mixed }: Cost): boolean {
  return alike <= MOST.alike && mixed <= MOST.mixed;
}

/** Counts until everything was read some times more. */
async function costOfWindow(
  graph: CountingGraph,
  alike: readonly TestOperation[],
  mixed: readonly TestOperation[],
): Promise<Cost> {
  const [startedAt, reads, requests] = [performance.now(), graph.reads.length, graph.requests.length];
  const paths = [...alike, ...mixed].map(pathOf);
  await until(() => {
    const read = graph.reads.slice(reads);
    return paths.every((path) => read.filter(({ operation }) => operation === path).length >= ROUNDS);
  }, PATIENCE_MS);
  const intervals = (performance.now() - startedAt) / INTERVAL_MS;
  const asked = graph.requests.slice(requests).flatMap((request) => request.asked);
  const perInterval = (operations: readonly TestOperation[]): number => {
    const hosts = [...new Set(operations.map(({ hostId }) => `/${hostId}/`))];
    return asked.filter((path) => hosts.some((host) => path.includes(host))).length / intervals;
  };
  return { alike: perInterval(alike), mixed: perInterval(mixed) };
}

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('what one, two and four replicas cost', () => {
  it('is the same, of one caller and of several', async () => {
    const [alone, ...several] = await Promise.all([1, 2, 4].map(costOf));
    if (alone === undefined) throw new Error('Nothing was counted.');

    expect([alone, ...several].filter((cost) => !isShared(cost))).toEqual([]);
    for (const { alike, mixed } of several) {
      expect(alike).toBeLessThan(SHARED * alone.alike);
      expect(mixed).toBeLessThan(SHARED * alone.mixed);
    }
  });
});
