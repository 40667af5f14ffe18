import { once as onceEvent } from 'node:events';
import { type AddressInfo } from 'node:net';
import { type ErrorReport } from './api/errors.js';
import { createSchema } from './api/schema.js';
import { createWaits } from './api/waits.js';
import { ConfigError, type Config } from './config.js';
import { parsePause } from './graph/pause-notice.js';
import { createGraphReader } from './graph/reader.js';
import { createGraphTally } from './graph/tally.js';
import { createIdentity } from './identity/create-identity.js';
import { createKeyedHash } from './identity/keyed-hash.js';
import { sleepUntil, type Clock } from './lib/clock.js';
import { type Log } from './lib/log.js';
import { once } from './lib/once.js';
import { type Random } from './lib/random.js';
import { createChecks } from './poll/checks.js';
import { startCoordinator } from './poll/coordinator.js';
import { type Reader, type Store } from './poll/ports.js';
import { createPollTally } from './poll/tally.js';
import { DEMO_HOSTS } from './sandbox/demo.js';
import { DEMO_REQUESTS } from './sandbox/demo-requests.js';
import { type Sandbox } from './sandbox/server.js';
import { createAddressOf } from './server/addresses.js';
import { startApollo } from './server/apollo.js';
import { createDocuments } from './server/documents.js';
import { createDebug } from './server/debug.js';
import { createFanOut, createFanOutTally } from './server/fan-out.js';
import { createHotQueries } from './server/hot-queries.js';
import { createHttp } from './server/http.js';
import { createHostGuard } from './server/origins.js';
import { createPages } from './server/pages.js';
import { createSandboxDoor, type SandboxDoor, type SandboxDoorOptions } from './server/sandbox-door.js';
import { createSocketCaps } from './server/socket-caps.js';
import { serveEventStreams } from './server/sse.js';
import { createServerTally } from './server/tally.js';
import { createTrustedDocuments, TrustedDocumentsError } from './server/trusted-documents.js';
import { serveWebSockets } from './server/websocket.js';
import { createMemoryStore } from './store/memory.js';
import { gatewaySeries } from './telemetry/gateway-series.js';
import { createMetrics } from './telemetry/metrics.js';
import { createTracing } from './telemetry/tracing.js';

/** The gateway, running. */
export interface App {
  /** `http://127.0.0.1:4000`, with the port that was really taken. */
  readonly url: string;
  /** The built-in Graph; null when a real one is asked. */
  readonly sandbox: Sandbox | null;
  /** Operations that are watched now. */
  readonly watches: () => number;
  /** Takes nothing new, finishes what is running, and ends; bounded by the grace. A second call joins the first. */
  readonly stop: () => Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  /** Whether the process is this gateway and nothing else; then the metrics tell of its memory and the like too. */
  readonly ownsProcess?: boolean;
  /** Where `npm run build` put GraphiQL. */
  readonly graphiqlDirectory: URL;
  /** Where it put the live board; without it there is none. */
  readonly boardDirectory?: URL;
  /** How long a query waits for others of the same caller to go up with it; a turn of the event loop unless told. */
  readonly gather?: () => Promise<void>;
}

/** One HTTP request to Graph, its body included. */
const GRAPH_TIME_LIMIT_MS = 15_000;
/** A client that just lost its connection is back within seconds. */
const LINGER_MS = 5_000;
/** Microsoft documents replication lags of up to 15 minutes for groups; an operation shows up far sooner. */
const NOT_FOUND_GRACE_MS = 300_000;
/** Before the grace is over: the time in which requests that Graph keeps waiting are answered all the same. */
const LAST_WORD_MS = 250;

