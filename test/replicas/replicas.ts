import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { startCountingGraph, type CountedRequest, type CountingGraph } from '../support/counting-graph.js';
import { startProcess, type GatewayProcess } from '../support/gateway-process.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { pass } from '../support/until.js';

/** One of the gateways that share a Redis. */
export interface Replica {
  readonly url: string;
  /** Whether it has written of this in its log. */
  readonly hasLogged: (id: string) => boolean;
  /** What its `/readyz` answers. */
  readonly readiness: () => Promise<Readiness>;
  /** Resolves when `/readyz` has this status. */
  readonly untilReadiness: (status: number) => Promise<Readiness>;
}

/** One that is a process of its own. */
export interface ReplicaProcess extends Replica {
  readonly process: GatewayProcess;
  /** Ends it at once, as `kill -9` does, or with time to say good-bye. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<unknown>;
}

export interface Readiness {
  readonly status: number;
  readonly text: string;
}

/** Gateways over one Graph and one Redis. */
export interface World {
  readonly graph: CountingGraph;
  readonly redis: RedisServer;
  /** What each of them is started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts one more as a process. Resolves when it listens. */
  readonly start: (options?: ReplicaOptions) => Promise<ReplicaProcess>;
  /** One more that was started in another way. */
  readonly add: (replica: Replica) => void;
  /**
   * Who sent a request, told by what was asked over the same connection and logged; undefined where nothing was logged
   * of that yet.
   */
  readonly senderOf: (request: CountedRequest) => Replica | undefined;
}

export interface ReplicaOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** By how much its clock is ahead of the machine's. */
  readonly clockAheadMs?: number;
}

/** Shared by all replicas, or what one has proved would be nothing to another. */
const SCOPE_KEY = secret('a-key-of-forty-characters-for-the-hashes');
/** As Graph's, an answer takes a moment: without it two arrivals could seem a millisecond too close. */
const LATENCY_MS = 5;
const SKEWED_CLOCK = fileURLToPath(new URL('skewed-clock.mjs', import.meta.url));
/** How long a machine with much else to do may take for what a free one does in a second or two. */
export const PATIENCE_MS = 30_000;
/** The same for a whole test. */
export const TEST_LIMIT_MS = 150_000;
const LOOK_EVERY_MS = 50;

const closers: (() => unknown)[] = [];

/** Runs after the test, before what was opened earlier is closed. */
export function afterThisTest(close: () => unknown): void {
  closers.push(close);
}

afterEach(() => closeAll(closers));

async function closeAll(opened: (() => unknown)[]): Promise<void> {
  for (const close of opened.splice(0).reverse()) await close();
}

/** Two processes, and their world. */
export interface Pair extends World {
  readonly one: ReplicaProcess;
  readonly two: ReplicaProcess;
}

/** One pair for all tests of a suite. */
export function usePair(intervalMs: number): () => Pair {
  let pair: Pair | undefined;
  const atTheEnd: (() => unknown)[] = [];
  beforeAll(async () => {
    const world = await startWorld(intervalMs);
    const [one, two] = await Promise.all([world.start(), world.start()]);
    atTheEnd.push(...closers.splice(0));
    pair = { ...world, one, two };
  }, TEST_LIMIT_MS);
  afterAll(() => closeAll(atTheEnd));
  return () => {
    if (pair === undefined) throw new Error('The replicas are there in tests only.');
    return pair;
  };
}

export async function startWorld(intervalMs: number): Promise<World> {
  const redis = await startRedisServer();
  afterThisTest(() => redis.stop());
  const graph = await startCountingGraph({ latencyMs: LATENCY_MS });
  afterThisTest(() => graph.close());
  const replicas: Replica[] = [];
  /** By the port at this end of their connections. */
  const senders = new Map<number, Replica>();
  const environment = {
    GRAPH_URL: graph.url,
    REDIS_URL: redis.url,
    SCOPE_KEY,
    POLL_INTERVAL_SECONDS: String(intervalMs / 1_000),
    GRAPH_RATE_PER_SECOND: '0',
    GRAPH_RATE_PER_TEAM: '0',
    GRAPH_RATE_PER_CHAT: '0',
    GRAPHIQL: 'off',
  };

  return {
    graph,
    redis,
    environment,
    async start({ environment: others = {}, clockAheadMs = 0 } = {}) {
      const process = startProcess(
        { ...environment, ...(clockAheadMs !== 0 && { CLOCK_AHEAD_MS: String(clockAheadMs) }), ...others },
        clockAheadMs === 0 ? {} : { nodeOptions: ['--import', SKEWED_CLOCK] },
      );
      const end = (signal: 'SIGKILL' | 'SIGTERM'): Promise<unknown> => {
        process.kill(signal);
        return process.ended;
      };
      afterThisTest(() => end('SIGKILL'));
      const url = await process.url();
      const hasLogged = (id: string): boolean => process.output.out.includes(id);
      const replica: ReplicaProcess = { url, process, end, hasLogged, ...readinessOf(url) };
      replicas.push(replica);
      return replica;
    },
    add: (replica) => void replicas.push(replica),
    senderOf({ fromPort }) {
      const known = senders.get(fromPort);
      if (known !== undefined) return known;
      const ids = graph.requests.filter((each) => each.fromPort === fromPort).map((each) => each.clientRequestId ?? '');
      const sender = replicas.find(({ hasLogged }) => ids.some((id) => id !== '' && hasLogged(id)));
      if (sender !== undefined) senders.set(fromPort, sender);
      return sender;
    },
  };
}

/** How a gateway tells whether it is ready. */
export function readinessOf(url: string): Pick<Replica, 'readiness' | 'untilReadiness'> {
  const readiness = async (): Promise<Readiness> => {
    const response = await fetch(`${url}/readyz`, { headers: { connection: 'close' } });
    return { status: response.status, text: await response.text() };
  };
  return {
    readiness,
    async untilReadiness(status) {
      const endsAt = performance.now() + PATIENCE_MS;
      for (;;) {
        const answer = await readiness();
        if (answer.status === status || performance.now() > endsAt) return answer;
        await pass(LOOK_EVERY_MS);
      }
    },
  };
}
