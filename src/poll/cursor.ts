import { createHash } from 'node:crypto';
import { InputError } from '../operation/failure.js';

/**
 * A place in a stream, given to the client with each event and taken back as `after`. It names a place and gives no
 * right: whoever brings it proves its right to each operation as if it came without.
 */
export interface Cursor {
  /** Transitions up to this stamp were told. */
  readonly stamp: number;
  /** What the stream watches; a cursor of another stream says nothing about this one. */
  readonly digest: string;
  /** What was not told even once when the event was read: operations by their index, or all from a location on. */
  readonly untold: readonly number[] | { readonly from: string };
}

/** Of the locations that a stream watches, in their order. */
export function digestOf(locations: readonly string[]): string {
  return createHash('sha256').update(locations.join('\n')).digest('base64url').slice(0, 12);
}

export function printCursor({ stamp, digest, untold }: Cursor): string {
  const rest = 'from' in untold ? untold.from : untold;
  return Buffer.from(JSON.stringify([stamp, digest, rest])).toString('base64url');
}

/** @throws {InputError} when it is not a cursor that `printCursor` made */
export function parseCursor(text: string): Cursor {
  const fields = readJson(Buffer.from(text, 'base64url').toString());
  if (Array.isArray(fields) && fields.length === 3) {
    const [stamp, digest, rest] = fields as unknown[];
    if (typeof stamp === 'number' && Number.isSafeInteger(stamp) && typeof digest === 'string') {
      if (typeof rest === 'string') return { stamp, digest, untold: { from: rest } };
      if (Array.isArray(rest) && rest.every((index): index is number => Number.isInteger(index))) {
        return { stamp, digest, untold: rest };
      }
    }
  }
  throw new InputError('`after` is not a cursor of this gateway: give back the `cursor` of an event as it came.');
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // Said by the caller, in words of cursors instead of JSON.
  }
}
