import { GraphError } from '../operation/failure.js';
import { isJsonObject, malformed, type JsonObject } from '../operation/json.js';
import { type GraphVersion } from '../operation/kind.js';
import { readHeaders, type Answer } from './answer.js';

/** Graph takes no more in one batch. */
export const MAX_PARTS = 20;

/** Headers of a batch that its parts have too, where they do not say otherwise. */
const SHARED_HEADERS = ['date', 'request-id', 'client-request-id'];

/**
 * The body of a $batch post. A batch is of one version, and the urls of its parts are relative to it.
 *
 * @param paths of the parts, at most 20, with the version: `/v1.0/teams/…`
 * @param headers makes those of one part
 */
export function batchBody(
  version: GraphVersion,
  paths: readonly string[],
  headers: () => Readonly<Record<string, string>>,
): string {
  const requests = paths.map((path, at) => ({
    id: idOf(at),
    method: 'GET',
    url: path.slice(`/${version}`.length),
    headers: headers(),
  }));
  return JSON.stringify({ requests });
}

/**
 * Each read with the answer to its part, in the order they were asked in, whatever order Graph answered in. An answer
 * to nothing is dropped, a part without an answer is `unavailable`, and of two answers to one part the first counts.
 *
 * @throws {GraphError} `malformed` when there are no parts at all
 */
export function matchParts<T>(
  answer: Answer,
  reads: readonly T[],
): readonly { readonly read: T; readonly part: Answer | GraphError }[] {
  const responses = isJsonObject(answer.body) ? answer.body['responses'] : undefined;
  if (!Array.isArray(responses)) throw malformed('responses', 'an array', responses);
  const parts = new Map<string, JsonObject>();
  for (const part of responses as unknown[]) {
    if (!isJsonObject(part) || typeof part['id'] !== 'string') continue;
    const id = part['id'].toLowerCase(); // Graph compares these ids without case
    if (!parts.has(id)) parts.set(id, part);
  }
  return reads.map((read, at) => {
    const part = parts.get(idOf(at));
    return { read, part: part === undefined ? unanswered(answer) : readPart(part, answer) };
  });
}

/**
 * A part fails with 424 because another one did. Where that was a throttle it waits as the longest one does, or longer
 * where it says so itself; mostly a 424 tells nothing about when to come back.
 */
export function waitTogether<T extends { readonly outcome: unknown }>(settled: readonly T[]): readonly T[] {
  const waits = settled.flatMap(({ outcome }) =>
    outcome instanceof GraphError && outcome.reason.kind === 'throttled' ? outcome.reason.retryAfterMs : [],
  );
  if (waits.length === 0) return settled;
  const longestMs = Math.max(...waits);
  return settled.map((one) => {
    const { outcome } = one;
    if (!(outcome instanceof GraphError) || outcome.answer.status !== 424) return one;
    const retryAfterMs = Math.max(longestMs, outcome.reason.retryAfterMs ?? 0);
    return { ...one, outcome: new GraphError({ kind: 'throttled', retryAfterMs }, outcome.message, outcome.answer) };
  });
}

function idOf(at: number): string {
  return `r${at + 1}`;
}

function readPart(part: JsonObject, batch: Answer): Answer | GraphError {
  const { status, body } = part;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 100 || status > 599) {
    return malformed('status', 'a status of HTTP', status);
  }
  const shared = [...batch.headers].filter(([name]) => SHARED_HEADERS.includes(name));
  return { status, headers: new Map([...shared, ...readHeaders(part['headers'])]), body };
}

function unanswered({ status, headers }: Answer): GraphError {
  const requestId = headers.get('request-id');
  const clientRequestId = headers.get('client-request-id');
  return new GraphError({ kind: 'unavailable' }, 'Microsoft Graph left a part of a batch without an answer.', {
    status,
    ...(requestId !== undefined && { requestId }),
    ...(clientRequestId !== undefined && { clientRequestId }),
  });
}
