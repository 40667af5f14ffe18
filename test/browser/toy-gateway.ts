import { EventEmitter, on, once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { silentLog } from '../../src/lib/log.js';
import { createPages } from '../../src/server/pages.js';

/** The pages of the gateway over a schema of a few fields, for tests of what GraphiQL says and hears. */
export interface ToyGateway {
  readonly url: string;
  /** The payload of each `connection_init`, oldest first; undefined where there was none. */
  readonly inits: readonly unknown[];
  /** The documents that came over HTTP, without GraphiQL's introspection. */
  readonly posted: readonly { readonly document: string; readonly authorization: string | undefined }[];
  /** Resolves when the next subscription has begun. */
  subscribed(): Promise<unknown>;
  /** Resolves when the next subscription is over, whoever ended it. */
  unsubscribed(): Promise<unknown>;
  /** Says a word to every subscription. */
  say(word: string): void;
  /** What becomes of websockets from now on. */
  treat(sockets: Treatment): void;
  /** Forgets what came so far, and accepts websockets again. */
  reset(): void;
  stop(): Promise<void>;
}

/** Accepted; closed with a code instead of being acknowledged; or not even opened. */
export type Treatment = 'accept' | 'refuse' | { readonly code: number; readonly reason: string };

export async function startToyGateway(directory: URL): Promise<ToyGateway> {
  const events = new EventEmitter();
  const inits: unknown[] = [];
  const posted: { document: string; authorization: string | undefined }[] = [];
  let treatment: Treatment = 'accept';

  const schema = createSchema(events);
  const pages = createPages({ board: null, graphiql: directory, hasSandbox: false, log: silentLog });
  const handle = createHandler<{ authorization: string | undefined }>({
    schema,
    context: ({ raw }) => ({ authorization: raw.headers.authorization }),
    onSubscribe(request, { query }) {
      if (!query.includes('__schema'))
        posted.push({ document: query, authorization: request.raw.headers.authorization });
    },
  });
  const server = createServer((request, response) => {
    if (!pages.serve(request, response)) void handle(request, response);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (treatment === 'refuse') socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    else sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
  });
  const disposable = useServer<Record<string, unknown>, { socket: WebSocket }>(
    {
      schema,
      onConnect({ connectionParams, extra }) {
        inits.push(connectionParams);
        if (typeof treatment === 'object') extra.socket.close(treatment.code, treatment.reason);
      },
      onOperation: () => void setImmediate(() => events.emit('subscribed')),
      onComplete: () => void events.emit('unsubscribed'),
    },
    sockets,
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inits,
    posted,
    subscribed: () => once(events, 'subscribed'),
    unsubscribed: () => once(events, 'unsubscribed'),
    say: (word) => void events.emit('said', word),
    treat: (next) => void (treatment = next),
    reset() {
      inits.length = 0;
      posted.length = 0;
      treatment = 'accept';
    },
    async stop() {
      await disposable.dispose();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function createSchema(events: EventEmitter): GraphQLSchema {
  return new GraphQLSchema({
    query: new GraphQLObjectType<unknown, { authorization: string | undefined }>({
      name: 'Query',
      fields: {
        sum: {
          type: new GraphQLNonNull(GraphQLInt),
          args: { a: { type: new GraphQLNonNull(GraphQLInt) }, b: { type: new GraphQLNonNull(GraphQLInt) } },
          resolve: (_source, { a, b }: { a: number; b: number }) => a + b,
        },
        authorization: { type: GraphQLString, resolve: (_source, _args, { authorization }) => authorization },
      },
    }),
    subscription: new GraphQLObjectType<[string]>({
      name: 'Subscription',
      fields: {
        said: {
          type: new GraphQLNonNull(GraphQLString),
          description: 'Each word that is said.',
          subscribe: () => on(events, 'said'),
          resolve: ([word]) => word,
        },
        refused: {
          type: GraphQLString,
          subscribe: () => {
            throw new Error('Not for you.');
          },
        },
      },
    }),
  });
}
