import { hash } from 'node:crypto';
import { GraphError } from '../operation/failure.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { readBearer } from './bearer.js';
import { type Identity } from './identity.js';
import { type KeyedHash } from './keyed-hash.js';

export interface ForwardOptions {
  /** The sandbox's own token, for callers who bring none; null everywhere else. */
  readonly standInToken: string | null;
  readonly keyedHash: KeyedHash;
}

/** About 200 bytes each. */
const MAX_SCOPES = 10_000;

/**
 * The caller's bearer token goes to Graph as it came. It is opaque: nothing in it is believed, and a caller's scope is a
 * keyed hash of it.
 */
export function createForwardIdentity({ standInToken, keyedHash }: ForwardOptions): Identity {
  /** By the plain hash of a token, which costs a fifth of the keyed one. No token is kept. */
  const scopes = new Map<string, string>();
  const scopeOf = (token: string): string => {
    const digest = hash('sha256', token, 'base64url');
    const known = scopes.get(digest);
    if (known !== undefined) return known;
    const scope = keyedHash('token', token);
    const [oldest] = scopes.keys();
    if (scopes.size >= MAX_SCOPES && oldest !== undefined) scopes.delete(oldest);
    scopes.set(digest, scope);
    return scope;
  };

  const callerOf = (token: string): Caller => {
    const scope = scopeOf(token);
    return {
      scope: scope as Scope,
      subject: scope,
      credential: scope,
      graphSees: 'caller',
      expiresAt: null,
      accessToken: () => Promise.resolve(token),
    };
  };
  const standIn = standInToken === null ? null : callerOf(standInToken);
  return {
    identify(authorization) {
      const token = readBearer(authorization);
      if (token instanceof GraphError) return Promise.resolve(token);
      return Promise.resolve(token === null ? standIn : callerOf(token));
    },
    close: () => Promise.resolve(),
  };
}
