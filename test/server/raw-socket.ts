import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { heard, secretIn } from '../support/secrets.js';

/** A message of graphql-transport-ws, as it came. */
export interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A websocket that sends whatever it is told to, and knows nothing of protocols. */
export interface RawSocket {
  /** An object goes as JSON; a text or bytes as they are. */
  send(message: object | string | Buffer): void;
  /** The next message that was not taken yet. Rejects when the socket closes instead. */
  next(): Promise<Message>;
  /** How the gateway closed it, or how it ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  close(): void;
  /** Cuts the connection without a word. */
  drop(): void;
  /** Whether pings are answered; they are unless told. */
  readonly socket: WebSocket;
}

export interface OpenOptions {
  readonly path?: string;
  readonly protocol?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly autoPong?: boolean;
}

/** @param url the gateway's, `http://…` */
export async function openSocket(url: string, options: OpenOptions = {}): Promise<RawSocket> {
  const raw = wrap(connect(url, options));
  await once(raw.socket, 'open');
  return raw;
}

/** A socket that was acknowledged, so that it may subscribe. */
export async function openReady(url: string, payload?: object, options: OpenOptions = {}): Promise<RawSocket> {
  const raw = await openSocket(url, options);
  secretIn((payload as { authorization?: unknown } | undefined)?.authorization);
  raw.send({ type: 'connection_init', ...(payload !== undefined && { payload }) });
  const { type } = await raw.next();
  if (type !== 'connection_ack') throw new Error(`Expected connection_ack, got ${type}.`);
  return raw;
}

/** The answer to an upgrade that the gateway does not make. */
export async function refusalOf(url: string, options: OpenOptions = {}): Promise<{ status: number; body: unknown }> {
  const socket = connect(url, options);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  const body = await text(response);
  socket.on('error', () => undefined); // ws calls leaving before the handshake an error
  socket.terminate();
  return { status: response.statusCode ?? 0, body: JSON.parse(body) };
}

function connect(url: string, { path = '/graphql', protocol, headers, autoPong = true }: OpenOptions): WebSocket {
  secretIn(headers?.['authorization']);
  return new WebSocket(new URL(path, url.replace('http', 'ws')), protocol ?? 'graphql-transport-ws', {
    ...(headers !== undefined && { headers }),
    autoPong,
  });
}

function wrap(socket: WebSocket): RawSocket {
  const unread: Message[] = [];
  const waiting: { resolve: (message: Message) => void; reject: (error: Error) => void }[] = [];
  socket.on('message', (data: Buffer) => {
    heard('message', data.toString());
    const message = JSON.parse(data.toString()) as Message;
    const first = waiting.shift();
    if (first === undefined) unread.push(message);
    else first.resolve(message);
  });
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => {
    const how = { code: Number(code), reason: String(reason) };
    heard('close', how.reason);
    for (const { reject } of waiting.splice(0)) reject(new Error(`Closed with ${how.code} ${how.reason}`));
    return how;
  });
  return {
    socket,
    closed,
    send: (message) => {
      socket.send(typeof message === 'string' || message instanceof Buffer ? message : JSON.stringify(message));
    },
    next: () =>
      new Promise((resolve, reject) => {
        const first = unread.shift();
        if (first !== undefined) resolve(first);
        else if (socket.readyState === socket.OPEN) waiting.push({ resolve, reject });
        else reject(new Error('The socket is closed.'));
      }),
    close: () => socket.close(),
    drop: () => socket.terminate(),
  };
}
