import { GraphError } from '../operation/failure.js';
import { type Scope } from '../operation/scope.js';
import { type AccessTokens } from './access-tokens.js';
import { type AppAuth } from './auth.js';
import { identifyBy } from './identify-by.js';
import { type Identity } from './identity.js';
import { type KeyedHash } from './keyed-hash.js';
import { type TokenEndpoint } from './token-endpoint.js';
import { type VerifiedClaims, type VerifiedTokens } from './verified-tokens.js';

/** What is remembered of a caller's token. */
export interface Reader {
  readonly subject: string;
  readonly hasRole: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export function readReader(keyedHash: KeyedHash, requiredRole: string): (claims: VerifiedClaims) => Reader {
  return ({ tenantId, who, roles, expiresAt }) => ({
    subject: keyedHash('user', tenantId, ...who),
    hasRole: roles.includes(requiredRole),
    expiresAt,
  });
}

/**
 * Graph sees the gateway's own token. Whoever bears the role may see what the gateway sees, so all of them are one scope:
 * one authority before Graph, whose reads prove an operation to each.
 */
export function createAppIdentity(options: {
  readonly verified: VerifiedTokens<Reader>;
  readonly tokens: AccessTokens;
  readonly endpoint: TokenEndpoint;
  readonly auth: AppAuth;
  readonly keyedHash: KeyedHash;
}): Pick<Identity, 'identify'> {
  const { verified, tokens, endpoint, auth, keyedHash } = options;
  const gateway = keyedHash('app', auth.tenantId.toLowerCase(), auth.clientId.toLowerCase());
  return {
    identify: identifyBy(verified, (reader, token) => {
      if (!reader.hasRole) {
        return new GraphError({ kind: 'forbidden' }, `The caller needs the role ${auth.requiredRole}, and has it not.`);
      }
      return {
        scope: gateway as Scope,
        subject: reader.subject,
        credential: keyedHash('token', token),
        graphSees: 'gateway',
        expiresAt: reader.expiresAt,
        // Whoever is named in a read asks for all of them: that its own token has ended is no reason to tell the others.
        accessToken: () => tokens.get(gateway, () => endpoint.forApp(), Infinity),
        discardToken: (accessToken) => tokens.discard(gateway, accessToken),
      };
    }),
  };
}
