import { createHmac, randomBytes } from 'node:crypto';

/** A name for something that must not be seen: the same for the same words under one key, and no way back. */
export type KeyedHash = (...words: readonly string[]) => string;

/** @param key made at the start unless told, so that names of two runs have nothing in common; replicas share one */
export function createKeyedHash(key: Buffer = randomBytes(32)): KeyedHash {
  // JSON keeps the words apart: no two lists of them read alike.
  return (...words) => createHmac('sha256', key).update(JSON.stringify(words)).digest('base64url');
}
