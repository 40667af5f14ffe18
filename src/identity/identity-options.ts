import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';
import { type Auth } from './auth.js';
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
