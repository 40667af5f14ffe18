import { createHash } from 'node:crypto';
import { parseOpaque, printOpaque } from '../lib/opaque.js';
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
  /**
   * The operations that were told of less than that, by index or location: up to which stamp; null where not even the
   * first event was read.
   */
  readonly behind: ReadonlyMap<string, number | null>;
  /** Of a host's operations from this location on nothing was told; null when that is true of none. */
  readonly untoldFrom: string | null;
  /** When the list was read that a host's operations are from, epoch ms; null in a stream of refs. */
  readonly listedAt: number | null;
}

/** What a client does not know of a stream's operations. */
export type Unknown = Omit<Cursor, 'stamp' | 'digest'>;

export const NOTHING_UNKNOWN: Unknown = { behind: new Map(), untoldFrom: null, listedAt: null };

/** Of the locations that a stream watches, in their order. */
export function digestOf(locations: readonly string[]): string {
  return createHash('sha256').update(locations.join('\n')).digest('base64url').slice(0, 12);
}

/** A stream keeps the cursor that it was begun with, which takes several times its length. */
const MAX_LENGTH = 8_192;
/** Of all exceptions, written down; the longest location beside them leaves so much. */
const MAX_EXCEPTIONS_LENGTH = 4_000;

let lastPrinted = { stamp: NaN, digest: '', text: '' };

export function printCursor(cursor: Cursor): string {
  const { stamp, digest, behind, untoldFrom, listedAt } = cursor;
  if (behind.size > 0 || untoldFrom !== null || listedAt !== null) return printAnew(cursor);
  // All who watch the same and know all of it stand at one place, and are written to one after the other.
  if (lastPrinted.stamp !== stamp || lastPrinted.digest !== digest) {
    lastPrinted = { stamp, digest, text: printAnew(cursor) };
  }
  return lastPrinted.text;
}

function printAnew({ stamp, digest, behind, untoldFrom, listedAt }: Cursor): string {
  const exceptions = [...behind].filter(([, upTo]) => upTo === null || upTo < stamp);
  if (lengthOf(exceptions) <= MAX_EXCEPTIONS_LENGTH) {
    return printOpaque([stamp, digest, exceptions, untoldFrom, listedAt]);
  }
  // Where there are too many, all from some location on are told anew.
  const inOrder = exceptions.sort(([one], [other]) => (one < other ? -1 : 1));
  let length = 0;
  const end = inOrder.findIndex((each) => (length += lengthOf(each) + 1) > MAX_EXCEPTIONS_LENGTH);
  const from = inOrder[end]?.[0] ?? null;
  const lowest = from === null || (untoldFrom !== null && untoldFrom < from) ? untoldFrom : from;
  return printOpaque([stamp, digest, inOrder.slice(0, end), lowest, listedAt]);
}

function lengthOf(value: unknown): number {
  return JSON.stringify(value).length;
}

/** @throws {InputError} when it is not a cursor that `printCursor` made */
export function parseCursor(text: string): Cursor {
  if (text.length > MAX_LENGTH) throw new InputError(`\`after\` has at most ${MAX_LENGTH} characters.`);
  const [stamp, digest, exceptions, untoldFrom, listedAt] = parseOpaque(text, 5) ?? [];
  if (
    isWhole(stamp) &&
    typeof digest === 'string' &&
    Array.isArray(exceptions) &&
    exceptions.every(isException) &&
    (untoldFrom === null || typeof untoldFrom === 'string') &&
    (listedAt === null || isWhole(listedAt))
  ) {
    return { stamp, digest, behind: new Map(exceptions), untoldFrom, listedAt };
  }
  throw new InputError('`after` is not a cursor of this gateway: give back the `cursor` of an event as it came.');
}

/**
 * Up to which stamp whoever brings a cursor knows one operation of a stream: null for a stream that begins, or an
 * operation of which it was told nothing; zero, behind everything, when the cursor is of another stream.
 */
export function knownUpTo(cursor: Cursor | null, digest: string, key: string): number | null {
  if (cursor === null) return null;
  if (cursor.digest !== digest) return 0;
  if (cursor.untoldFrom !== null && key >= cursor.untoldFrom) return null;
  const upTo = cursor.behind.get(key);
  return upTo === undefined ? cursor.stamp : upTo && Math.min(upTo, cursor.stamp);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value);
}

function isException(value: unknown): value is [key: string, upTo: number | null] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, upTo] = value as unknown[];
  return typeof key === 'string' && (upTo === null || isWhole(upTo));
}
