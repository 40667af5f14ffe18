import { expect, it, jest } from '@jest/globals';
import { type CountingGraph } from '../support/counting-graph.js';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { pass, until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo, type TestOperation } from './operations.js';
import { startWorld, TEST_LIMIT_MS, type ReplicaProcess } from './replicas.js';
import { readTooEarly, toldWrongly } from './verdicts.js';

/** A process that has to wait for its turn on a busy machine is then late by little of it. */
const INTERVAL_MS = 1_500;
const SUBSCRIBERS = 40;
/** Until all are in step who began to watch at any time. */
const SETTLING_INTERVALS = 6;
/** So many are counted at a time: what came late in one comes early in the next, and both are among them. */
const COUNTED_INTERVALS = 6;
/** One more check is counted where a count begins or ends in the middle of an interval. */
const mostPerInterval = (reads: number): number => reads * (1 + 1 / COUNTED_INTERVALS) + 0.5;
/** What has come over the network by now is taken in so much time. */
const BREATH_MS = 50;
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
  const processes = await Promise.all(Array.from({ length: replicas }, () => start()));
  const urls = processes.map(({ url }) => url);
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

  const counted = await countTogether(graph, processes);
  const all = [...alike, ...mixed, ...apart];
  for (const state of ['RUNNING', 'SUCCEEDED'] as const) {
    moveTo(graph, all, state);
    await untilAllKnow(clients, state);
  }
  await until(() => subscribersOf(clients).every(({ isComplete }) => isComplete));
  expect(toldWrongly(subscribersOf(clients), 'SUCCEEDED')).toEqual([]);
  const reads = lossesOf(processes) === 0 ? graph.reads : graph.reads.filter(({ request }) => counted.has(request));
  expect(readTooEarly(reads, INTERVAL_MS)).toEqual([]);
  return {
    alike: counted.perInterval(alike),
    mixed: counted.perInterval(mixed),
    apart: counted.perInterval(apart),
  };
}

function isShared(cost: Cost): boolean {
  return cost.alike <= MOST.alike && cost.mixed <= MOST.mixed && cost.apart <= MOST.apart;
}

/** What Graph was asked while it was counted. */
interface Counted {
  /** @param request its number */
  readonly has: (request: number) => boolean;
  readonly perInterval: (operations: readonly TestOperation[]) => number;
}

/**
 * Counts for some intervals in which all of them have their Redis. Where a machine leaves that no turn for a second they go
 * on without it, each for itself and as they should: so it is counted anew then.
 */
async function countTogether(graph: CountingGraph, replicas: readonly ReplicaProcess[]): Promise<Counted> {
  for (;;) {
    const losses = lossesOf(replicas);
    await pass(SETTLING_INTERVALS * INTERVAL_MS);
    const counted = await count(graph);
    if (lossesOf(replicas) === losses && returnsOf(replicas) === losses) return counted;
  }
}

async function count(graph: CountingGraph): Promise<Counted> {
  await pass(BREATH_MS); // or what came while this process had no turn would be of now
  const [startedAt, from] = [performance.now(), graph.requests.length];
  await pass(COUNTED_INTERVALS * INTERVAL_MS);
  const intervals = (performance.now() - startedAt) / INTERVAL_MS;
  const to = graph.requests.length;
  const asked = graph.requests.slice(from, to).flatMap((request) => request.asked);
  return {
    has: (request) => request > from && request <= to,
    perInterval(operations) {
      const hosts = [...new Set(operations.map(({ hostId }) => `/${hostId}/`))];
      return asked.filter((path) => hosts.some((host) => path.includes(host))).length / intervals;
    },
  };
}

function lossesOf(replicas: readonly ReplicaProcess[]): number {
  return replicas.flatMap(({ process }) => process.lines('store lost')).length;
}

function returnsOf(replicas: readonly ReplicaProcess[]): number {
  return replicas.flatMap(({ process }) => process.lines('store back')).length;
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
