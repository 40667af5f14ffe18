import { GraphError, type GraphAnswer, type Reason } from '../operation/failure.js';
import { isJsonObject, type JsonObject } from '../operation/json.js';
import { type Answer } from './answer.js';
import { clean, MAX_ID_LENGTH } from './clean.js';

/** Statuses with a meaning of their own. Source: Microsoft Graph error responses and resource types. */
const REASONS: Readonly<Record<number, 'unauthenticated' | 'forbidden' | 'notFound' | 'unavailable'>> = {
  401: 'unauthenticated',
  402: 'forbidden', // the API asks for a payment that this application has not arranged
  403: 'forbidden',
  404: 'notFound',
  408: 'unavailable',
  409: 'unavailable', // a conflict with another request: the next read may find it settled
  410: 'notFound',
  423: 'unavailable', // locked
  424: 'unavailable', // another part of the batch failed first
};

const MAX_MESSAGE_LENGTH = 300;
/** A challenge that is cut is worth nothing, so a longer one is left out. */
const MAX_CLAIMS_LENGTH = 8_192;
/** Graph nests errors to any depth; the deepest that was seen in its documentation is three. */
const MAX_INNER_ERRORS = 16;

/**
 * Why an answer that is no success gave no operation.
 *
 * @param retryAfterMs how long the answer asks to be left alone; null where it does not, and is no throttle
 * @param token what was shown to Graph, so that a message that quotes it can be cleaned of it
 */
export function failureOf(answer: Answer, retryAfterMs: number | null, token: string): GraphError {
  const errors = errorChain(answer.body);
  const code = clean(exactCode(errors), MAX_ID_LENGTH, token);
  const message = clean(firstText(errors, 'message'), MAX_MESSAGE_LENGTH, token);
  const requestId = clean(answer.headers.get('request-id') ?? firstText(errors, 'request-id'), MAX_ID_LENGTH, token);
  const clientRequestId = clean(
    answer.headers.get('client-request-id') ?? firstText(errors, 'client-request-id'),
    MAX_ID_LENGTH,
    token,
  );
  const said: GraphAnswer = {
    status: answer.status,
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
    ...(clientRequestId !== undefined && { clientRequestId }),
  };
  const sentence = `Microsoft Graph answered ${answer.status}`;
  return new GraphError(
    reasonOf(answer, retryAfterMs),
    `${sentence}${code === undefined ? '' : ` (${code})`}${message === undefined ? '.' : `: ${message}`}`,
    said,
  );
}

function reasonOf(answer: Answer, retryAfterMs: number | null): Reason {
  if (retryAfterMs === null) return unthrottled(answer);
  const isThrottle = answer.status === 429 || answer.status === 503;
  return isThrottle ? { kind: 'throttled', retryAfterMs } : { ...unthrottled(answer), retryAfterMs };
}

function unthrottled(answer: Answer): Reason {
  const { status } = answer;
  if (status < 400) return { kind: 'malformed', detail: `status is ${status}, and a redirect is never followed` };
  const kind = REASONS[status] ?? (status >= 500 ? 'unavailable' : 'refused');
  if (kind !== 'unauthenticated' && kind !== 'forbidden') return { kind };
  const claims = claimsIn(answer.headers.get('www-authenticate') ?? '');
  return claims === null ? { kind } : { kind, claims };
}

/** `Bearer realm="", error="insufficient_claims", claims="eyJ…"`: the caller needs it letter by letter. */
function claimsIn(challenge: string): string | null {
  const claims = /\bclaims="([!#-~]+)"/i.exec(challenge)?.[1] ?? null;
  return claims === null || claims.length > MAX_CLAIMS_LENGTH ? null : claims;
}

/** `{error:{code,message,innerError:{code?,innerError?…}}}`, outermost first; Graph spells `innerError` in two ways. */
function errorChain(body: unknown): readonly JsonObject[] {
  const chain: JsonObject[] = [];
  let error = isJsonObject(body) ? body['error'] : undefined;
  while (isJsonObject(error) && chain.length < MAX_INNER_ERRORS) {
    chain.push(error);
    error = error['innerError'] ?? error['innererror'];
  }
  return chain;
}

/** The deepest code is the most exact, unless it is empty, `Unknown`, or the status once more: those tell nothing. */
function exactCode(errors: readonly JsonObject[]): string | undefined {
  return textsOf(errors, 'code').findLast((code) => !/^(unknown|\d*)$/i.test(code));
}

function firstText(errors: readonly JsonObject[], member: string): string | undefined {
  return textsOf(errors, member).find((text) => text !== '');
}

function textsOf(errors: readonly JsonObject[], member: string): string[] {
  return errors.map((error) => error[member]).filter((text) => typeof text === 'string');
}
