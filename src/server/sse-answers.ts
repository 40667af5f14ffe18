import { type IncomingMessage, type ServerResponse } from 'node:http';
import { CODES, type ErrorReport } from '../api/errors.js';
import { GraphError, LimitError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';
import { refuse, refuseBeyond } from './graphql-http.js';
import { type Identify } from './session.js';
import { readRequest, type StreamAddress, type StreamRequest } from './sse-requests.js';

/** A request to a stream, and how it is answered. */
export interface StreamCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly address: StreamAddress;
  /** The request's connection serves nothing but a stream from now on. @returns whether it does: other answers may be due */
  readonly dedicate: () => boolean;
}

/** What has to be known of every request; null where it is not to be had, and the client was told why. */
export interface StreamDoor {
  callerOf(call: StreamCall): Promise<Caller | null>;
  /** Once there is all of it. */
  requestOf(call: StreamCall): Promise<StreamRequest | null>;
}

export interface StreamDoorOptions {
  readonly identify: Identify;
  readonly bodyBytes: number;
  readonly report: ErrorReport;
}

export function createStreamDoor({ identify, bodyBytes, report }: StreamDoorOptions): StreamDoor {
  return {
    async callerOf({ request, response }) {
      const caller = await identify(request.headers.authorization);
      if (caller !== null && !(caller instanceof GraphError)) return caller;
      if (caller === null || caller.reason.kind === 'unauthenticated') {
        response.setHeader('WWW-Authenticate', 'Bearer');
        refuse(response, 401, caller?.message ?? 'Send the header `Authorization: Bearer …`.', 'UNAUTHENTICATED');
      } else refuse(response, 503, caller.message, CODES[caller.reason.kind]); // whoever could tell did not answer
      return null;
    },
    async requestOf({ request, response, address }) {
      const asked = await readRequest(request, address.parameters, bodyBytes);
      if (asked === 'gone') return null;
      if (asked === 'too long') {
        refuseBeyond(response, 413, new LimitError('BODY_BYTES', `A body has at most ${bodyBytes} bytes.`), report);
        return null;
      }
      if ('asked' in asked) return asked;
      refuse(response, asked.status, asked.problem);
      return null;
    },
  };
}
