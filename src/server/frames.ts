import { type Push } from './fan-out.js';
import { payloadBytes, writePayload } from './payload-bytes.js';

/** RFC 6455: the last fragment of a text, which is all of it. */
const FINAL_TEXT = 0x81;
/** Lengths from here on are written in two bytes, and from there on in eight. */
const TWO_BYTE_LENGTH = 126;
const EIGHT_BYTE_LENGTH = 65_536;

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

const CLOSING_BRACE = 0x7d;

/** What comes before the payload; the id is whatever a client chose. */
function headOf({ key, payload }: Push): string {
  const id = JSON.stringify(key);
  return payload === null ? `{"id":${id},"type":"complete"}` : `{"id":${id},"type":"next","payload":`;
}

/** Of what comes behind the head. */
function lengthOf(push: Push): number {
  return push.payload === null ? 0 : payloadBytes(push) + 1;
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
