import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';
import { createAccessTokens } from './access-tokens.js';
import { createAppIdentity, readReader } from './app-only.js';
import { type Auth } from './auth.js';
import { openAuthorityHttp } from './authority-http.js';
import { createForwardIdentity } from './forward.js';
import { type Identity } from './identity.js';
import { type KeyedHash } from './keyed-hash.js';
import { createOnBehalfOfIdentity, readUser } from './on-behalf-of.js';
import { createSigningKeys } from './signing-keys.js';
import { createTokenEndpoint } from './token-endpoint.js';
import { createVerifiedTokens, type VerifiedClaims } from './verified-tokens.js';

export interface IdentityOptions {
  readonly auth: Auth;
  readonly graphRoot: URL;
  /** The sandbox's own token, for callers who bring none; null everywhere else, and without effect unless forwarding. */
  readonly standInToken: string | null;
  readonly keyedHash: KeyedHash;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly userAgent: string;
  /** Certificates, PEM, of a token authority that Node does not believe by itself. */
  readonly ca?: string;
}

/** Nothing is asked of the token authority until the first caller comes. */
export function createIdentity(options: IdentityOptions): Identity {
  const { auth, graphRoot, standInToken, keyedHash, clock, random, log, userAgent, ca } = options;
  if (auth.mode === 'forward') return createForwardIdentity({ standInToken, keyedHash });

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
