import { type Duplex } from 'node:stream';
import { type WebSocket } from 'ws';
import { type Push, type Sink } from './fan-out.js';
import { framesOf } from './frames.js';

/**
 * What may wait for a reader of pushes. More of it would only be older than what comes instead: what is not written yet
 * is the newest state whenever it is.
 */
const FULL_BYTES = 65_536;

/**
 * A websocket that is pushed to. ws writes to the same connection, each message in one go and whole; ours come between
 * them, without the work that it has with each.
 */
export class SocketSink implements Sink {
  constructor(
    private readonly socket: WebSocket,
    /** The connection that became the websocket. */
    private readonly connection: Duplex,
    private readonly isTooSlow: (socket: WebSocket) => boolean,
  ) {}

  get isFull(): boolean {
    return this.connection.writableNeedDrain && this.socket.bufferedAmount > FULL_BYTES;
  }

  whenRoom(goOn: () => void): void {
    this.connection.once('drain', goOn);
  }

  write(pushes: readonly Push[]): void {
    // A socket that closed meanwhile takes nothing and needs nothing: its streams are being ended.
    if (this.isTooSlow(this.socket) || this.socket.readyState !== this.socket.OPEN) return;
    this.connection.write(framesOf(pushes));
  }
}
