import { changeOfGraph } from '../changes.js';
import { startCrowd, type Crowd, type Range } from '../crowd.js';
import { startPair, type Pair } from '../gateway.js';
import { type Findings, type Part } from '../part.js';
import { median, quantile } from '../statistics.js';
import { atMost, megabytes, micros, millis, type Row } from '../table.js';
import { type World } from '../world.js';

/** How cost grows with subscriptions, operations and hosts. All operations change at once, and everybody is told. */

const PER_SOCKET = 10;
const IDLE_INTERVALS = 3;

/** Seconds. Short, so that there is something to see, and longer than everybody takes to be told. */
const INTERVAL = { quick: 0.5, short: 2, /** Reads gather in requests as they do in 31 s. */ long: 10 } as const;

interface Cost {
  readonly subscriptions: number;
  readonly world: World;
  /** For each subscription that was added, its share of the socket included; µs. */
  readonly cpuToBegin: number;
  readonly cpuPerMessage: number;
  readonly p50: number;
  readonly p99: number;
  readonly rss: number;
  /** While nothing changes. */
  readonly readsPerInterval: number;
  readonly requestsPerInterval: number;
  readonly idleCpuMs: number;
}

const COLUMNS = [
  'subscriptions',
  'operations',
  'hosts',
  'CPU to begin one',
  'CPU per message',
  'p50',
  'p99',
  'RSS',
  'reads per interval',
  'requests per interval',
  'CPU per interval, idle',
];

/** Opens sockets besides those that are open, each with its subscriptions, and measures what is open then. */
async function measure(
  { graph, gateway }: Pair,
  crowd: Crowd,
  world: World,
  sockets: Range,
  intervalSeconds: number,
): Promise<Cost> {
  const cpuAtFirst = await gateway.ask('cpu', null);
  const opened = sockets.to - sockets.from;
  await crowd.open(gateway.url, opened);
  await crowd.subscribe(world, PER_SOCKET, sockets);
  const cpuToBegin = ((await gateway.ask('cpu', null)) - cpuAtFirst) / (opened * PER_SOCKET);

  const rounds = intervalSeconds === INTERVAL.quick ? 1 : 3;
  const cpu: number[] = [];
  const latenciesMs: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const before = await gateway.ask('cpu', null);
    const told = await crowd.hear(changeOfGraph(graph, world));
    const perMessage = ((await gateway.ask('cpu', null)) - before) / told.messages;
    if (round === 0) continue; // to warm up
    cpu.push(perMessage);
    for (const latencyMs of told.latenciesMs) latenciesMs.push(latencyMs);
  }
  const { rss } = await gateway.ask('memory', null);
  const cpuBefore = await gateway.ask('cpu', null);
  const askedBefore = await graph.ask('asked', null);
  await new Promise((resolve) => setTimeout(resolve, IDLE_INTERVALS * intervalSeconds * 1_000));
  const asked = await graph.ask('asked', null);
  return {
    subscriptions: sockets.to * PER_SOCKET,
    world,
    cpuToBegin,
    cpuPerMessage: median(cpu),
    p50: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
    rss,
    readsPerInterval: (asked.reads - askedBefore.reads) / IDLE_INTERVALS,
    requestsPerInterval: (asked.requests - askedBefore.requests) / IDLE_INTERVALS,
    idleCpuMs: ((await gateway.ask('cpu', null)) - cpuBefore) / IDLE_INTERVALS / 1_000,
  };
}

function lineOf(cost: Cost): readonly string[] {
  const {
    subscriptions,
    world,
    cpuToBegin,
    cpuPerMessage,
    p50,
    p99,
    rss,
    readsPerInterval,
    requestsPerInterval,
    idleCpuMs,
  } = cost;
  return [
    String(subscriptions),
    String(world.hosts * world.operationsPerHost),
    String(world.hosts),
    micros(cpuToBegin),
    micros(cpuPerMessage),
    millis(p50),
    millis(p99),
    megabytes(rss),
    readsPerInterval.toFixed(1),
    requestsPerInterval.toFixed(1),
    millis(idleCpuMs),
  ];
}

/** 1,000, 10,000 and 100,000 subscriptions on 1,000 operations of 100 hosts. */
export const measureSubscriptions: Part = async (quick, say): Promise<Findings> => {
  const world: World = { hosts: 100, operationsPerHost: 10 };
  const stages = quick ? [10, 100] : [100, 1_000, 10_000];
  const intervalSeconds = quick ? INTERVAL.quick : INTERVAL.long;
  const pair = await startPair(intervalSeconds, world.operationsPerHost);
  const crowd = await startCrowd(quick ? 1 : 2);
  const costs: Cost[] = [];
  let open = 0;
  for (const sockets of stages) {
    say(`${sockets * PER_SOCKET} subscriptions on ${sockets} sockets`);
    costs.push(await measure(pair, crowd, world, { from: open, to: sockets }, intervalSeconds));
    open = sockets;
  }
  await crowd.close();
  await crowd.stop();
  await pair.stop();

  const [, ofTenThousand] = costs;
  const most = costs.at(-1);
  const rows: Row[] = [];
  if (ofTenThousand !== undefined) {
    const { subscriptions, readsPerInterval: reads, requestsPerInterval: requests } = ofTenThousand;
    rows.push({
      what: `upstream cost per interval: ${subscriptions} subscriptions on 1000 operations in 100 hosts`,
      aim: '≤ 100 reads in ≤ 5 HTTP requests',
      measured: `${reads.toFixed(1)} reads in ${requests.toFixed(1)} requests`,
      baseline: `each for itself: ${subscriptions} reads`,
      ratio: `1 : ${(subscriptions / reads).toFixed(0)}`,
      verdict: atMost(Math.max(reads / 100, requests / 5), 1),
    });
  }
  if (most !== undefined) {
    rows.push({
      what: `one process: ${most.subscriptions} live subscriptions, ${open} sockets × ${PER_SOCKET}`,
      aim: 'all told of a change, no error',
      measured: `p50 ${millis(most.p50)}, p99 ${millis(most.p99)} from change to delivery; ${micros(most.cpuPerMessage)} per message`,
      baseline: '',
      ratio: '',
      verdict: 'met',
    });
  }
  return { rows, series: [{ title: 'More subscriptions', columns: COLUMNS, lines: costs.map(lineOf) }] };
};

/** 10,000 subscriptions on more operations, in more hosts. */
export const measureOperations: Part = async (quick, say): Promise<Findings> => {
  const sockets = quick ? 30 : 1_000;
  const intervalSeconds = quick ? INTERVAL.quick : INTERVAL.short;
  const worlds: World[] = [
    { hosts: 1, operationsPerHost: 10 },
    { hosts: 10, operationsPerHost: 10 },
    { hosts: 1, operationsPerHost: 100 },
    { hosts: 100, operationsPerHost: 1 },
    { hosts: 100, operationsPerHost: 10 },
  ];
  const crowd = await startCrowd(1);
  const costs: Cost[] = [];
  for (const world of quick ? worlds.slice(0, 1) : worlds) {
    const { hosts, operationsPerHost } = world;
    say(`${sockets * PER_SOCKET} subscriptions on ${hosts * operationsPerHost} operations of ${hosts} hosts`);
    const pair = await startPair(intervalSeconds, operationsPerHost);
    costs.push(await measure(pair, crowd, world, { from: 0, to: sockets }, intervalSeconds));
    await crowd.close();
    await pair.stop();
  }
  await crowd.stop();
  return { rows: [], series: [{ title: 'More operations and hosts', columns: COLUMNS, lines: costs.map(lineOf) }] };
};
