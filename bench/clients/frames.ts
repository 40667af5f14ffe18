/** Frames of RFC 6455, as little of them as a client of loopback servers needs: no fragments, no extensions. */

export const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** @param start and end of its payload in `bytes` */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Finds the frames in what comes over one connection, however it was cut, without copying those that came whole.
 * @returns takes the next bytes
 */
export function createFrameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest: Buffer | null = null;
  return (chunk) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (;;) {
      const start = at + headerLength(bytes, at);
      const end = start <= bytes.length ? start + payloadLength(bytes, at) : Infinity;
      if (end > bytes.length) break;
      onFrame((bytes[at] ?? 0) & 0x0f, bytes, start, end);
      at = end;
    }
    rest = at === bytes.length ? null : bytes.subarray(at);
  };
}

/** Clients must mask. The mask of zeros is one too, and leaves the bytes as they are. */
export function clientFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length > 0xffff) throw new Error('So long a message is never sent here.');
  const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), payload]);
}

function headerLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (at + 2 > bytes.length) return Infinity;
  return short === 127 ? 10 : short === 126 ? 4 : 2;
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (short === 127) return Number(bytes.readBigUInt64BE(at + 2));
  return short === 126 ? bytes.readUInt16BE(at + 2) : short;
}
