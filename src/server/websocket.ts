import {
  execute,
  GraphQLError,
  subscribe,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { CloseCode, handleProtocols, makeServer, MessageType, type SubscribePayload } from 'graphql-ws';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { createContext, type ApiContext, type ApiServices } from '../api/context.js';
import { formatError } from '../api/errors.js';
import { upstreamOf } from '../api/upstream.js';
import { type Log } from '../lib/log.js';
import { GraphError } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { type Caller } from '../operation/scope.js';
import { type Documents } from './documents.js';
import { isAllowedOrigin } from './origins.js';

export interface WebSocketOptions {
  readonly httpServer: Server;
  readonly path: string;
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly services: ApiServices;
  readonly identify: (authorization: string | undefined) => Caller | GraphError | null;
  readonly allowedOrigins: readonly string[];
  readonly maxSockets: number;
  readonly maxSubscriptions: number;
  readonly maxSubscriptionsPerSocket: number;
  readonly log: Log;
}

export interface WebSockets {
  /** Takes no new socket and closes those there are with 1001, which clients answer by connecting elsewhere. */
  close(): Promise<void>;
}

/** A document with its variables is far smaller. */
const MAX_MESSAGE_BYTES = 262_144;
const INIT_WITHIN_MS = 10_000;
const PING_EVERY_MS = 20_000;
/** How long a client has to answer the closing handshake before its connection is cut. */
const CLOSE_WITHIN_MS = 1_000;
/** What may wait for a reader: a change of each of a thousand subscriptions is about one megabyte. */
const MAX_UNREAD_BYTES = 4 * 2 ** 20;
const GOING_AWAY = 1001;

/** What is kept beside each socket. */
interface Extra {
  readonly request: IncomingMessage;
  readonly socket: WebSocket;
  caller: Caller | null;
  /** Ends the wait for connection_init. */
  readonly greeted: () => void;
  /** What was asked for last under each id, and has not ended. */
  readonly running: Map<string, { readonly payload: SubscribePayload; readonly left: AbortController }>;
}

/** What only a server says; from a client it is as wrong as an unknown word. */
const WORDS_OF_SERVERS = ['connection_ack', 'next', 'error'];

/** GraphQL over websockets, protocol `graphql-transport-ws`, on the port of the HTTP server. */
export function serveWebSockets(options: WebSocketOptions): WebSockets {
  const { httpServer, path, schema, documents, services, identify, allowedOrigins, log } = options;
  const { clock } = services;
  let open = 0;
  let closing = false;

  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: 0, // our clock keeps it
    jsonMessageReviver: refuseWordsOfServers,
    onConnect({ connectionParams, extra }) {
      extra.greeted();
      const named = connectionParams?.['authorization'] ?? extra.request.headers.authorization;
      const caller = named === undefined || typeof named === 'string' ? identify(named) : null;
      if (caller !== null && !(caller instanceof GraphError)) {
        extra.caller = caller;
        return true;
      }
      extra.socket.close(CloseCode.Unauthorized, caller?.message ?? 'connection_init needs an authorization: Bearer …');
      return never(); // No acknowledgement can follow.
    },
    onSubscribe({ extra }, id, payload) {
      leave(extra, id); // A client that is done with something may use its id again while it is still ending.
      const limit = limitReached(extra);
      const left = new AbortController();
      extra.running.set(id, { payload, left });
      open += 1;
      const checked = documents.check(payload.query, payload.operationName ?? null);
      if ('errors' in checked) return [...checked.errors];
      if (limit !== null) return [new GraphQLError(limit, { extensions: { code: 'LIMIT_EXCEEDED' } })];
      log.info({ operationName: payload.operationName ?? null }, 'websocket request');
      return {
        schema,
        document: checked.document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: createContext(services, extra.caller, left.signal),
      };
    },
    execute: async (args: ExecutionArgs) => {
      const result = await execute(args);
      const { cost } = args.contextValue as ApiContext;
      return { ...result, extensions: { ...result.extensions, upstream: upstreamOf(cost) } };
    },
    subscribe,
    async onOperation({ extra }, id, payload, _args, result) {
      if (extra.running.get(id)?.payload === payload) return;
      if ('return' in result) await result.return(undefined);
      await never();
    },
    onNext: (_context, _id, _payload, _args, { data, errors, extensions }): FormattedExecutionResult | undefined =>
      errors && {
        errors: errors.map((error) => formatError(error, log)),
        ...(data !== undefined && { data }),
        ...(extensions !== undefined && { extensions }),
      },
    onError({ extra }, id, payload, errors) {
      if (extra.running.get(id)?.payload !== payload) return never();
      leave(extra, id);
      return errors.map((error) => formatError(error, log));
    },
    onComplete({ extra }, id, payload) {
      if (extra.running.get(id)?.payload !== payload) return never();
      leave(extra, id);
    },
  });

  const leave = ({ running }: Extra, id: string): void => {
    running.get(id)?.left.abort();
    if (running.delete(id)) open -= 1;
  };

  const limitReached = ({ running }: Extra): string | null => {
    if (running.size >= options.maxSubscriptionsPerSocket) {
      return `A socket takes ${options.maxSubscriptionsPerSocket} subscriptions at a time.`;
    }
    return open >= options.maxSubscriptions
      ? `This process takes ${options.maxSubscriptions} subscriptions at a time.`
      : null;
  };

  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols,
  });

  webSockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const greeted = clock.wakeAt(clock.now() + INIT_WITHIN_MS, () => {
      socket.close(CloseCode.ConnectionInitialisationTimeout, 'connection_init did not come in time');
    });
    const extra: Extra = { request, socket, caller: null, greeted, running: new Map() };
    answering.add(socket);
    socket.on('pong', () => answering.add(socket));
    // A broken frame or a reset; the closing that follows is all that has to be done about it.
    socket.on('error', (error) => log.debug({ err: error }, 'websocket error'));
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        // Of at most 123 bytes: one that quotes a client's long id is not said.
        close: (code, reason = '') => socket.close(code, Buffer.byteLength(reason) > 123 ? '' : reason),
        onMessage: (take) => {
          socket.on('message', (data: Buffer, isBinary) => {
            if (isBinary) {
              socket.close(CloseCode.BadRequest, 'Messages are text');
              return;
            }
            if (socket.bufferedAmount > MAX_UNREAD_BYTES) {
              socket.terminate(); // It writes and does not read: whatever it is told would only pile up here.
              return;
            }
            const text = data.toString();
            const completed = completedBy(text);
            if (completed !== null) leave(extra, completed);
            take(text).catch((error: unknown) => {
              log.error({ err: error }, 'websocket message failed');
              socket.close(CloseCode.InternalServerError, 'Internal error');
            });
          });
        },
      },
      extra,
    );
    log.debug({}, 'websocket opened');
    socket.once('close', (code, reason) => {
      greeted();
      for (const id of [...extra.running.keys()]) leave(extra, id);
      log.debug({ code }, 'websocket closed');
      closed(code, reason.toString()).catch((error: unknown) => log.error({ err: error }, 'websocket close failed'));
    });
  });

  const upgrade = (request: IncomingMessage, connection: Duplex, head: Buffer): void => {
    connection.on('error', () => connection.destroy()); // until ws takes over, a reset would have no listener
    if (request.url?.split('?', 1)[0] !== path) refuseUpgrade(connection, 404, `Websockets are at ${path}.`);
    else if (!isAllowedOrigin(request, allowedOrigins)) refuseUpgrade(connection, 403, 'This origin is not allowed.');
    else if (closing) refuseUpgrade(connection, 503, 'The gateway is stopping.');
    else if (webSockets.clients.size >= options.maxSockets) {
      refuseUpgrade(connection, 503, `This process takes ${options.maxSockets} sockets at a time.`, 'LIMIT_EXCEEDED');
    } else {
      webSockets.handleUpgrade(request, connection, head, (socket) => {
        webSockets.emit('connection', socket, request);
      });
    }
  };
  httpServer.on('upgrade', upgrade);

  /** Sockets that have answered since the last ping. One round for all of them, instead of a timer for each. */
  const answering = new WeakSet<WebSocket>();
  const pingAll = (): void => {
    for (const socket of webSockets.clients) {
      if (answering.delete(socket)) socket.ping();
      else socket.terminate();
    }
    cancelPing = clock.wakeAt(clock.now() + PING_EVERY_MS, pingAll);
  };
  let cancelPing = clock.wakeAt(clock.now() + PING_EVERY_MS, pingAll);

  return {
    async close() {
      closing = true;
      cancelPing();
      const sockets = [...webSockets.clients];
      const gone = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of sockets) socket.close(GOING_AWAY, 'Going away');
      const cancel = clock.wakeAt(clock.now() + CLOSE_WITHIN_MS, () => {
        for (const socket of sockets) socket.terminate();
      });
      await Promise.all(gone);
      cancel();
    },
  };
}

