import { GraphError, type GraphAnswer } from '../operation/failure.js';

/** Deeper than any answer of Graph's, and shallow enough for code that walks a body by recursion. */
const MAX_DEPTH = 64;

/**
 * JSON of which nothing is known yet. `about` goes with the error, for support.
 * @throws {GraphError} `malformed`; without a cause, because V8's message quotes the text
 */
export function parseBody(text: string, about: GraphAnswer): unknown {
  if (text === '') throw unreadable('the body is empty', about);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw unreadable('the body is not JSON', about);
  }
  if (isDeeperThan(MAX_DEPTH, body)) throw unreadable(`the body is nested deeper than ${MAX_DEPTH}`, about);
  return body;
}

/** An answer that has not even the form of one of Graph's. */
export function unreadable(detail: string, about: GraphAnswer, options?: ErrorOptions): GraphError {
  const message = `Microsoft Graph's answer cannot be read: ${detail}.`;
  return new GraphError({ kind: 'malformed', detail }, message, about, options);
}

/** It goes down no further than that, so it overflows no stack. */
function isDeeperThan(depth: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((child) => isDeeperThan(depth - 1, child));
}
