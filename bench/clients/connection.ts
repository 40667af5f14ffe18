import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { clientFrame, createFrameReader, OPCODES, type OnFrame } from './frames.js';

/** A websocket, read with as little work as can be: what the clients cost is not measured, but it takes time too. */
export interface Connection {
  readonly send: (text: string) => void;
  readonly close: () => void;
}

export interface ConnectionOptions {
  readonly url: URL;
  /** The port numbers of one address are not enough for many thousands of sockets. */
  readonly localAddress: string;
  /** A text message, as bytes. */
  readonly onText: (bytes: Buffer, start: number, end: number) => void;
  /** It ended, and was not closed from here. */
  readonly onLost: (why: string) => void;
}

const END_OF_HEAD = '\r\n\r\n';

export async function openConnection({ url, localAddress, onText, onLost }: ConnectionOptions): Promise<Connection> {
  const socket = connect({ host: url.hostname, port: Number(url.port), localAddress, noDelay: true });
  await once(socket, 'connect');
  const rest = await shakeHands(socket, url);

  let isClosing = false;
  const onFrame: OnFrame = (opcode, bytes, start, end) => {
    if (opcode === OPCODES.text) onText(bytes, start, end);
    else if (opcode === OPCODES.ping) socket.write(clientFrame(OPCODES.pong, bytes.toString('latin1', start, end)));
    else if (opcode === OPCODES.close && !isClosing) onLost(`closed: ${bytes.toString('utf8', start + 2, end)}`);
  };
  const read = createFrameReader(onFrame);
  socket.on('data', read);
  socket.on('error', (error) => onLost(error.message));
  socket.on('close', () => {
    if (!isClosing) onLost('the connection is gone');
  });
  if (rest.length > 0) read(rest);
  return {
    send: (text) => void socket.write(clientFrame(OPCODES.text, text)),
    close() {
      isClosing = true;
      socket.destroy();
    },
  };
}

/** @returns what came behind the answer */
async function shakeHands(socket: Socket, { host }: URL): Promise<Buffer> {
  socket.write(
    [
      'GET /graphql HTTP/1.1',
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
      'Sec-WebSocket-Protocol: graphql-transport-ws',
    ].join('\r\n') + END_OF_HEAD,
  );
  let head = Buffer.alloc(0);
  while (!head.includes(END_OF_HEAD)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    head = Buffer.concat([head, chunk]);
  }
  const end = head.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
  if (!head.subarray(0, end).includes(' 101 ')) throw new Error(`No websocket: ${head.toString()}`);
  return head.subarray(end);
}
