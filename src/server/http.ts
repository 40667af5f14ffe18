import { type ApolloServer } from '@apollo/server';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { type Duplex } from 'node:stream';
import { createContext, type ApiContext, type ApiServices } from '../api/context.js';
import { type ErrorReport } from '../api/errors.js';
import { once } from '../lib/once.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';
import { fixedAuthority } from '../poll/authority.js';
import { type Debug } from './debug.js';
import { type Documents } from './documents.js';
import { createDraining, PROBES, sendAway } from './draining.js';
import { createGraphQLHttp, refuse, setHeaders } from './graphql-http.js';
import { type HotQueries } from './hot-queries.js';
import { type Metrics } from './metrics.js';
import { corsHeaders, isAllowedOrigin, MISDIRECTED, type Crossing } from './origins.js';
import { type Pages } from './pages.js';
import { createPipelines } from './pipelines.js';
import { type SandboxDoor } from './sandbox-door.js';
import { API_HEADERS, rawResponse } from './security-headers.js';
import { STREAM_CROSSING, STREAM_PATH, type EventStreams } from './sse.js';
import { countAnswer, createServerTally, type ServerTally } from './tally.js';

export interface HttpOptions {
  readonly apollo: ApolloServer<ApiContext>;
  readonly documents: Documents;
  readonly hotQueries: HotQueries;
  readonly services: ApiServices;
  readonly identify: (authorization: string | undefined) => Promise<Caller | GraphError | null>;
  /** Left out where there are none. */
  readonly eventStreams?: EventStreams;
  /** Null where nobody is to see any. */
  readonly pages: Pages | null;
  /** Left out where another Graph is asked. */
  readonly sandbox?: SandboxDoor | null;
  /** Null where they are off. */
  readonly metrics: Metrics | null;
  /** Null where there is no operator's token. */
  readonly debug: Debug | null;
  readonly tally?: ServerTally;
  readonly tracing?: Tracing;
  readonly allowedOrigins: readonly string[];
  /** See createHostGuard. */
  readonly isMisdirected: (request: IncomingMessage) => boolean;
  readonly limits: HttpLimits;
  /** Why no new work is welcome, in words; null where it is. */
  readonly notReady: () => string | null;
  readonly report: ErrorReport;
}

/** See the table of the configuration. */
export interface HttpLimits {
  readonly bodyBytes: number;
  /** How long a request may take to arrive. */
  readonly requestMs: number;
  /** Those that are no websockets. */
  readonly connections: number;
}

/** Headers are small and come at once; whoever sends them slowly holds a connection and nothing else. */
const HEADERS_WITHIN_MS = 10_000;
/** How late a request that takes too long may be found out. */
const LOOK_EVERY_MS = 5_000;
/** Of all headers of one request, the address included; tokens are long. */
const MAX_HEADER_BYTES = 16_384;

const COMMON_HEADERS = Object.entries(API_HEADERS).flat();
/** An answer is one caller's, and of one moment. */
const GRAPHQL_HEADERS = [...COMMON_HEADERS, 'Cache-Control', 'no-store'];

/** How long connections that nothing is due on may take to close: to Node one is busy until its first request has come. */
const CLOSE_WITHIN_MS = 250;

export interface Http {
  /** The caller lets it listen. */
  readonly server: Server;
  /** Answers nothing new but probes, and says so. Resolves when all that was asked before is answered. */
  drain(): Promise<void>;
  /** Takes no further connection and ends those there are, on which nothing is due any more. */
  close(): Promise<void>;
}

