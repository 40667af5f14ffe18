import { createAccessTokens } from './access-tokens.js';
import { createAppIdentity, readReader } from './app-only.js';
import { type AppAuth, type OnBehalfOfAuth } from './auth.js';
import { openAuthorityHttp } from './authority-http.js';
import { type IdentityOptions } from './identity-options.js';
import { type Identity } from './identity.js';
import { createOnBehalfOfIdentity, readUser } from './on-behalf-of.js';
import { createSigningKeys } from './signing-keys.js';
import { createTokenEndpoint } from './token-endpoint.js';
import { createVerifiedTokens, type VerifiedClaims } from './verified-tokens.js';

/** Microsoft Entra says who asks, and gives out what the gateway asks Graph with. */
export function createEntraIdentity(auth: AppAuth | OnBehalfOfAuth, options: IdentityOptions): Identity {
  const { graphRoot, keyedHash, clock, random, log, userAgent, ca } = options;
  const { authorityUrl, tenantId, audiences } = auth;
  const http = openAuthorityHttp({ authorityUrl, clock, log, userAgent, ...(ca !== undefined && { ca }) });
  const keys = createSigningKeys({ http, authorityUrl, tenantId, clock, log });
  const endpoint = createTokenEndpoint({ http, auth, graphRoot, clock, log });
  const tokens = createAccessTokens(clock, random);
  const verifiedBy = <T>(keep: (claims: VerifiedClaims) => T) =>
    createVerifiedTokens({ keys, audiences, graphRoot, keyedHash, clock, log, keep });
  const closing = (identify: Identity['identify'], verified: { clear(): void }): Identity => ({
    identify,
    async close() {
      verified.clear();
      tokens.clear();
      await http.close();
    },
  });

  if (auth.mode === 'on-behalf-of') {
    const verified = verifiedBy(readUser(keyedHash));
    return closing(createOnBehalfOfIdentity({ verified, tokens, endpoint, keyedHash, clock }).identify, verified);
  }
  const verified = verifiedBy(readReader(keyedHash, auth.requiredRole));
  return closing(createAppIdentity({ verified, tokens, endpoint, auth, keyedHash }).identify, verified);
}