/** Starts every part in order. When one fails, those before it are stopped, then the error is thrown. */
export async function startApp(config: Config, surroundings: Surroundings): Promise<App> {
  const { clock, random, log, version, graphiqlDirectory, boardDirectory = null } = surroundings;
  const stops: (() => Promise<void>)[] = [];
  const userAgent = `graph-operations-gateway/${version}`;
  const tracing = createTracing(version);
  const tallies = {
    poll: createPollTally(),
    graph: createGraphTally(),
    server: createServerTally(),
    fanOut: createFanOutTally(),
  };
  let ready = false;
  let stopping = false;
  const stop = once(async () => {
    ready = false;
    stopping = true;
    for (const stopPart of stops.reverse()) {
      await stopPart().catch((error: unknown) => log.error({ err: error }, 'part not stopped')); // each gets its turn
    }
  });

  try {
    const sandbox = config.graphUrl === null ? await sandboxOf(surroundings) : null;
    if (sandbox !== null) stops.push(() => sandbox.close());
    const graphRoot = config.graphUrl ?? new URL(sandbox?.url ?? '');

    const store = await storeOf(config, graphRoot, surroundings);
    stops.push(() => store.close());
    const { pollIntervalMs: intervalMs, proofMs } = config;

    const reader = createGraphReader({
      graphRoot,
      clock,
      random,
      log,
      rates: config.rates,
      timeLimitMs: GRAPH_TIME_LIMIT_MS,
      userAgent,
      parties: () => store.replicas(),
      onPause: (pause) => store.notices.tell('pause', { ...pause }),
      tally: tallies.graph,
      tracing,
    });
    stops.push(() => reader.close());
    store.notices.hear('pause', (notice) => {
      const pause = parsePause(notice);
      if (pause !== null) reader.hearPause(pause);
    });
    reader.reach().catch((error: unknown) => {
      // It may come back, and every check tells; a process that ends would take the streams with it.
      if (!stopping) log.warn({ graph: graphRoot.origin, reason: String(error) }, 'graph unreachable');
    });

    const checks = createChecks({
      reader: reader satisfies Reader,
      store,
      clock,
      random,
      log,
      intervalMs,
      proofMs,
      gather: surroundings.gather ?? (() => new Promise((resolve) => setImmediate(resolve))),
      tally: tallies.poll,
      tracing,
    });
    stops.push(() => {
      checks.close();
      return Promise.resolve();
    });
    const coordinator = startCoordinator({
      checks,
      store,
      clock,
      log,
      tally: tallies.poll,
      tracing,
      limits: config.limits,
      times: {
        intervalMs,
        proofMs,
        lingerMs: Math.min(LINGER_MS, intervalMs),
        maxAgeMs: config.watchMaxAgeMs,
        notFoundGraceMs: NOT_FOUND_GRACE_MS,
      },
    });

    stops.push(() => coordinator.stop());

    const metrics = createMetrics({ ofProcess: surroundings.ownsProcess ?? false });
    const report: ErrorReport = {
      log,
      refused: (limit) => {
        tallies.server.refused[limit] += 1;
      },
    };
    const schema = await createSchema();
    const { limits } = config;
    const services = { checks, coordinator, clock, graphRoot, limits, waits: createWaits(limits) };
    const identity = await createIdentity({
      auth: config.auth,
      graphRoot,
      standInToken: sandbox?.demoToken ?? null,
      keyedHash: createKeyedHash(config.scopeKey?.()),
      clock,
      random,
      log,
      userAgent,
    });
    stops.push(() => identity.close());
    const { identify } = identity;
    const documents = createDocuments({
      schema,
      introspection: config.introspection,
      limits,
      trusted: config.trustedDocuments && createTrustedDocuments(schema, config.trustedDocuments),
    });
    const apollo = await startApollo({ schema, documents, report });
    stops.push(() => apollo.stop());

    const isMisdirected = createHostGuard(config);
    const notReady = (): string | null => {
      if (!ready) return stopping ? 'it is stopping' : 'it is starting';
      return store.isReady() ? null : 'Redis cannot be reached, or takes nothing; what is watched goes on without it';
    };
    const hotQueries = createHotQueries({ schema, documents, clock, report });
    stops.push(() => {
      hotQueries.close();
      return Promise.resolve();
    });
    // What stays open counts the same and is written the same, however it is connected.
    const connected = {
      schema,
      documents,
      services,
      identify,
      clock,
      tracing,
      report,
      limits,
      caps: createSocketCaps(limits),
      fanOut: createFanOut({ schema, services, clock, report, tally: tallies.fanOut, tracing }),
      allowedOrigins: config.allowedOrigins,
      addressOf: createAddressOf(config.trustedProxies),
    };
    const eventStreams = serveEventStreams(connected);
    stops.push(() => eventStreams.close());
    const http = createHttp({
      apollo,
      documents,
      hotQueries,
      services,
      identify,
      eventStreams,
      pages: createPages({
        board: boardDirectory,
        graphiql: config.graphiql ? graphiqlDirectory : null,
        hasSandbox: sandbox !== null,
        log,
      }),
      sandbox: sandbox && sandboxDoorTo(sandbox, { allowedOrigins: config.allowedOrigins, ...limits, report }),
      metrics: config.metrics ? metrics : null,
      debug: config.operatorToken && createDebug({ watched: coordinator.watched, operatorToken: config.operatorToken }),
      tally: tallies.server,
      tracing,
      allowedOrigins: config.allowedOrigins,
      isMisdirected,
      limits,
      notReady,
      report,
    });
    const webSockets = serveWebSockets({ ...connected, httpServer: http.server, path: '/graphql', isMisdirected });
    stops.push(() => webSockets.close());
    http.server.listen(config.port, config.host);
    await onceEvent(http.server, 'listening');
    stops.push(async () => {
      const deadline = clock.now() + config.stopGraceMs;
      const finished = Promise.all([
        http.close(),
        // Whoever waits for an operation over HTTP is answered with what is known.
        Promise.all([webSockets.close(), eventStreams.close()]).then(() => coordinator.stop()),
      ]);
      await settledBy(finished, deadline - LAST_WORD_MS);
      await reader.close(); // requests that still wait for Graph are told that it did not answer
      await settledBy(finished, deadline);
      http.server.closeAllConnections();
    });

    metrics.add(
      gatewaySeries({
        ...tallies,
        version,
        isReady: () => notReady() === null,
        caps: connected.caps,
        eventStreams,
        coordinator,
        waits: services.waits,
        budgets: () => reader.budgetLeft(),
        store,
      }),
    );
    ready = true;
    const { port } = http.server.address() as AddressInfo;
    return { url: `http://${urlHost(config.host)}:${port}`, sandbox, watches: () => coordinator.watches, stop };
  } catch (error) {
    await stop();
    throw error instanceof TrustedDocumentsError ? new ConfigError(error.problems) : error;
  }

  /** Resolves with the work, or at `deadline` (epoch ms) without it. */
  async function settledBy(work: Promise<unknown>, deadline: number): Promise<void> {
    const isOver = new AbortController();
    await Promise.race([work, sleepUntil(clock, deadline, isOver.signal)]);
    isOver.abort();
  }
}

