import { type Random } from '../lib/random.js';
import { errorDate, httpDate } from './dates.js';
import { guid } from './ids.js';
import { type Answer, type GraphRequest } from './message.js';

/** A request that is not served. It is thrown where that is found out and written down in one place, below. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    /** What the service behind Graph said, where Graph hands that on. */
    readonly inner: { readonly code: string; readonly message: string } | null = null,
  ) {
    super(message);
  }
}

export function badRequest(message: string): Refusal {
  return new Refusal(400, 'BadRequest', message);
}

/** The ids that support asks for. The client's own is echoed; one that sent none gets the request's. */
export interface RequestIds {
  readonly requestId: string;
  readonly clientRequestId: string;
}

export function drawIds(request: GraphRequest, random: Random): RequestIds {
  const requestId = guid(random);
  return { requestId, clientRequestId: request.headers['client-request-id'] ?? requestId };
}

/** Graph's error envelope: `innerError` in this spelling, its date without an offset. Source: recorded answers. */
export function refuse(refusal: Refusal, ids: RequestIds, now: number): Answer {
  const { status, code, message, headers, inner } = refusal;
  const innerError = {
    ...(inner === null ? {} : { message: inner.message, code: inner.code, innerError: {} }),
    date: errorDate(now),
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
  };
  return { status, headers, body: { error: { code, message, innerError } } };
}

const JSON_TYPE = 'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

const DIAGNOSTIC = JSON.stringify({
  ServerInfo: { DataCenter: 'Sandbox', Slice: 'E', Ring: '1', ScaleUnit: '000', RoleInstance: 'SANDBOX' },
});

/** The headers that every answer has; what the answer says itself goes first. */
export function withCommonHeaders(answer: Answer, ids: RequestIds, now: number): Answer {
  const isJson = answer.body !== undefined && typeof answer.body !== 'string';
  return {
    ...answer,
    headers: {
      'Cache-Control': 'no-cache',
      ...(isJson ? { 'Content-Type': JSON_TYPE, 'OData-Version': '4.0' } : {}),
      'request-id': ids.requestId,
      'client-request-id': ids.clientRequestId,
      'x-ms-ags-diagnostic': DIAGNOSTIC,
      Date: httpDate(now),
      ...answer.headers,
    },
  };
}
