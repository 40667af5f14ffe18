import { CloseCode, handleProtocols } from 'graphql-ws';
import { type IncomingMessage, type Server } from 'node:http';
import { type Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { type Clock } from '../lib/clock.js';
import { LimitError } from '../operation/failure.js';
import { STOPPING } from './draining.js';
import { createProtocol, type ProtocolOptions } from './graphql-protocol.js';
import { isAllowedOrigin, MISDIRECTED } from './origins.js';
import { rawResponse } from './security-headers.js';
import { SocketConnection, type Surroundings } from './socket-connection.js';
import { type ClientAddress, type SocketLimits } from './socket-caps.js';

export interface WebSocketOptions extends ProtocolOptions {
  readonly httpServer: Server;
  readonly path: string;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  /** Whether a request was sent to a name that is not the gateway's. */
  readonly isMisdirected: (request: IncomingMessage) => boolean;
  readonly addressOf: (request: IncomingMessage) => ClientAddress;
  readonly limits: SocketLimits;
}

/** Why a request is not made a websocket. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly code?: string;
}

export interface WebSockets {
  /** Takes no new socket and closes those there are with 1001, which clients answer by connecting elsewhere. */
  close(): Promise<void>;
}

const INIT_WITHIN_MS = 10_000;
const PING_EVERY_MS = 20_000;
/** How long a client has to answer the closing handshake before its connection is cut. */
const CLOSE_WITHIN_MS = 1_000;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;
/** RFC 6455: a reason is text of at most so many bytes. */
const MAX_REASON_BYTES = 123;

/** GraphQL over websockets, protocol `graphql-transport-ws`, on the port of the HTTP server. */
export function serveWebSockets(options: WebSocketOptions): WebSockets {
  const { httpServer, path, caps, clock, allowedOrigins, isMisdirected, addressOf, limits, report } = options;
  const { log } = report;
  const protocol = createProtocol(options);
  let closing = false;

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

  const tellSlow = (socket: WebSocket): void => {
    if (socket.readyState !== socket.OPEN) return;
    report.refused('UNREAD_BYTES');
    hangUp(socket, TRY_AGAIN_LATER, `LIMIT_EXCEEDED UNREAD_BYTES: more than ${limits.unreadBytes} bytes were not read`);
  };

  const hangUpOnSlow = (socket: WebSocket): boolean => {
    const isSlow = socket.bufferedAmount > limits.unreadBytes;
    if (isSlow) tellSlow(socket);
    return isSlow;
  };

  const surroundings: Surroundings = { protocol, log, hangUp, hangUpOnSlow };
  const connections = new Map<WebSocket, SocketConnection>();

  // Listeners are the same for all sockets: each of its own would be kept as long as its socket.
  function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
    connections.get(this)?.receive({ data, isBinary });
  }
  function onPong(this: WebSocket): void {
    const connection = connections.get(this);
    if (connection !== undefined) connection.isAnswering = true;
  }
  const onError = (error: Error): void => {
    // A broken frame or a reset; the closing that follows is all else that has to be done about it.
    if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') report.refused('MESSAGE_BYTES');
    log.debug({ err: error }, 'websocket error');
  };
  function onClose(this: WebSocket, code: number, reason: Buffer): void {
    connections.get(this)?.hasClosed(code, reason.toString());
    connections.delete(this);
  }

  const take = (socket: WebSocket, stream: Duplex, authorization: string | undefined): void => {
    const greeted = clock.wakeAt(clock.now() + INIT_WITHIN_MS, () => {
      hangUp(socket, CloseCode.ConnectionInitialisationTimeout, 'connection_init did not come in time');
    });
    connections.set(socket, new SocketConnection(surroundings, socket, stream, authorization, greeted));
    socket.on('pong', onPong);
    socket.on('error', onError);
    socket.on('message', onMessage);
    socket.on('close', onClose);
    log.debug({}, 'websocket opened');
  };

  const refusalOf = (request: IncomingMessage): Refusal | null => {
    if (request.url?.split('?', 1)[0] !== path) return { status: 404, message: `Websockets are at ${path}.` };
    if (isMisdirected(request)) return { status: 421, message: MISDIRECTED };
    if (!isAllowedOrigin(request, allowedOrigins)) return { status: 403, message: 'This origin is not allowed.' };
    return closing ? STOPPING : null;
  };

  /** Whose place it is that a connection takes. */
  const places = new Map<Duplex, ClientAddress>();
  function givePlaceBack(this: Duplex): void {
    const from = places.get(this);
    if (from !== undefined) caps.close(from);
    places.delete(this);
  }
  function destroy(this: Duplex): void {
    this.destroy();
  }

  const upgrade = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    if (stream.destroyed) return; // its connection is busy with something else
    stream.on('error', destroy); // until ws takes over, a reset would have no listener
    const from = addressOf(request);
    const refusal = refusalOf(request) ?? caps.open(from);
    if (refusal !== null) {
      const isLimit = refusal instanceof LimitError;
      if (isLimit) report.refused(refusal.limit);
      const { message } = refusal;
      const [status, extensions] = isLimit
        ? [503, { code: 'LIMIT_EXCEEDED', limit: refusal.limit }]
        : [refusal.status, { code: refusal.code ?? 'BAD_USER_INPUT' }];
      const answer = rawResponse(status, { errors: [{ message, extensions }] });
      // Destroyed as soon as it is said: nothing else ends a connection that the other side leaves half open.
      stream.end(answer, () => stream.destroy());
      return;
    }
    places.set(stream, from);
    stream.on('close', givePlaceBack);
    const { authorization } = request.headers;
    webSockets.handleUpgrade(request, stream, head, (socket) => take(socket, stream, authorization));
  };
  httpServer.on('upgrade', upgrade);

  /** One round for all sockets, instead of a timer for each. */
  const pingAll = (): void => {
    for (const [socket, connection] of connections) {
      const { isAnswering } = connection;
      connection.isAnswering = false;
      if (isAnswering) socket.ping();
      else if (socket.bufferedAmount > 0) tellSlow(socket);
      else hangUp(socket, TRY_AGAIN_LATER, 'There was no answer to a ping');
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
      for (const socket of sockets) hangUp(socket, GOING_AWAY, 'Going away');
      await Promise.all(gone);
    },
  };
}