// Each of these is loaded where it is used alone: half of the time in which a gateway starts it would spend on reading
// the libraries of what it was not told to do.

async function sandboxOf({ clock, random, log }: Surroundings): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/server.js');
  return startSandbox({ clock, random, demo: true, log });
}

async function storeOf(config: Config, graphRoot: URL, { clock, random, log }: Surroundings): Promise<Store> {
  const { auth, redisUrls, pollIntervalMs: intervalMs } = config;
  if (redisUrls === null) return createMemoryStore(clock, log);
  const { openRedisStore } = await import('./store/redis.js');
  // Gateways that ask another Graph, or as somebody else, have nothing in common.
  const namespace = [graphRoot.href, auth.mode, 'tenantId' in auth ? auth.tenantId : ''].join('+');
  return openRedisStore({ urls: redisUrls(), namespace, clock, random, log, intervalMs });
}

/** Whoever can reach the built-in sandbox's gateway may start something in it. */
function sandboxDoorTo(
  sandbox: Sandbox,
  guards: Pick<SandboxDoorOptions, 'allowedOrigins' | 'bodyBytes' | 'report'>,
): SandboxDoor {
  return createSandboxDoor({
    ...guards,
    requests: DEMO_REQUESTS,
    hosts: DEMO_HOSTS,
    pass: (request, response, as) => sandbox.serve(request, response, { ...as, token: sandbox.demoToken }),
  });
}

/** An address of all interfaces is not one to open in a browser. */
function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
