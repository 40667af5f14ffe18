import { changeOfGraph } from '../changes.js';
import { type GatewayCommands } from '../children/gateway.js';
import { type GraphCommands } from '../children/graph.js';
import { startCrowd, type Crowd } from '../crowd.js';
import { startGateway, startGraph } from '../gateway.js';
import { type Findings, type Part } from '../part.js';
import { type Child } from '../processes.js';
import { hasRedis, startRedis } from '../redis.js';
import { quantile } from '../statistics.js';
import { atMost, millis, times } from '../table.js';
import { demand } from '../void-run.js';
import { type World } from '../world.js';

/** Replicas that share one Redis: what they cost upstream together, and what happens when one is killed. */

const PER_SOCKET = 10;
/** However many replicas there are, all subscriptions together are as many. */
const SHARES = 4;
const MEASURED_INTERVALS = 3;
/** Reads are counted over a few intervals, whose ends cut some off. */
const TOLERANCE = 1.05;

const WHAT = {
  cost: 'replicas: reads per interval with 1, 2 and 4 of them',
  loss: 'a replica is killed: its watches go on',
};
const AIM = { cost: 'independent of their number: one for each host', loss: 'within one interval' };

interface Replica {
  readonly gateway: Child<GatewayCommands>;
  /** Its clients: they are lost with it. */
  readonly crowd: Crowd;
}

interface Group {
  readonly graph: Child<GraphCommands>;
  readonly replicas: readonly Replica[];
  readonly world: World;
  readonly intervalMs: number;
}

interface Cost {
  readonly replicas: number;
  readonly reads: number;
  readonly requests: number;
  readonly shortestGap: number;
  readonly p99: number;
}

const passed = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startGroup(redisUrl: string, count: number, quick: boolean): Promise<Group> {
  const intervalMs = quick ? 1_000 : 3_000;
  const world: World = { hosts: quick ? 10 : 100, operationsPerHost: 10 };
  const graph = await startGraph(world.operationsPerHost);
  const environment = {
    REDIS_URL: redisUrl,
    SCOPE_KEY: 'the same on every replica, of this bench alone',
    COUNT_REQUESTS: 'on',
  };
  // Each replica has subscribers of every operation.
  const sockets = (world.hosts * world.operationsPerHost) / PER_SOCKET;
  const replicas = await Promise.all(
    Array.from({ length: count }, async (): Promise<Replica> => {
      const gateway = await startGateway(graph, intervalMs / 1_000, environment, 'anywhere');
      const crowd = await startCrowd(1);
      await crowd.open(gateway.url, (sockets * SHARES) / count);
      return { gateway, crowd };
    }),
  );
  for (const { crowd } of replicas) await crowd.subscribe(world, PER_SOCKET);
  return { graph, replicas, world, intervalMs };
}

async function stopGroup({ graph, replicas }: Group): Promise<void> {
  for (const { crowd, gateway } of replicas) {
    await crowd.close();
    await crowd.stop();
    await gateway.stop();
  }
  await graph.stop();
}

/** One change, heard by the clients of all replicas. @returns p99 from change to delivery, ms */
async function hearEverywhere({ graph, world }: Group, replicas: readonly Replica[]): Promise<number> {
  const change = changeOfGraph(graph, world);
  const revision = await change.next();
  const hearRests = await Promise.all(replicas.map(({ crowd }) => crowd.expect(revision)));
  await change.begin();
  const told = await Promise.all(hearRests.map((hearRest) => hearRest(change)));
  return quantile(
    told.flatMap(({ latenciesMs }) => [...latenciesMs]),
    0.99,
  );
}

async function measureCost(group: Group): Promise<Cost> {
  const { graph, replicas, intervalMs } = group;
  const p99 = await hearEverywhere(group, replicas);
  await passed(intervalMs);
  await graph.ask('markGaps', null);
  const before = await graph.ask('asked', null);
  await passed(MEASURED_INTERVALS * intervalMs);
  const after = await graph.ask('asked', null);
  const { shortest } = await graph.ask('gaps', null);
  return {
    replicas: replicas.length,
    reads: (after.reads - before.reads) / MEASURED_INTERVALS,
    requests: (after.requests - before.requests) / MEASURED_INTERVALS,
    shortestGap: shortest,
    p99,
  };
}

/** Kills the replica that asks Graph most. @returns the longest time in which a host was not read, ms */
async function measureLoss(group: Group): Promise<number> {
  const { graph, replicas, intervalMs } = group;
  const asked = await Promise.all(replicas.map(({ gateway }) => gateway.ask('requests', null)));
  const busiest = asked.indexOf(Math.max(...asked));
  const victim = replicas[busiest];
  demand(victim !== undefined && (asked[busiest] ?? 0) > 0, 'no replica asked Graph for anything');
  const others = replicas.filter((replica) => replica !== victim);
  await graph.ask('markGaps', null);
  await victim.gateway.kill();
  await passed(4 * intervalMs);
  const { longest, isComplete } = await graph.ask('gaps', null);
  demand(isComplete, 'after a replica was killed some hosts were not read again within four intervals');
  await hearEverywhere(group, others);
  await victim.crowd.stop();
  await stopGroup({ ...group, replicas: others });
  return longest;
}

export const measureReplicas: Part = async (quick, say): Promise<Findings> => {
  if (!hasRedis()) {
    const nothing = { measured: 'not measured', baseline: '', ratio: '', verdict: 'no redis-server on this machine' };
    return {
      rows: [
        { what: WHAT.cost, aim: AIM.cost, ...nothing },
        { what: WHAT.loss, aim: AIM.loss, ...nothing },
      ],
    };
  }
  const costs: Cost[] = [];
  let extraMs = NaN;
  let intervalMs = NaN;
  let hosts = NaN;
  const counts = quick ? [1, 2] : [1, 2, 4];
  for (const count of counts) {
    say(`${count} of them`);
    const redis = await startRedis();
    const group = await startGroup(redis.url, count, quick);
    costs.push(await measureCost(group));
    if (count === counts.at(-1)) {
      say('one is killed');
      ({ intervalMs } = group);
      ({ hosts } = group.world);
      extraMs = Math.max(0, (await measureLoss(group)) - intervalMs);
    } else {
      await stopGroup(group);
    }
    await redis.stop();
  }

  const reads = costs.map((cost) => cost.reads);
  const ratio = Math.max(...reads) / hosts;
  return {
    rows: [
      {
        what: WHAT.cost,
        aim: AIM.cost,
        measured: costs.map((cost) => `${cost.reads.toFixed(1)} reads`).join(', '),
        baseline: `without sharing ${costs.map((cost) => cost.replicas * hosts).join(', ')}`,
        ratio: times(ratio),
        verdict: atMost(ratio, TOLERANCE),
      },
      {
        what: WHAT.loss,
        aim: AIM.loss,
        measured: `no host was read later than ${millis(extraMs)} after it was due`,
        baseline: `interval ${millis(intervalMs)}`,
        ratio: times(extraMs / intervalMs),
        verdict: atMost(extraMs / intervalMs, 1),
      },
    ],
    series: [
      {
        title: 'More replicas',
        columns: ['replicas', 'reads per interval', 'requests per interval', 'shortest time between two reads', 'p99'],
        lines: costs.map(({ replicas, reads: each, requests, shortestGap, p99 }) => [
          String(replicas),
          each.toFixed(1),
          requests.toFixed(1),
          millis(shortestGap),
          millis(p99),
        ]),
      },
    ],
  };
};
