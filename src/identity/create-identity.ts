import { createForwardIdentity } from './forward.js';
import { type IdentityOptions } from './identity-options.js';
import { type Identity } from './identity.js';

/** Nothing is asked of the token authority until the first caller comes. */
export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { auth, standInToken, keyedHash } = options;
  if (auth.mode === 'forward') return createForwardIdentity({ standInToken, keyedHash });
  const { createEntraIdentity } = await import('./entra.js'); // its libraries are read only where tokens are verified
  return createEntraIdentity(auth, options);
}
