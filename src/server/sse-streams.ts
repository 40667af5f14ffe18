import { type IncomingMessage } from 'node:http';
import { type ErrorReport } from '../api/errors.js';
import { type Caller } from '../operation/scope.js';
import { STOPPING } from './draining.js';
import { type FanOut } from './fan-out.js';
import { refuse, refuseBeyond } from './graphql-http.js';
import { createRunner, type RunnerOptions } from './running.js';
import { type Identify } from './session.js';
import { type ClientAddress, type SocketLimits } from './socket-caps.js';
import { type StreamCall } from './sse-answers.js';
import { SseConnection, type StreamSurroundings } from './sse-connection.js';

export interface StreamsOptions extends Omit<RunnerOptions, 'transport' | 'log'> {
  readonly identify: Identify;
  readonly fanOut: FanOut;
  readonly addressOf: (request: IncomingMessage) => ClientAddress;
  readonly limits: SocketLimits;
  readonly report: ErrorReport;
}

/** All streams of this process. Each takes the place of a socket, from the moment it is asked for. */
export interface Streams {
  /** Open now, or reserved. */
  readonly count: number;
  /** A new one; null where there can be none, and the client was told why or has gone. @param isShared see `eventsOf` */
  take(call: StreamCall, caller: Caller, isShared: boolean): SseConnection | null;
  /** From now on what is told in a stream is the answer to this request. @returns whether it is */
  open(connection: SseConnection, call: StreamCall): boolean;
  /** Takes no new one and ends those there are. */
  close(): Promise<void>;
}

/** Proxies neither keep what comes until there is more of it nor make something else of it. */
const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  Connection: 'close', // it serves nothing else, as the connection of a websocket does not
};

const KEEP_ALIVE_EVERY_MS = 20_000;

export function createStreams(options: StreamsOptions): Streams {
  const { addressOf, caps, limits, clock, report } = options;
  const { log } = report;
  const surroundings: StreamSurroundings = {
    ...options,
    runner: createRunner({ ...options, transport: 'event stream', log }),
    unreadBytes: limits.unreadBytes,
  };
  const connections = new Set<SseConnection>();
  let closing = false;

  /** One round for all streams, instead of a timer for each. */
  const keepAlive = (): void => {
    for (const connection of connections) connection.keepAlive();
    cancelKeepAlive = clock.wakeAt(clock.now() + KEEP_ALIVE_EVERY_MS, keepAlive);
  };
  let cancelKeepAlive = clock.wakeAt(clock.now() + KEEP_ALIVE_EVERY_MS, keepAlive);

  return {
    get count() {
      return connections.size;
    },
    take({ request, response }, caller, isShared) {
      if (closing) {
        refuse(response, STOPPING.status, STOPPING.message, STOPPING.code);
        return null;
      }
      if (request.socket.destroyed) return null; // its client went away while it was found out who that is
      const from = addressOf(request);
      const refusal = caps.open(from);
      if (refusal !== null) {
        refuseBeyond(response, 503, refusal, report);
        return null;
      }
      const connection = new SseConnection(surroundings, caller, isShared);
      connections.add(connection);
      void connection.closed.then(() => {
        caps.close(from);
        connections.delete(connection);
        log.debug({}, 'event stream closed');
      });
      return connection;
    },
    open(connection, { request, response, dedicate }) {
      if (!dedicate()) {
        refuse(response, 400, 'A stream is told on a connection of its own: other requests wait on this one.');
        return false;
      }
      response.writeHead(200, STREAM_HEADERS);
      connection.open(response, request.socket);
      log.debug({}, 'event stream opened');
      return true;
    },
    async close() {
      closing = true;
      cancelKeepAlive();
      const ended = [...connections].map((connection) => {
        connection.hangUp('The gateway is stopping: come back.');
        return connection.closed;
      });
      await Promise.all(ended);
    },
  };
}