function refuseWordsOfServers(this: unknown, key: string, value: unknown): unknown {
  const isMessage = key === '' && typeof value === 'object' && value !== null && 'type' in value;
  if (isMessage && WORDS_OF_SERVERS.some((word) => word === value.type)) throw new Error('Not for a client to say.');
  return value;
}

/**
 * The id that a client is done with, if that is what its message says. graphql-ws ends the stream, and has no word for
 * the queries that are still being answered, nor for the room that is free at once.
 */
function completedBy(text: string): string | null {
  if (!text.includes('"complete"')) return null;
  try {
    const message: unknown = JSON.parse(text);
    const isComplete = isJsonObject(message) && message['type'] === MessageType.Complete;
    return isComplete && typeof message['id'] === 'string' ? message['id'] : null;
  } catch {
    return null; // graphql-ws closes the socket for it
  }
}

/**
 * Stops graphql-ws from going on with what nobody waits for any more: it would say the next word under an id that means
 * something else by now. Nothing holds on to the promise, so it goes with its socket.
 */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Resolves when the bytes are on their way, so that a slow reader is not written to faster than it reads. */
function send(socket: WebSocket, data: string): Promise<void> {
  return new Promise((resolve) => {
    // A socket that closed meanwhile takes nothing and needs nothing: its streams are being ended.
    if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
    else resolve();
  });
}

/** Answers an upgrade that is not made, in words that a machine can read. */
function refuseUpgrade(connection: Duplex, status: number, message: string, code = 'BAD_USER_INPUT'): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  // Destroyed as soon as it is said: nothing else ends a connection that the other side leaves half open.
  connection.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => connection.destroy(),
  );
}
