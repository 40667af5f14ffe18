import { GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';
import { readBearer } from './bearer.js';
import { type Identity } from './identity.js';
import { type VerifiedTokens } from './verified-tokens.js';

/** Callers who prove themselves with a token for this gateway. */
export function identifyBy<T>(
  verified: VerifiedTokens<T>,
  callerOf: (known: T, token: string) => Caller | GraphError,
): Identity['identify'] {
  return async (authorization) => {
    const token = readBearer(authorization);
    if (token === null || token instanceof GraphError) return token;
    const known = await verified.verify(token);
    return known instanceof GraphError ? known : callerOf(known, token);
  };
}
