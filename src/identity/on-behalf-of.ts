import { type Clock } from '../lib/clock.js';
import { GraphError } from '../operation/failure.js';
import { type Scope } from '../operation/scope.js';
import { type AccessTokens } from './access-tokens.js';
import { identifyBy } from './identify-by.js';
import { type Identity } from './identity.js';
import { type KeyedHash } from './keyed-hash.js';
import { type TokenEndpoint } from './token-endpoint.js';
import { type VerifiedClaims, type VerifiedTokens } from './verified-tokens.js';

/** What is remembered of a caller's token. */
export interface User {
  readonly scope: Scope;
  /** False of an app that comes for itself. */
  readonly isUser: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** A user is one authority, whatever token it comes with. */
export function readUser(keyedHash: KeyedHash): (claims: VerifiedClaims) => User {
  return ({ tenantId, who, isOfUser, expiresAt }) => ({
    scope: keyedHash('user', tenantId, ...who) as Scope,
    isUser: isOfUser,
    expiresAt,
  });
}

/**
 * The caller's token is for this gateway; Graph sees one that was had in exchange for it, with the rights of the user
 * and of the gateway in one.
 */
export function createOnBehalfOfIdentity(options: {
  readonly verified: VerifiedTokens<User>;
  readonly tokens: AccessTokens;
  readonly endpoint: TokenEndpoint;
  readonly keyedHash: KeyedHash;
  readonly clock: Clock;
}): Pick<Identity, 'identify'> {
  const { verified, tokens, endpoint, keyedHash, clock } = options;
  return {
    identify: identifyBy(verified, (user, token) => {
      if (!user.isUser) return namesNoUser();
      const credential = keyedHash('token', token);
      return {
        scope: user.scope,
        subject: user.scope,
        credential,
        graphSees: 'caller',
        expiresAt: user.expiresAt,
        async accessToken() {
          if (user.expiresAt <= clock.now()) throw hasExpired();
          return tokens.get(credential, () => endpoint.onBehalfOf(token), user.expiresAt);
        },
        discardToken: (accessToken) => tokens.discard(credential, accessToken),
      };
    }),
  };
}

/** Entra would refuse the exchange. It is a fault of the token and not of somebody's rights: who signs in has a better one. */
function namesNoUser(): GraphError {
  return new GraphError(
    { kind: 'unauthenticated' },
    'The token is of an app and of no user, and this gateway asks on behalf of users: it takes a token with scopes (scp).',
  );
}

/** It was good when it came. */
function hasExpired(): GraphError {
  return new GraphError({ kind: 'unauthenticated' }, 'The token has expired.');
}
