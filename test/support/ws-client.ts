import { WebSocket } from 'ws';
import { heard, secretIn } from './secrets.js';

/** A message of the protocol `graphql-transport-ws`, as it came over the wire. */
export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** How a socket ended. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

/** A websocket and nothing more: what a client of another make, or of another language, would see of the gateway. */
export interface RawSocket {
  send(message: SocketMessage): void;
  /** The next message that was not taken yet, of this type and of this id where they are given. Rejects when the socket ends. */
  next(type?: string, id?: string): Promise<SocketMessage>;
  /** What has come and was not taken. */
  unread(): readonly SocketMessage[];
  readonly closed: Promise<Closing>;
  close(code?: number, reason?: string): void;
  /** Cuts the connection without a word, as a laptop's lid does. */
  terminate(): void;
}

interface Waiting {
  readonly isWanted: (message: SocketMessage) => boolean;
  readonly resolve: (message: SocketMessage) => void;
  readonly reject: (error: Error) => void;
}

/** Resolves when the socket is open; nothing has been sent on it. Rejects when the upgrade is refused. */
export async function openSocket(url: string, headers: Record<string, string> = {}): Promise<RawSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws', { headers });
  secretIn(headers['authorization']);
  const unread: SocketMessage[] = [];
  const waiting = new Set<Waiting>();

  socket.on('message', (data: Buffer) => {
    heard('message', data.toString());
    const message = JSON.parse(data.toString()) as SocketMessage;
    const first = [...waiting].find(({ isWanted }) => isWanted(message));
    if (first === undefined) unread.push(message);
    else {
      waiting.delete(first);
      first.resolve(message);
    }
  });
  const closed = new Promise<Closing>((resolve) => {
    socket.once('close', (code, reason) => {
      heard('close', reason.toString());
      const closing = { code, reason: reason.toString() };
      for (const { reject } of waiting) reject(new Error(`The socket closed: ${JSON.stringify(closing)}`));
      waiting.clear();
      resolve(closing);
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined); // a connection that is cut; how it ended is told by `closed`

  return {
    send(message) {
      secretIn((message.payload as { authorization?: unknown } | undefined)?.authorization);
      socket.send(JSON.stringify(message));
    },
    next(type, id) {
      const isWanted = (message: SocketMessage): boolean =>
        (type === undefined || message.type === type) && (id === undefined || message.id === id);
      const at = unread.findIndex(isWanted);
      const [held] = at === -1 ? [] : unread.splice(at, 1);
      if (held !== undefined) return Promise.resolve(held);
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(new Error('The socket is not open.'));
      return new Promise((resolve, reject) => waiting.add({ isWanted, resolve, reject }));
    },
    unread: () => [...unread],
    closed,
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
