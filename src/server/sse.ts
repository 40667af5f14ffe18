import { type IncomingMessage, type ServerResponse } from 'node:http';
import { refuse } from './graphql-http.js';
import { isAllowedOrigin, isFromElsewhere, type Crossing } from './origins.js';
import { createReservations } from './reservations.js';
import { createStreamDoor, type StreamCall } from './sse-answers.js';
import { accepts, isSentToStream, readAddress } from './sse-requests.js';
import { createSharedStreams } from './sse-shared.js';
import { createStreams, type StreamsOptions } from './sse-streams.js';

/**
 * GraphQL over server-sent events, protocol `graphql-sse`, for networks that break websockets:
 *
 *     GET, POST  a document, answered with a stream of its own
 *     PUT        reserves a stream for many documents: the answer is its token, which what follows brings along
 *     GET        opens it; POST, or a GET with a document, begins one in it, answered with 202; DELETE ends one
 *
 * graphql-sse's own handler is not used: it writes each event anew for each stream, keeps what is not read without a
 * bound, and gives a reserved stream to whoever brings its token, for good.
 */
export interface EventStreams {
  /** Open now, or reserved. */
  readonly count: number;
  /** @param dedicate see StreamCall */
  serve(request: IncomingMessage, response: ServerResponse, dedicate: () => boolean): Promise<void>;
  /** Takes no new stream and ends those there are; their clients come back elsewhere. */
  close(): Promise<void>;
}

export interface EventStreamsOptions extends StreamsOptions {
  readonly allowedOrigins: readonly string[];
  readonly limits: StreamsOptions['limits'] & { readonly bodyBytes: number };
}

export const STREAM_PATH = '/graphql/stream';

/** What a page of another origin may ask here. */
export const STREAM_CROSSING: Crossing = {
  methods: 'GET, POST, PUT, DELETE, OPTIONS',
  headers: 'authorization, content-type, last-event-id, x-graphql-event-stream-token',
};

const EVENTS = 'text/event-stream';

export function serveEventStreams(options: EventStreamsOptions): EventStreams {
  const { identify, allowedOrigins, limits, clock, report } = options;
  const door = createStreamDoor({ identify, bodyBytes: limits.bodyBytes, report });
  const streams = createStreams(options);
  const reservations = createReservations(limits.sockets);
  const shared = createSharedStreams({ streams, reservations, door, clock, report });

  const runAlone = async (call: StreamCall): Promise<void> => {
    const asked = await door.requestOf(call);
    const caller = asked && (await door.callerOf(call));
    const connection = caller && streams.take(call, caller, false);
    if (asked === null || connection === null) return;
    if (!streams.open(connection, call)) {
      connection.hangUp('');
      return;
    }
    const lastEventId = call.request.headers['last-event-id'];
    const errors = connection.begin('', asked.asked, typeof lastEventId === 'string' ? lastEventId : undefined);
    if (errors !== null) connection.tell('', { errors });
  };

  return {
    get count() {
      return streams.count;
    },
    async serve(request, response, dedicate) {
      if (!isAllowedOrigin(request, allowedOrigins) || isFromElsewhere(request)) {
        refuse(response, 403, 'This origin is not allowed.');
        return;
      }
      const call: StreamCall = { request, response, address: readAddress(request), dedicate };
      const isNamed = call.address.streamToken !== null;
      switch (request.method) {
        case 'PUT':
          if (accepts(request, 'text/plain')) await shared.reserve(call);
          else refuse(response, 406, 'The token of a stream is `text/plain`: accept that.');
          return;
        case 'DELETE':
          await shared.leave(call);
          return;
        case 'GET':
        case 'POST':
          if (isNamed && (request.method === 'POST' || isSentToStream(request, call.address))) await shared.begin(call);
          else if (!accepts(request, EVENTS))
            refuse(response, 406, `Events are told here: send \`Accept: ${EVENTS}\`.`);
          else if (isNamed) await shared.open(call);
          else await runAlone(call);
          return;
        default:
          response.setHeader('Allow', STREAM_CROSSING.methods);
          refuse(response, 405, `Only ${STREAM_CROSSING.methods} are of use here.`);
      }
    },
    close: () => streams.close(),
  };
}
