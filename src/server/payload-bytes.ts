import { type Push } from './fan-out.js';

/** A push that tells something. */
export type EventPush = Extract<Push, { readonly cursor: string }>;

const QUOTE = 0x22;

/** How long a payload is with the cursors of its reader. */
export function payloadBytes({ payload: { pieces, bytes }, cursor }: EventPush): number {
  return bytes + (pieces.length - 1) * (cursor.length + 2);
}

/** Writes a payload with the cursors of its reader. @returns where it ends */
export function writePayload(buffer: Buffer, from: number, { payload: { pieces }, cursor }: EventPush): number {
  let at = from;
  for (const [before, piece] of pieces.entries()) {
    if (before > 0) at = writeCursor(buffer, at, cursor);
    at += piece.copy(buffer, at);
  }
  return at;
}

/** Cursors are made of letters that mean the same in JSON, and take a byte each. */
function writeCursor(buffer: Buffer, from: number, cursor: string): number {
  let at = from;
  buffer[at++] = QUOTE;
  at += buffer.write(cursor, at, 'latin1');
  buffer[at++] = QUOTE;
  return at;
}
