import { type Writable } from 'node:stream';
import { type Push } from './fan-out.js';
import { payloadBytes, writePayload, type EventPush } from './payload-bytes.js';
import { type Payload } from './selections.js';

/** RFC 6455: the last fragment of a text, which is all of it. */
const FINAL_TEXT = 0x81;
/** Lengths from here on are written in two bytes, and from there on in eight. */
const TWO_BYTE_LENGTH = 126;
const EIGHT_BYTE_LENGTH = 65_536;
/** Between the id of an event and its payload. */
const AFTER_ID = ',"type":"next","payload":';
/** Behind the payload. */
const CLOSING_BRACE = 0x7d;
const CLOSING_BYTES = 1;

/**
 * Messages of `graphql-transport-ws` as frames of a websocket, all in one buffer: one piece of memory and one call of the
 * system, however many they are. Frames of a server are not masked, and no extension is agreed on.
 */
export function framesOf(pushes: readonly Push[]): Buffer {
  const heads = pushes.map(headOf);
  const lengths = pushes.map((push, at) => Buffer.byteLength(heads[at] ?? '') + lengthOf(push));
  const buffer = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerBytes(length) + length, 0));
  let at = 0;
  for (const [nth, push] of pushes.entries()) {
    at = writeHeader(buffer, at, lengths[nth] ?? 0);
    at += buffer.write(heads[nth] ?? '', at);
    if (push.payload === null) continue;
    at = writePayload(buffer, at, push);
    buffer[at++] = CLOSING_BRACE;
  }
  return buffer;
}

/** A frame that was written, and that nothing reads from any more. */
interface SpentFrame {
  readonly bytes: Buffer;
  readonly cursor: string;
  /** How long the id in it is. */
  readonly idBytes: number;
}

/** One of each payload at most; they go with it, at the end of its wave. */
const spentFrames = new WeakMap<Payload, SpentFrame>();

/**
 * Writes messages to a connection, as frames. Frames of those who are told the same differ in the id alone: where the
 * system took all of one at once, another id is put into it, and it is written to the next.
 */
export function writeFrames(pushes: readonly Push[], connection: Writable): void {
  const [push] = pushes;
  if (pushes.length === 1 && push !== undefined && push.payload !== null) writeEvent(push, connection);
  else connection.write(framesOf(pushes));
}

function writeEvent(push: EventPush, connection: Writable): void {
  const { key, payload, cursor } = push;
  const id = JSON.stringify(key);
  const idBytes = Buffer.byteLength(id);
  const spent = spentFrames.get(payload);
  const isAlike = spent !== undefined && spent.idBytes === idBytes && spent.cursor === cursor;
  const bytes = isAlike ? spent.bytes : framesOf([push]);
  if (isAlike) bytes.write(id, bytes.length - lengthOf(push) - AFTER_ID.length - idBytes);
  connection.write(bytes);
  const isTaken = connection.writableLength === 0; // else some of it waits, and is read when there is room
  if (isAlike && !isTaken) spentFrames.delete(payload);
  if (!isAlike && isTaken) spentFrames.set(payload, { bytes, cursor, idBytes });
}

/** What comes before the payload; the id is whatever a client chose. */
function headOf({ key, payload }: Push): string {
  const id = JSON.stringify(key);
  return payload === null ? `{"id":${id},"type":"complete"}` : `{"id":${id}${AFTER_ID}`;
}

/** Of what comes behind the head. */
function lengthOf(push: Push): number {
  return push.payload === null ? 0 : payloadBytes(push) + CLOSING_BYTES;
}

function headerBytes(length: number): number {
  if (length < TWO_BYTE_LENGTH) return 2;
  return length < EIGHT_BYTE_LENGTH ? 4 : 10;
}

function writeHeader(buffer: Buffer, at: number, length: number): number {
  buffer[at] = FINAL_TEXT;
  if (length < TWO_BYTE_LENGTH) {
    buffer[at + 1] = length;
    return at + 2;
  }
  if (length < EIGHT_BYTE_LENGTH) {
    buffer[at + 1] = 126;
    return buffer.writeUInt16BE(length, at + 2);
  }
  buffer[at + 1] = 127;
  return buffer.writeBigUInt64BE(BigInt(length), at + 2);
}
