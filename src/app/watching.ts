import { type Config } from '../config.js';
import { parsePause } from '../graph/pause-notice.js';
import { createGraphReader, type GraphReader } from '../graph/reader.js';
import { type GraphTally } from '../graph/tally.js';
import { type Tracing } from '../lib/tracing.js';
import { createChecks, type Checks } from '../poll/checks.js';
import { startCoordinator, type Coordinator } from '../poll/coordinator.js';
import { type Reader, type Store } from '../poll/ports.js';
import { type PollTally } from '../poll/tally.js';
import { createMemoryStore } from '../store/memory.js';
import { type Stops } from './stops.js';
import { type Surroundings } from './surroundings.js';

/** What watches operations: Graph is read, what it says is held, and who waits for it is told. */
export interface Watching {
  readonly reader: GraphReader;
  readonly store: Store;
  readonly checks: Checks;
  readonly coordinator: Coordinator;
}

export interface WatchingOptions extends Pick<Surroundings, 'clock' | 'random' | 'log' | 'gather'> {
  readonly config: Config;
  readonly graphRoot: URL;
  readonly userAgent: string;
  readonly tallies: { readonly poll: PollTally; readonly graph: GraphTally };
  readonly tracing: Tracing;
  readonly stops: Stops;
}

/** One HTTP request to Graph, its body included. */
const GRAPH_TIME_LIMIT_MS = 15_000;
/** A client that just lost its connection is back within seconds. */
const LINGER_MS = 5_000;
/** Microsoft documents replication lags of up to 15 minutes for groups; an operation shows up far sooner. */
const NOT_FOUND_GRACE_MS = 300_000;

/** Each part is stopped before those that it needs. Graph need not be there yet. */
export async function startWatching(options: WatchingOptions): Promise<Watching> {
  const { config, graphRoot, userAgent, clock, random, log, gather, tallies, tracing, stops } = options;
  const { limits, rates, pollIntervalMs: intervalMs, proofMs, watchMaxAgeMs: maxAgeMs } = config;

  const store = await openStore(config, graphRoot, options);
  stops.add(() => store.close());

  const reader = createGraphReader({
    graphRoot,
    clock,
    random,
    log,
    rates,
    timeLimitMs: GRAPH_TIME_LIMIT_MS,
    userAgent,
    parties: () => store.replicas(),
    onPause: (pause) => store.notices.tell('pause', { ...pause }),
    tally: tallies.graph,
    tracing,
  });
  stops.add(() => reader.close());
  store.notices.hear('pause', (notice) => {
    const pause = parsePause(notice);
    if (pause !== null) reader.hearPause(pause);
  });
  reader.reach().catch((error: unknown) => {
    // It may come back, and every check tells; a process that ends would take the streams with it.
    if (!stops.hasBegun) log.warn({ graph: graphRoot.origin, reason: String(error) }, 'graph unreachable');
  });

  const checks = createChecks({
    reader: reader satisfies Reader,
    store,
    clock,
    random,
    log,
    intervalMs,
    proofMs,
    gather: gather ?? (() => new Promise((resolve) => setImmediate(resolve))),
    tally: tallies.poll,
    tracing,
  });
  stops.add(() => checks.close());

  const coordinator = startCoordinator({
    checks,
    store,
    clock,
    log,
    tally: tallies.poll,
    tracing,
    limits,
    times: {
      intervalMs,
      proofMs,
      lingerMs: Math.min(LINGER_MS, intervalMs),
      maxAgeMs,
      notFoundGraceMs: NOT_FOUND_GRACE_MS,
    },
  });
  stops.add(() => coordinator.stop());
  return { reader, store, checks, coordinator };
}

async function openStore(
  config: Config,
  graphRoot: URL,
  { clock, random, log }: Pick<Surroundings, 'clock' | 'random' | 'log'>,
): Promise<Store> {
  const { auth, redisUrls, pollIntervalMs: intervalMs } = config;
  if (redisUrls === null) return createMemoryStore(clock, log);
  // Loaded where it is used alone: its libraries would be a great part of what every gateway reads when it starts.
  const { openRedisStore } = await import('../store/redis.js');
  // Gateways that ask another Graph, or as somebody else, have nothing in common.
  const namespace = [graphRoot.href, auth.mode, 'tenantId' in auth ? auth.tenantId : ''].join('+');
  return openRedisStore({ urls: redisUrls(), namespace, clock, random, log, intervalMs });
}
