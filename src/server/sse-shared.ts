import { randomBytes } from 'node:crypto';
import { type ErrorReport } from '../api/errors.js';
import { type Clock } from '../lib/clock.js';
import { refuse, refuseBeyond, refuseWith } from './graphql-http.js';
import { type Reservations } from './reservations.js';
import { type StreamCall, type StreamDoor } from './sse-answers.js';
import { type SseConnection } from './sse-connection.js';
import { type Streams } from './sse-streams.js';

/**
 * Streams that are reserved first and then tell of many operations, the protocol's single connection mode. The token of
 * a reservation names the stream and gives no right: with each request its client says again who it is, and to anybody
 * else there is no such stream.
 */
export interface SharedStreams {
  /** PUT: the answer is the token of a new stream. */
  reserve(call: StreamCall): Promise<void>;
  /** GET: its events. */
  open(call: StreamCall): Promise<void>;
  /** POST, or GET with a document: begins an operation in it. */
  begin(call: StreamCall): Promise<void>;
  /** DELETE: ends one. */
  leave(call: StreamCall): Promise<void>;
}

/** A client that reserves a stream opens it with its next request. */
const OPEN_WITHIN_MS = 10_000;
const TOKEN_BYTES = 24;

export interface SharedStreamsOptions {
  readonly streams: Streams;
  readonly reservations: Reservations;
  readonly door: StreamDoor;
  readonly clock: Clock;
  readonly report: ErrorReport;
}

export function createSharedStreams(options: SharedStreamsOptions): SharedStreams {
  const { streams, reservations, door, clock, report } = options;
  /** By their tokens. A token goes with its stream. */
  const shared = new Map<string, SseConnection>();
  /** Those that are not opened yet, and whose they are. */
  const reserved = new Map<SseConnection, string>();
  const isNoLongerReserved = (connection: SseConnection): void => {
    const subject = reserved.get(connection);
    if (subject !== undefined) reservations.remove(subject);
    reserved.delete(connection);
  };

  const streamOf = async (call: StreamCall): Promise<SseConnection | null> => {
    const { response, address } = call;
    const caller = await door.callerOf(call);
    if (caller === null) return null;
    const connection = address.streamToken === null ? undefined : shared.get(address.streamToken);
    if (connection?.isOpen === true && connection.isOf(caller)) return connection;
    refuse(
      response,
      404,
      'There is no such stream of yours: reserve one with PUT, then open it with GET.',
      'NOT_FOUND',
    );
    return null;
  };

  return {
    async reserve(call) {
      const caller = await door.callerOf(call);
      if (caller === null) return;
      const { subject } = caller;
      const refusal = reservations.add(subject);
      if (refusal !== null) {
        refuseBeyond(call.response, 503, refusal, report);
        return;
      }
      const connection = streams.take(call, caller, true);
      if (connection === null) {
        reservations.remove(subject);
        return;
      }
      reserved.set(connection, subject);
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      shared.set(token, connection);
      const cancel = clock.wakeAt(clock.now() + OPEN_WITHIN_MS, () => {
        if (!connection.isOpened) connection.hangUp('It was not opened in time.');
      });
      void connection.closed.then(() => {
        cancel();
        isNoLongerReserved(connection);
        shared.delete(token);
      });
      call.response.writeHead(201, { 'Content-Type': 'text/plain; charset=utf-8' }).end(token);
    },
    async open(call) {
      const connection = await streamOf(call);
      if (connection === null) return;
      if (connection.isOpened) {
        refuse(call.response, 409, 'This stream is open already: reserve another one with PUT.');
      } else if (streams.open(connection, call)) isNoLongerReserved(connection);
    },
    async begin(call) {
      const asked = await door.requestOf(call);
      const connection = asked && (await streamOf(call));
      if (asked === null || connection === null) return;
      const { response } = call;
      if (asked.operationId === null) {
        refuse(response, 400, 'Name the operation: `extensions.operationId` is missing.');
      } else if (connection.running.has(asked.operationId)) {
        refuse(response, 409, 'An operation with this id is running: name another one.');
      } else {
        const errors = connection.begin(asked.operationId, asked.asked);
        if (errors === null) response.writeHead(202).end();
        else refuseWith(response, 400, ...errors);
      }
    },
    async leave(call) {
      const connection = await streamOf(call);
      if (connection === null) return;
      const operationId = call.address.parameters.get('operationId');
      if (operationId === null || operationId === '') {
        refuse(call.response, 400, 'Name the operation in the address: `?operationId=` is missing.');
        return;
      }
      connection.leave(operationId);
      call.response.writeHead(200).end();
    },
  };
}
