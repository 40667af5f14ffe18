import { type Clock } from '../lib/clock.js';
import { type Scope } from '../operation/scope.js';
import { type AccessTokens } from './access-tokens.js';
import { identifyBy } from './identify-by.js';
import { type Identity } from './identity.js';
import { type KeyedHash } from './keyed-hash.js';
import { type TokenEndpoint } from './token-endpoint.js';
import { hasEnded } from './token-ended.js';
import { type VerifiedClaims, type VerifiedTokens } from './verified-tokens.js';

/** What is remembered of a caller's token. */
export interface User {
  readonly scope: Scope;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** A user is one authority, whatever token it comes with. */
export function readUser(keyedHash: KeyedHash): (claims: VerifiedClaims) => User {
  return ({ tenantId, who, expiresAt }) => ({ scope: keyedHash('user', tenantId, ...who) as Scope, expiresAt });
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
      const credential = keyedHash('token', token);
      return {
        scope: user.scope,
        subject: user.scope,
        credential,
        graphSees: 'caller',
        expiresAt: user.expiresAt,
        async accessToken() {
          if (user.expiresAt <= clock.now()) throw hasEnded();
          return tokens.get(credential, () => endpoint.onBehalfOf(token), user.expiresAt);
        },
        discardToken: (accessToken) => tokens.discard(credential, accessToken),
      };
    }),
  };
}
