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

/** Level by level, not by recursion: what is too deep must not overflow the stack that asks. */
function isDeeperThan(depth: number, body: unknown): boolean {
  let level = [body];
  for (let passed = 0; passed <= depth; passed++) {
    level = level.flatMap(childrenOf);
    if (level.length === 0) return false;
  }
  return true;
}

function childrenOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}
