import { InputError } from './failure.js';
import { parseOperationLocation } from './location.js';
import { type OperationRef } from './ref.js';

/**
 * The global id of an operation: its canonical location, wrapped. It needs no store, so it survives restarts and is the
 * same on every replica; it names an operation and gives no right to it.
 */
export function globalIdOf(ref: OperationRef): string {
  return Buffer.from(`operation:${ref.location}`).toString('base64url');
}

/** Of the form above only the root of a location matters, and a wrapped location has none. */
const NO_ROOT = new URL('graph://none');

/** @throws {InputError} when it is not an id that `globalIdOf` made */
export function parseGlobalId(id: string): OperationRef {
  const text = Buffer.from(id, 'base64url').toString();
  if (text.startsWith('operation:/') && !text.startsWith('operation://')) {
    const ref = parseOperationLocation(text.slice('operation:'.length), NO_ROOT);
    if (globalIdOf(ref) === id) return ref;
  }
  throw new InputError('That is not an id of this gateway: give the `id` of an operation as it came.');
}
