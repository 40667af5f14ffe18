import { type ApolloServer } from '@apollo/server';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createContext, type ApiContext, type ApiServices } from '../api/context.js';
import { type Log } from '../lib/log.js';
import { type GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';
import { refuse, serveGraphQL } from './graphql-http.js';
import { corsHeaders, isAllowedOrigin } from './origins.js';
import { type Pages } from './pages.js';

export interface HttpOptions {
  readonly apollo: ApolloServer<ApiContext>;
  readonly services: ApiServices;
  readonly identify: (authorization: string | undefined) => Caller | GraphError | null;
  /** Null where GraphiQL is off. */
  readonly pages: Pages | null;
  readonly allowedOrigins: readonly string[];
  /** Whether new work is welcome. */
  readonly isReady: () => boolean;
  readonly log: Log;
}

/** Every path of the gateway over HTTP. The caller lets it listen. */
export function createHttp(options: HttpOptions): Server {
  const { apollo, services, identify, pages, allowedOrigins, isReady, log } = options;

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
    const caller = identify(request.headers.authorization);
    await serveGraphQL(apollo, request, response, () => Promise.resolve(createContext(services, caller, gone.signal)));
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    response.setHeader('X-Content-Type-Options', 'nosniff');
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
      case '/':
        if (pages !== null) response.writeHead(302, { Location: '/graphql' }).end();
        else tell(response, 404, 'GraphQL is at /graphql.');
        return;
      default:
        refuse(response, 404, 'There is nothing at this path. GraphQL is at /graphql.');
    }
  };

  const server = createServer((request, response) => {
    const startedAt = services.clock.now();
    response.once('close', () => {
      const [path] = (request.url ?? '/').split('?', 1);
      const { method } = request;
      log.info({ method, path, status: response.statusCode, ms: services.clock.now() - startedAt }, 'request');
      // No other request can follow; a connection that was busy when the server closed would be kept for one.
      if (!server.listening) request.socket.end();
    });
    route(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'request failed');
      if (response.headersSent) response.destroy();
      else tell(response, 500, 'Internal error.');
    });
  });
  return server;
}

function tell(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`${text}\n`);
}
