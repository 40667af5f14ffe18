import { CloseCode, handleProtocols, MessageType } from 'graphql-ws';
import { type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { type Clock } from '../lib/clock.js';
import { LimitError } from '../operation/failure.js';
import { createProtocol, type Connection, type ProtocolOptions } from './graphql-protocol.js';
import { readMessage, type ClientMessage } from './messages.js';
import { isAllowedOrigin, MISDIRECTED } from './origins.js';
import { rawResponse } from './security-headers.js';
import { SocketSink } from './socket-sink.js';
import { inTurns } from './turns.js';
import { createSocketCaps, type ClientAddress, type SocketLimits } from './socket-caps.js';

export interface WebSocketOptions extends Omit<ProtocolOptions, 'caps'> {
  readonly httpServer: Server;
  readonly path: string;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  /** Whether a request was sent to a name that is not the gateway's. */
  readonly isMisdirected: (request: IncomingMessage) => boolean;
  readonly addressOf: (request: IncomingMessage) => ClientAddress;
  readonly limits: SocketLimits;
}

/** A message as ws has read it. */
interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Why a request is not made a websocket. */
interface Refusal {
  readonly status: number;
  readonly message: string;
}

export interface WebSockets {
  /** Open now. */
  readonly sockets: number;
  /** Operations that run on them now. */
  readonly subscriptions: number;
  /** Takes no new socket and closes those there are with 1001, which clients answer by connecting elsewhere. */
  close(): Promise<void>;
}

const INIT_WITHIN_MS = 10_000;
const PING_EVERY_MS = 20_000;
/** How long a client has to answer the closing handshake before its connection is cut. */
const CLOSE_WITHIN_MS = 1_000;
const NORMAL = 1000;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
/** RFC 6455: a reason is text of at most so many bytes. */
const MAX_REASON_BYTES = 123;

/** GraphQL over websockets, protocol `graphql-transport-ws`, on the port of the HTTP server. */
export function serveWebSockets(options: WebSocketOptions): WebSockets {
  const { httpServer, path, clock, allowedOrigins, isMisdirected, addressOf, limits, report } = options;
  const { log } = report;
  const caps = createSocketCaps(limits);
  const protocol = createProtocol({ ...options, caps });
  let closing = false;
  /** Sockets that have answered since the last ping. One round for all of them, instead of a timer for each. */
  const answering = new WeakSet<WebSocket>();

  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    perMessageDeflate: false,
    handleProtocols,
  });

  /** Says why, and cuts the connection of a client that does not answer. */
  const hangUp = (socket: WebSocket, code: number, reason: string): void => {
    if (socket.readyState !== socket.OPEN) return;
    // A reason that quotes a client's long id is not said.
    socket.close(code, Buffer.byteLength(reason) > MAX_REASON_BYTES ? '' : reason);
    const cancel = clock.wakeAt(clock.now() + CLOSE_WITHIN_MS, () => socket.terminate());
    socket.once('close', cancel);
  };

  const hangUpOnSlow = (socket: WebSocket): void => {
    if (socket.readyState !== socket.OPEN) return;
    report.refused('UNREAD_BYTES');
    hangUp(socket, TRY_AGAIN_LATER, `LIMIT_EXCEEDED UNREAD_BYTES: more than ${limits.unreadBytes} bytes were not read`);
  };

  const isTooSlow = (socket: WebSocket): boolean => {
    const isSlow = socket.bufferedAmount > limits.unreadBytes;
    if (isSlow) hangUpOnSlow(socket);
    return isSlow;
  };

  /** Resolves when the bytes are on their way, so that a slow reader is not written to faster than it reads. */
  const send = (socket: WebSocket, data: string): Promise<void> =>
    new Promise((resolve) => {
      isTooSlow(socket);
      // A socket that closed meanwhile takes nothing and needs nothing: its streams are being ended.
      if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
      else resolve();
    });

  const take = (socket: WebSocket, stream: Duplex, authorization: string | undefined): void => {
    const greeted = clock.wakeAt(clock.now() + INIT_WITHIN_MS, () => {
      hangUp(socket, CloseCode.ConnectionInitialisationTimeout, 'connection_init did not come in time');
    });
    const connection: Connection = {
      authorization,
      session: null,
      isOpen: true,
      running: new Map(),
      operations: {},
      outlet: protocol.openOutlet(new SocketSink(socket, stream, isTooSlow), () => connection),
      bucket: protocol.newBucket(),
      greeted,
      close: (code, reason) => hangUp(socket, code, reason),
      say: (message) => void send(socket, JSON.stringify(message)),
    };
    const failed = (error: unknown): void => {
      log.error({ err: error }, 'websocket message failed');
      hangUp(socket, CloseCode.InternalServerError, 'Internal error');
    };
    answering.add(socket);
    socket.on('pong', () => answering.add(socket));
    socket.on('error', (error) => {
      // A broken frame or a reset; the closing that follows is all else that has to be done about it.
      if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') report.refused('MESSAGE_BYTES');
      log.debug({ err: error }, 'websocket error');
    });
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => send(socket, data),
        close: (code = NORMAL, reason = '') => hangUp(socket, code, reason),
        onPing: (payload) => protocol.hearPing(connection, payload),
        onMessage: (hearText: (message: never) => Promise<void>) => {
          // What was parsed already is taken as it is. It would hold a text for as long as what that asks for runs.
          const hear = hearText as (message: ClientMessage) => Promise<void>;
          const take = ({ data, isBinary }: Frame): void => {
            if (socket.readyState !== socket.OPEN) return; // it has been told why nobody listens any more
            if (isBinary) hangUp(socket, CloseCode.BadRequest, 'Messages are text');
            // It writes and does not read: whatever it is told would only pile up here.
            else if (!isTooSlow(socket)) {
              const message = readMessage(data.toString());
              if (message === null) {
                hangUp(socket, CloseCode.BadRequest, 'Invalid message received');
                return;
              }
              // graphql-ws ends the stream, and has no word for the queries that are still being answered, nor for the
              // room that is free at once.
              if (message.type === MessageType.Complete && typeof message.id === 'string') {
                protocol.leave(connection, message.id);
              }
              hear(message).catch(failed);
            }
          };
          const takeInTurn = inTurns(socket, take);
          socket.on('message', (data: Buffer, isBinary) => takeInTurn({ data, isBinary }));
        },
      },
      connection,
    );
    log.debug({}, 'websocket opened');
    socket.once('close', (code, reason) => {
      protocol.closed(connection);
      log.debug({ code }, 'websocket closed');
      closed(code, reason.toString()).catch((error: unknown) => log.error({ err: error }, 'websocket close failed'));
    });
  };

  const refusalOf = (request: IncomingMessage): Refusal | null => {
    if (request.url?.split('?', 1)[0] !== path) return { status: 404, message: `Websockets are at ${path}.` };
    if (isMisdirected(request)) return { status: 421, message: MISDIRECTED };
    if (!isAllowedOrigin(request, allowedOrigins)) return { status: 403, message: 'This origin is not allowed.' };
    return closing ? { status: 503, message: 'The gateway is stopping.' } : null;
  };

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    stream.on('error', () => stream.destroy()); // until ws takes over, a reset would have no listener
    const from = addressOf(request);
    const refusal = refusalOf(request) ?? caps.open(from);
    if (refusal !== null) {
      const isLimit = refusal instanceof LimitError;
      if (isLimit) report.refused(refusal.limit);
      const extensions = isLimit ? { code: 'LIMIT_EXCEEDED', limit: refusal.limit } : { code: 'BAD_USER_INPUT' };
      const answer = rawResponse(isLimit ? 503 : refusal.status, {
        errors: [{ message: refusal.message, extensions }],
      });
      // Destroyed as soon as it is said: nothing else ends a connection that the other side leaves half open.
      stream.end(answer, () => stream.destroy());
      return;
    }
    stream.once('close', () => caps.close(from));
    const { authorization } = request.headers;
    webSockets.handleUpgrade(request, stream, head, (socket) => take(socket, stream, authorization));
  };
  httpServer.on('upgrade', upgrade);

  const pingAll = (): void => {
    for (const socket of webSockets.clients) {
      if (answering.delete(socket)) socket.ping();
      else if (socket.bufferedAmount > 0) hangUpOnSlow(socket);
      else hangUp(socket, TRY_AGAIN_LATER, 'There was no answer to a ping');
    }
    cancelPing = clock.wakeAt(clock.now() + PING_EVERY_MS, pingAll);
  };
  let cancelPing = clock.wakeAt(clock.now() + PING_EVERY_MS, pingAll);

  return {
    get sockets() {
      return caps.sockets;
    },
    get subscriptions() {
      return caps.subscriptions;
    },
    async close() {
      closing = true;
      cancelPing();
      const sockets = [...webSockets.clients];
      const gone = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of sockets) hangUp(socket, GOING_AWAY, 'Going away');
      await Promise.all(gone);
    },
  };
}
