import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { openConnection } from '../../bench/clients/connection.js';
import { createFrameReader, OPCODES } from '../../bench/clients/frames.js';

/** As a server writes it: nothing is masked. */
function serverFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = length < 126 ? [length] : length < 65_536 ? [126, length >> 8, length & 0xff] : null;
  if (head !== null) return Buffer.concat([Buffer.from([0x80 | OPCODES.text, ...head]), payload]);
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.from([0x80 | OPCODES.text, 127]), long, payload]);
}

describe('the frame reader of the bench', () => {
  const texts = ['', 'short', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(70_000), '{"id":"s-1"}'];
  const bytes = Buffer.concat(texts.map(serverFrame));
  /** What is inside of the long one comes at once, where pieces are small: byte by byte it would be copied 70,000 times. */
  const inside = { from: bytes.indexOf('z') + 500, to: bytes.lastIndexOf('z') - 500 };
  const endOf = (at: number, size: number): number =>
    size < 500 && inside.from <= at && at < inside.to ? inside.to : at + size;

  it.each([1, 2, 3, 7, 1_000, 65_536, bytes.length])('finds every message in pieces of %i bytes', (size) => {
    const read: string[] = [];
    const take = createFrameReader((_opcode, from, start, end) => read.push(from.toString('utf8', start, end)));
    for (let at = 0; at < bytes.length; at = endOf(at, size)) take(bytes.subarray(at, endOf(at, size)));

    expect(read).toEqual(texts);
  });
});

describe('a websocket of the bench', () => {
  it('is one to the ws library: it is heard, hears, and answers a ping', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const opened = once(server, 'connection') as Promise<[WebSocket]>;
    const lost: string[] = [];
    let tellHeard: (text: string) => void = () => undefined;
    const heard = new Promise<string>((resolve) => (tellHeard = resolve));
    const connection = await openConnection({
      url: new URL(`http://127.0.0.1:${port}`),
      localAddress: '127.0.0.1',
      onText: (bytes, start, end) => tellHeard(bytes.toString('utf8', start, end)),
      onLost: (why) => void lost.push(why),
    });
    const [socket] = await opened;

    const said = once(socket, 'message') as Promise<[Buffer]>;
    connection.send('é'.repeat(100));
    expect(String((await said)[0])).toBe('é'.repeat(100));

    const answered = once(socket, 'pong') as Promise<[Buffer]>;
    socket.ping('there?');
    expect(String((await answered)[0])).toBe('there?');

    socket.send('a change');
    expect(await heard).toBe('a change');

    const closed = once(socket, 'close');
    connection.close();
    await closed;
    server.close();
    expect(lost).toEqual([]);
  });

  it('tells when the server hangs up, so that a lost socket cannot pass for a quiet one', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const opened = once(server, 'connection') as Promise<[WebSocket]>;
    let tellLost: (why: string) => void = () => undefined;
    const lost = new Promise<string>((resolve) => (tellLost = resolve));
    const connection = await openConnection({
      url: new URL(`http://127.0.0.1:${port}`),
      localAddress: '127.0.0.1',
      onText: () => undefined,
      onLost: tellLost,
    });
    const [socket] = await opened;

    socket.close(4_500, 'no more');
    expect(await lost).toBe('closed: no more');
    connection.close();
    server.close();
  });
});
