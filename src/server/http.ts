import { type ApolloServer } from '@apollo/server';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex } from 'node:stream';
import { createContext, type ApiContext, type ApiServices } from '../api/context.js';
import { type ErrorReport } from '../api/errors.js';
import { GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';
import { fixedAuthority } from '../poll/authority.js';
import { type Documents } from './documents.js';
import { refuse, serveGraphQL } from './graphql-http.js';
import { type Metrics } from './metrics.js';
import { corsHeaders, isAllowedOrigin, MISDIRECTED } from './origins.js';
import { type Pages } from './pages.js';
import { API_HEADERS, rawResponse } from './security-headers.js';

export interface HttpOptions {
  readonly apollo: ApolloServer<ApiContext>;
  readonly documents: Documents;
  readonly services: ApiServices;
  readonly identify: (authorization: string | undefined) => Promise<Caller | GraphError | null>;
  /** Null where GraphiQL is off. */
  readonly pages: Pages | null;
  /** Null where they are off. */
  readonly metrics: Metrics | null;
  readonly allowedOrigins: readonly string[];
  /** See createHostGuard. */
  readonly isMisdirected: (request: IncomingMessage) => boolean;
  readonly limits: HttpLimits;
  /** Whether new work is welcome. */
  readonly isReady: () => boolean;
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

/** Every path of the gateway over HTTP. The caller lets it listen. */
export function createHttp(options: HttpOptions): Server {
  const { services, identify, pages, metrics, allowedOrigins, isMisdirected, limits, isReady, report } = options;
  const { log } = report;
  const graphqlHttp = { ...options, maxBodyBytes: limits.bodyBytes };

  const graphql = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(corsHeaders(request, allowedOrigins))) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store'); // an answer is one caller's, and of one moment
    if (request.method === 'OPTIONS') {
      response.writeHead(isAllowedOrigin(request, allowedOrigins) ? 204 : 403).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort(); // an answer that was sent leaves nothing to give up
    });
    await serveGraphQL(graphqlHttp, request, response, async () => {
      const caller = await identify(request.headers.authorization);
      const who = caller === null || caller instanceof GraphError ? caller : fixedAuthority(caller);
      return createContext(services, who, gone.signal);
    });
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    for (const [name, value] of Object.entries(API_HEADERS)) response.setHeader(name, value);
    if (isMisdirected(request)) {
      refuse(response, 421, MISDIRECTED);
      return;
    }
    if (pages?.serve(request, response) === true) return;
    switch (path) {
      case '/graphql':
        await graphql(request, response);
        return;
      case '/healthz':
        tell(response, 200, 'ok');
        return;
      case '/readyz':
        tell(response, isReady() ? 200 : 503, isReady() ? 'ready' : 'not ready');
        return;
      case '/metrics':
        if (metrics === null) refuse(response, 404, 'There are no metrics here: METRICS is off.');
        else await showMetrics(metrics, response);
        return;
      case '/':
        if (pages !== null) response.writeHead(302, { Location: '/graphql' }).end();
        else tell(response, 404, 'GraphQL is at /graphql.');
        return;
      default:
        refuse(response, 404, 'There is nothing at this path. GraphQL is at /graphql.');
    }
  };

  const server = createServer(
    {
      requestTimeout: limits.requestMs,
      headersTimeout: Math.min(HEADERS_WITHIN_MS, limits.requestMs),
      connectionsCheckingInterval: Math.min(LOOK_EVERY_MS, limits.requestMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      const startedAt = services.clock.now();
      response.once('close', () => {
        const [path] = (request.url ?? '/').split('?', 1);
        const { method } = request;
        const status = response.statusCode;
        // A path that is none of ours is a text of the caller's, whatever is in it.
        const known = status === 404 || status === 421 ? null : path;
        log.info({ method, path: known, status, ms: services.clock.now() - startedAt }, 'request');
        // No other request can follow; a connection that was busy when the server closed would be kept for one.
        if (!server.listening) request.socket.end();
      });
      route(request, response).catch((error: unknown) => {
        log.error({ err: error }, 'request failed');
        if (response.headersSent) response.destroy();
        else tell(response, 500, 'Internal error.');
      });
    },
  );

  // A connection costs a file of the process whether or not anything is ever asked over it, and when those run out the
  // gateway can reach neither Graph nor its store. Beyond the bound it is closed before it can ask anything.
  const connections = new Set<Duplex>();
  server.on('connection', (connection) => {
    if (connections.size >= limits.connections) {
      report.refused('CONNECTIONS');
      connection.destroy();
      return;
    }
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  server.on('upgrade', (_request, connection) => connections.delete(connection)); // counted as a websocket from now on
  server.on('clientError', (error: Error & { code?: string }, connection) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') report.refused('REQUEST_SECONDS');
    answerClientError(error.code, connection, limits.requestMs);
  });
  return server;
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