/** Every path of the gateway over HTTP. */
export function createHttp(options: HttpOptions): Http {
  const { tally = createServerTally(), tracing = noTracing } = options;
  const { services, identify, pages, sandbox, metrics, debug, allowedOrigins, isMisdirected, limits } = options;
  const { eventStreams, notReady, report } = options;
  const { log } = report;
  const serveGraphQL = createGraphQLHttp({ ...options, maxBodyBytes: limits.bodyBytes });

  /** One of the paths that GraphQL is asked at. @param crossing what a page of another origin may ask there */
  const graphqlAt = async (
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    serve: (headers: readonly string[]) => Promise<void>,
    crossing?: Crossing,
  ): Promise<void> => {
    const headers = [...GRAPHQL_HEADERS, ...corsHeaders(request, allowedOrigins, crossing)];
    if (request.method === 'OPTIONS') {
      response.writeHead(isAllowedOrigin(request, allowedOrigins) ? 204 : 403, headers).end();
      return;
    }
    const method = request.method ?? '';
    await tracing.continued(request.headers, () =>
      tracing.span(
        `${method} ${path}`,
        { 'http.request.method': method, 'url.path': path },
        async (span) => {
          await serve(headers);
          span.set({ 'http.response.status_code': response.statusCode });
        },
        'server',
      ),
    );
  };

  const graphql = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    graphqlAt('/graphql', request, response, (headers) =>
      serveGraphQL(request, response, headers, async () => {
        const caller = await identify(request.headers.authorization);
        const who = caller === null || caller instanceof GraphError ? caller : fixedAuthority(caller);
        return createContext(services, who, () => goneSignal(response));
      }),
    );

  const events = (streams: EventStreams, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const serve = (headers: readonly string[]): Promise<void> => {
      setHeaders(response, headers);
      return streams.serve(request, response, () => {
        if (!pipelines.dedicate(request)) return false;
        connections.delete(request.socket); // it has the place of a websocket from now on
        return true;
      });
    };
    return graphqlAt(STREAM_PATH, request, response, serve, STREAM_CROSSING);
  };

  const route = async (request: IncomingMessage, response: ServerResponse, isLate: boolean): Promise<void> => {
    const path = pathOf(request);
    if (isLate) {
      response.shouldKeepAlive = false;
      if (!PROBES.has(path)) {
        const crossing = path === STREAM_PATH ? STREAM_CROSSING : undefined;
        setHeaders(response, [...GRAPHQL_HEADERS, ...corsHeaders(request, allowedOrigins, crossing)]);
        sendAway(request, response);
        return;
      }
    }
    const misdirected = isMisdirected(request);
    if (path === '/graphql' && request.method === 'POST' && !misdirected) {
      await graphql(request, response); // no page is asked for this way
      return;
    }
    setHeaders(response, COMMON_HEADERS);
    if (misdirected) {
      refuse(response, 421, MISDIRECTED);
      return;
    }
    if ([pages, sandbox, debug].some((part) => part?.serve(request, response) === true)) return;
    switch (path) {
      case '/graphql':
        await graphql(request, response);
        return;
      case STREAM_PATH:
        if (eventStreams === undefined) refuse(response, 404, 'There are no event streams here.');
        else await events(eventStreams, request, response);
        return;
      case '/healthz':
        tell(response, 200, 'ok');
        return;
      case '/readyz': {
        const why = notReady();
        tell(response, why === null ? 200 : 503, why === null ? 'ready' : `not ready: ${why}`);
        return;
      }
      case '/metrics':
        if (metrics === null) refuse(response, 404, 'There are no metrics here: METRICS is off.');
        else await showMetrics(metrics, response);
        return;
      default:
        refuse(response, 404, 'There is nothing at this path. GraphQL is at /graphql.');
    }
  };

  const draining = createDraining();
  const pipelines = createPipelines(() => report.refused('PIPELINED_REQUESTS'));
  const server = createServer(
    {
      requestTimeout: limits.requestMs,
      headersTimeout: Math.min(HEADERS_WITHIN_MS, limits.requestMs),
      connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, limits.requestMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      if (!pipelines.add(request)) return;
      const startedAt = services.clock.now();
      const isLate = draining.hasBegun;
      response.on('close', () => {
        pipelines.remove(request);
        const { method } = request;
        const status = response.statusCode;
        countAnswer(tally, status);
        // A path that is none of ours is a text of the caller's, whatever is in it.
        const known = status === 404 || status === 421 ? null : pathOf(request);
        log.info({ method, path: known, status, ms: services.clock.now() - startedAt }, 'request');
        if (!draining.hasBegun) return;
        if (!isLate) draining.answered(request.socket);
        if (pipelines.unanswered(request.socket) === 0) request.socket.end(); // it would be kept for another request
      });
      route(request, response, isLate).catch((error: unknown) => {
        log.error({ err: error }, 'request failed');
        if (response.headersSent) response.destroy();
        else tell(response, 500, 'Internal error.');
      });
    },
  );

  // A connection costs a file of the process whether or not anything is ever asked over it, and when those run out the
  // gateway can reach neither Graph nor its store. Beyond the bound it is closed before it can ask anything.
  const connections = new Set<Socket>();
  server.on('connection', (connection: Socket) => {
    if (connections.size >= limits.connections) {
      report.refused('CONNECTIONS');
      connection.destroy();
      return;
    }
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  server.on('upgrade', ({ socket }) => {
    connections.delete(socket); // counted as a websocket from now on
    if (pipelines.unanswered(socket) === 0) return;
    report.refused('PIPELINED_REQUESTS'); // what is due on it would come between the frames
    socket.destroy();
  });
  // Node's own answer to what it does not expect has none of our headers.
  server.on('checkExpectation', (_request, response) => {
    setHeaders(response, COMMON_HEADERS);
    refuse(response, 417, 'Of `Expect` there is only 100-continue.');
  });
  server.on('clientError', (error: Error & { code?: string }, connection) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') report.refused('REQUEST_SECONDS');
    answerClientError(error.code, connection, limits.requestMs);
  });
  return {
    server,
    drain: () => draining.begin([...connections].map((one) => [one, pipelines.unanswered(one)] as const)),
    close: once(() => {
      const { clock } = services;
      return new Promise<void>((resolve) => {
        const cancelLook = clock.wakeAt(clock.now() + CLOSE_WITHIN_MS, () => {
          for (const connection of connections) connection.destroy();
        });
        server.close(() => {
          cancelLook();
          resolve();
        });
      });
    }),
  };
}

/** Without the query. */
function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** Aborts when the client has gone before it was answered; an answer that was sent leaves nothing to give up. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  if (response.destroyed) gone.abort();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** What is no HTTP, or comes too slowly, is told so where nothing was said on its connection yet. */
function answerClientError(
  code: string | undefined,
  connection: Duplex & { bytesWritten?: number },
  requestMs: number,
): void {
  if (code === 'ECONNRESET' || !connection.writable || connection.bytesWritten !== 0) {
    connection.destroy();
    return;
  }
  const [status, message, extensions] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [
          408,
          `A request has to arrive within ${requestMs / 1_000} s.`,
          { code: 'LIMIT_EXCEEDED', limit: 'REQUEST_SECONDS' },
        ]
      : code === 'HPE_HEADER_OVERFLOW'
        ? [431, `The headers of a request have at most ${MAX_HEADER_BYTES} bytes.`, { code: 'BAD_USER_INPUT' }]
        : [400, 'This is not HTTP.', { code: 'BAD_USER_INPUT' }];
  connection.end(rawResponse(status, { errors: [{ message, extensions }] }), () => connection.destroy());
}

async function showMetrics(metrics: Metrics, response: ServerResponse): Promise<void> {
  const { type, text } = await metrics.read();
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' }).end(text);
}

function tell(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}
