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

/**
 * The caller's bearer token goes to Graph as it came. It is opaque: nothing in it is believed, and a caller's scope is a
 * keyed hash of it.
 */
export function createForwardIdentity({ standInToken, keyedHash }: ForwardOptions): Identity {
  const callerOf = (token: string): Caller => {
    const hash = keyedHash('token', token);
    return {
      scope: hash as Scope,
      subject: hash,
      credential: hash,
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
