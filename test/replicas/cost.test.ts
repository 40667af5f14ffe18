import { expect, it, jest } from '@jest/globals';
import { type CountingGraph } from '../support/counting-graph.js';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { pass, until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo, type TestOperation } from './operations.js';
import { startWorld, TEST_LIMIT_MS } from './replicas.js';
import { readTooEarly, toldWrongly } from './verdicts.js';

/** A process that has to wait for its turn on a busy machine is then late by little of it. */
const INTERVAL_MS = 1_500;
const SUBSCRIBERS = 40;
/** Until all are in step who began to watch at any time. */
const SETTLING_INTERVALS = 6;
/** So many intervals are counted at a time, and so often: a moment in which the machine was busy is not the middle one. */
const COUNTED_INTERVALS = 2;
const WINDOWS = 3;
/** One more check is counted where a count begins or ends in the middle of an interval. */
const mostPerInterval = (reads: number): number => reads * (1 + 1 / COUNTED_INTERVALS) + 0.5;
/** One token sees all of three hosts: a list each. Of five each sees one or two operations of a host, which are read one by one. */
const MOST: Cost = { alike: mostPerInterval(3), mixed: mostPerInterval(10), apart: mostPerInterval(3) };
/** Two that do not share cost twice as much; one that came too late for its turn costs little. */
const SHARED = 1.4;

const ONE_TOKEN = [secret('a-token-of-everybody-4f1b')];
const TOKEN_APART = secret('a-token-of-some-apart-7d3c');
const TOKENS = ['anna', 'ben', 'cleo', 'dora', 'emil'].map((name) => secret(`a-token-of-${name}-for-herself-91c2`));

/** Reads that Graph is asked for in an interval, a list or a single one each. */
interface Cost {
  readonly alike: number;
  readonly mixed: number;
  readonly apart: number;
}

/**
 * Forty subscribers of ten operations with one token, and forty of ten others with five, each from everywhere; and ten of
 * yet ten others with one token, each from one replica alone.
 */
async function costOf(replicas: number): Promise<Cost> {
  const { graph, start } = await startWorld(INTERVAL_MS);
  const urls = (await Promise.all(Array.from({ length: replicas }, () => start()))).map(({ url }) => url);
  const alike = beginOperations(graph, { 'team-a': 4, 'team-b': 3, 'chat-c': 3 });
  const mixed = beginOperations(graph, { 'team-k': 4, 'team-l': 3, 'chat-m': 3 });
  const apart = beginOperations(graph, { 'team-x': 4, 'team-y': 3, 'chat-z': 3 });
  const crowdOf = (operations: readonly TestOperation[], tokens: readonly string[]) =>
    Array.from({ length: SUBSCRIBERS }, (_, at) => {
      const operation = operations[at % operations.length];
      const token = tokens[(at % operations.length) % tokens.length];
      if (operation === undefined || token === undefined) throw new Error('There is nothing to watch.');
      const url = urls[Math.floor(at / operations.length) % urls.length] ?? '';
      return joinClient({ urls: () => [url], token, watching: [[operation]] });
    });
  const scattered = apart.map((operation, at) => {
    const url = urls[at % urls.length] ?? '';
    return joinClient({ urls: () => [url], token: TOKEN_APART, watching: [[operation]] });
  });
  const clients = [...crowdOf(alike, ONE_TOKEN), ...crowdOf(mixed, TOKENS), ...scattered];
  await untilAllKnow(clients, 'NOT_STARTED');

  await pass(SETTLING_INTERVALS * INTERVAL_MS);
  const windows: Cost[] = [];
  for (let at = 0; at < WINDOWS; at++) windows.push(await costOfWindow(graph, { alike, mixed, apart }));
  const middle = (crowd: keyof Cost): number =>
    windows.map((cost) => cost[crowd]).sort((a, b) => a - b)[Math.floor(WINDOWS / 2)] ?? 0;
  const cost = { alike: middle('alike'), mixed: middle('mixed'), apart: middle('apart') };

  const all = [...alike, ...mixed, ...apart];
  for (const state of ['RUNNING', 'SUCCEEDED'] as const) {
    moveTo(graph, all, state);
    await untilAllKnow(clients, state);
  }
  await until(() => subscribersOf(clients).every(({ isComplete }) => isComplete));
  expect(toldWrongly(subscribersOf(clients), 'SUCCEEDED')).toEqual([]);
  expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
  return cost;
}

function isShared(cost: Cost): boolean {
  return cost.alike <= MOST.alike && cost.mixed <= MOST.mixed && cost.apart <= MOST.apart;
}

async function costOfWindow(
  graph: CountingGraph,
  crowds: Readonly<Record<keyof Cost, readonly TestOperation[]>>,
): Promise<Cost> {
  const [startedAt, requests] = [performance.now(), graph.requests.length];
  await pass(COUNTED_INTERVALS * INTERVAL_MS);
  const intervals = (performance.now() - startedAt) / INTERVAL_MS;
  const asked = graph.requests.slice(requests).flatMap((request) => request.asked);
  const perInterval = (operations: readonly TestOperation[]): number => {
    const hosts = [...new Set(operations.map(({ hostId }) => `/${hostId}/`))];
    return asked.filter((path) => hosts.some((host) => path.includes(host))).length / intervals;
  };
  return { alike: perInterval(crowds.alike), mixed: perInterval(crowds.mixed), apart: perInterval(crowds.apart) };
}

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('what one, two and four replicas cost', () => {
  it('is the same, of one caller and of several, and of one who watches something else on each', async () => {
    const [alone, ...several] = await Promise.all([1, 2, 4].map(costOf));
    if (alone === undefined) throw new Error('Nothing was counted.');

    expect([alone, ...several].filter((cost) => !isShared(cost))).toEqual([]);
    for (const { alike, mixed, apart } of several) {
      expect(alike).toBeLessThan(SHARED * alone.alike);
      expect(mixed).toBeLessThan(SHARED * alone.mixed);
      expect(apart).toBeLessThan(SHARED * alone.apart);
    }
  });
});
