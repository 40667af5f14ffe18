import { expect, it } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo, pathOf, type TestOperation } from './operations.js';
import { startWorld } from './replicas.js';
import { readTooEarly, toldWrongly } from './verdicts.js';

const INTERVAL_MS = 1_000;
const SUBSCRIBERS = 40;
/** So many checks of everything are counted. */
const ROUNDS = 6;

const ONE_TOKEN = [secret('a-token-of-everybody-4f1b')];
const TOKENS = ['anna', 'ben', 'cleo', 'dora', 'emil'].map((name) => secret(`a-token-of-${name}-for-herself-91c2`));

/** Reads that Graph is asked for in an interval when all is settled, a list or a single one each. */
interface Cost {
  readonly alike: number;
  readonly mixed: number;
}

/** Forty subscribers of ten operations with one token, and forty of ten others with five. */
async function costOf(replicas: number): Promise<Cost> {
  const { graph, start } = await startWorld(INTERVAL_MS);
  const urls = (await Promise.all(Array.from({ length: replicas }, () => start()))).map(({ url }) => url);
  const alike = beginOperations(graph, { 'team-a': 4, 'team-b': 3, 'chat-c': 3 });
  const mixed = beginOperations(graph, { 'team-k': 4, 'team-l': 3, 'chat-m': 3 });
  const crowdOf = (operations: readonly TestOperation[], tokens: readonly string[]) =>
    Array.from({ length: SUBSCRIBERS }, (_, at) => {
      const operation = operations[at % operations.length];
      const token = tokens[(at + Math.floor(at / operations.length)) % tokens.length];
      if (operation === undefined || token === undefined) throw new Error('There is nothing to watch.');
      const url = urls[at % urls.length] ?? '';
      return joinClient({ urls: () => [url], token, watching: [[operation]] });
    });
  const clients = [...crowdOf(alike, ONE_TOKEN), ...crowdOf(mixed, TOKENS)];
  await untilAllKnow(clients, 'NOT_STARTED');

  const all = [...alike, ...mixed];
  const readsOf = (operation: TestOperation, from: number): number =>
    graph.reads.slice(from).filter((read) => read.operation === pathOf(operation)).length;
  const untilAllRead = async (times: number): Promise<{ from: number; at: number }> => {
    const from = graph.reads.length;
    await until(() => all.every((operation) => readsOf(operation, from) >= times), 60_000);
    return { from: graph.reads.length, at: performance.now() };
  };
  const settled = await untilAllRead(2);
  const asked = graph.requests.length;
  const counted = await untilAllRead(ROUNDS);
  const intervals = (counted.at - settled.at) / INTERVAL_MS;
  const requests = graph.requests.slice(asked).flatMap((request) => request.asked);
  const perInterval = (operations: readonly TestOperation[]): number => {
    const hosts = new Set(operations.map(({ hostId }) => hostId));
    return requests.filter((path) => [...hosts].some((host) => path.includes(`/${host}/`))).length / intervals;
  };

  // Whoever reads, and with whose token: everything once in an interval, and a last time in the moment of the end.
  for (const operation of all) {
    expect(readsOf(operation, settled.from) - readsOf(operation, counted.from)).toBeLessThanOrEqual(intervals + 1);
  }
  for (const state of ['RUNNING', 'SUCCEEDED'] as const) {
    moveTo(graph, all, state);
    await untilAllKnow(clients, state);
  }
  await until(() => subscribersOf(clients).every(({ isComplete }) => isComplete));
  expect(toldWrongly(subscribersOf(clients), 'SUCCEEDED')).toEqual([]);
  expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
  return { alike: perInterval(alike), mixed: perInterval(mixed) };
}

describeWithRedis('what one, two and four replicas cost', () => {
  it('is the same, of one caller and of several', async () => {
    const alone = await costOf(1);
    const two = await costOf(2);
    const four = await costOf(4);
    console.info(alone, two, four);

    // Three hosts, a list each.
    expect(alone.alike).toBeLessThanOrEqual(3.5);
    for (const { alike, mixed } of [two, four]) {
      expect(alike).toBeLessThanOrEqual(1.1 * alone.alike + 1 / ROUNDS);
      expect(mixed).toBeLessThanOrEqual(1.1 * alone.mixed + 1 / ROUNDS);
    }
  });
});
