import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';
import { type Auth } from './auth.js';
import { createForwardIdentity } from './forward.js';
import { type Identity } from './identity.js';
import { type KeyedHash } from './keyed-hash.js';

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
export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { auth, standInToken, keyedHash } = options;
  if (auth.mode === 'forward') return createForwardIdentity({ standInToken, keyedHash });
  const { createEntraIdentity } = await import('./entra.js'); // its libraries are read only where tokens are verified
  return createEntraIdentity(auth, options);
}
