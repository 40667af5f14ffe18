import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { type ErrorReport } from './api/errors.js';
import { createSchema } from './api/schema.js';
import { createWaits } from './api/waits.js';
import { createStops } from './app/stops.js';
import { type Surroundings } from './app/surroundings.js';
import { startWatching } from './app/watching.js';
import { ConfigError, type Config } from './config.js';
import { createGraphTally } from './graph/tally.js';
import { createIdentity } from './identity/create-identity.js';
import { createKeyedHash } from './identity/keyed-hash.js';
import { sleepUntil, type Clock } from './lib/clock.js';
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

/** Before the grace is over: the time in which requests that Graph keeps waiting are answered all the same. */
const LAST_WORD_MS = 250;

/** Starts every part in order. When one fails, those before it are stopped, then the error is thrown. */
export async function startApp(config: Config, surroundings: Surroundings): Promise<App> {
  const { clock, random, log, version, graphiqlDirectory, boardDirectory = null } = surroundings;
  const { limits } = config;
  const userAgent = `graph-operations-gateway/${version}`;
  const tracing = createTracing(version);
  const tallies = {
    poll: createPollTally(),
    graph: createGraphTally(),
    server: createServerTally(),
    fanOut: createFanOutTally(),
  };
  const stops = createStops(log);
  let hasStarted = false;

  try {
    const sandbox = config.graphUrl === null ? await startSandboxIn(surroundings) : null;
    if (sandbox !== null) stops.add(() => sandbox.close());
    const graphRoot = config.graphUrl ?? new URL(sandbox?.url ?? '');
    const watching = await startWatching({ ...surroundings, config, graphRoot, userAgent, tallies, tracing, stops });
    const { reader, store, checks, coordinator } = watching;

    const metrics = createMetrics({ ofProcess: surroundings.ownsProcess ?? false });
    const report: ErrorReport = {
      log,
      refused: (limit) => {
        tallies.server.refused[limit] += 1;
      },
    };
    const schema = await createSchema();
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
    stops.add(() => identity.close());
    const { identify } = identity;
    const documents = createDocuments({
      schema,
      introspection: config.introspection,
      limits,
      trusted: config.trustedDocuments && createTrustedDocuments(schema, config.trustedDocuments),
    });
    const apollo = await startApollo({ schema, documents, report });
    stops.add(() => apollo.stop());

    const isMisdirected = createHostGuard(config);
    const notReady = (): string | null => {
      if (stops.hasBegun) return 'it is stopping';
      if (!hasStarted) return 'it is starting';
      return store.isReady() ? null : 'Redis cannot be reached, or takes nothing; what is watched goes on without it';
    };
    const hotQueries = createHotQueries({ schema, documents, clock, report });
    stops.add(() => hotQueries.close());
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
    stops.add(() => eventStreams.close());
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
    stops.add(() => webSockets.close());
    http.server.listen(config.port, config.host);
    await once(http.server, 'listening');
    stops.add(async () => {
      const deadline = clock.now() + config.stopGraceMs;
      const drained = Promise.all([
        http.drain(),
        // Whoever waits for an operation over HTTP is answered with what is known.
        Promise.all([webSockets.close(), eventStreams.close()]).then(() => coordinator.stop()),
      ]);
      const finished = drained.then(() => http.close()); // who asks whether it is ready is told until then
      try {
        await settledBy(finished, deadline - LAST_WORD_MS, clock);
        await reader.close(); // requests that still wait for Graph are told that it did not answer
        await settledBy(finished, deadline, clock);
      } finally {
        void http.close();
        http.server.closeAllConnections();
      }
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
    hasStarted = true;
    const { port } = http.server.address() as AddressInfo;
    return {
      url: `http://${urlHost(config.host)}:${port}`,
      sandbox,
      watches: () => coordinator.watches,
      stop: stops.run,
    };
  } catch (error) {
    await stops.run();
    throw error instanceof TrustedDocumentsError ? new ConfigError(error.problems) : error;
  }
}

/** Resolves with the work, or at `deadline` (epoch ms) without it. */
async function settledBy(work: Promise<unknown>, deadline: number, clock: Clock): Promise<void> {
  const isOver = new AbortController();
  await Promise.race([work, sleepUntil(clock, deadline, isOver.signal)]);
  isOver.abort();
}

/** Loaded where it is used alone: nobody who asks a real Graph waits for it. */
async function startSandboxIn({ clock, random, log }: Surroundings): Promise<Sandbox> {
  const { startSandbox } = await import('./sandbox/server.js');
  return startSandbox({ clock, random, demo: true, log });
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
