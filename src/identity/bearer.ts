import { GraphError } from '../operation/failure.js';

/** Far longer than any token, and short enough for every server on the way to take the header. */
const MAX_LENGTH = 16_384;

/** RFC 6750 section 2.1: what a bearer token consists of. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** @returns the token; null when nothing was said; an error, which does not quote it, when it is no bearer token */
export function readBearer(authorization: string | undefined): string | GraphError | null {
  if (authorization === undefined || authorization.trim() === '') return null;
  const token = authorization.length > MAX_LENGTH ? undefined : BEARER.exec(authorization.trim())?.[1];
  return (
    token ??
    new GraphError(
      { kind: 'unauthenticated' },
      `The authorization must be the word Bearer, a space and a token, ${MAX_LENGTH} characters at the most.`,
    )
  );
}
