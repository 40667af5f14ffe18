/** The texts of a server's frames, read by RFC 6455 anew. @throws where it is anything else */
export function textsIn(bytes: Buffer): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== 0b1000_0001) throw new Error(`Not the whole of a text: ${String(bytes[at])}`);
    const short = bytes.readUInt8(at + 1);
    if (short > 127) throw new Error('A server does not mask.');
    const [length, header] =
      short < 126
        ? [short, 2]
        : short === 126
          ? [bytes.readUInt16BE(at + 2), 4]
          : [Number(bytes.readBigUInt64BE(at + 2)), 10];
    if (short > 125 && length < 126) throw new Error('The length is written longer than it may be.');
    at += header;
    if (at + length > bytes.length) throw new Error('A frame is cut off.');
    texts.push(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(at, at + length)));
    at += length;
  }
  return texts;
}
