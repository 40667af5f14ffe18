import { createHmac, randomBytes } from 'node:crypto';
import { GraphError } from '../operation/failure.js';
import { type Caller, type Scope } from '../operation/scope.js';

/** Who asks, from what the request says of itself. */
export interface Identity {
  /**
   * @param authorization the value of the Authorization header, or of `authorization` in connection_init
   * @returns the caller; null when nothing was said; an error when it was said wrongly
   */
  readonly identify: (authorization: string | undefined) => Caller | GraphError | null;
}

/** Far longer than any token, and short enough for every server on the way to take the header. */
const MAX_LENGTH = 16_384;

/** RFC 6750 section 2.1: what a bearer token consists of. */
const BEARER = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

export interface ForwardOptions {
  /** The sandbox's own token, for callers who bring none; null everywhere else. */
  readonly standInToken: string | null;
  /** Keys the hash that is a caller's scope; made at the start, so that scopes of two runs have nothing in common. */
  readonly scopeKey?: Buffer;
}

/**
 * The caller's bearer token goes to Graph as it came. It is opaque: nothing in it is believed, and a caller's scope is a
 * keyed hash of it.
 */
export function createForwardIdentity({ standInToken, scopeKey = randomBytes(32) }: ForwardOptions): Identity {
  const callerOf = (token: string): Caller => ({
    scope: createHmac('sha256', scopeKey).update(token).digest('base64url') as Scope,
    accessToken: () => Promise.resolve(token),
  });
  const standIn = standInToken === null ? null : callerOf(standInToken);
  return {
    identify(authorization) {
      if (authorization === undefined || authorization.trim() === '') return standIn;
      const token = authorization.length > MAX_LENGTH ? undefined : BEARER.exec(authorization.trim())?.[1];
      if (token !== undefined) return callerOf(token);
      return new GraphError(
        { kind: 'unauthenticated' },
        `The authorization must be the word Bearer, a space and a token, ${MAX_LENGTH} characters at the most.`,
      );
    },
  };
}
