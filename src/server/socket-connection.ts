import { CloseCode, MessageType } from 'graphql-ws';
import { type Duplex } from 'node:stream';
import { type WebSocket } from 'ws';
import { type Log } from '../lib/log.js';
import { type TokenBucket } from '../lib/token-bucket.js';
import { FULL_BYTES, type Outlet, type OutletOwner, type Push, type Sink } from './fan-out.js';
import { writeFrames } from './frames.js';
import { type Connection, type Protocol } from './graphql-protocol.js';
import { readMessage, type ClientMessage } from './messages.js';
import { type Running } from './running.js';
import { type ExpiryNotice, type Session } from './session.js';
import { Turns } from './turns.js';

/** A message as ws has read it. */
export interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** What all connections have in common. */
export interface Surroundings {
  readonly protocol: Protocol;
  readonly log: Log;
  /** Says why, and cuts the connection of a client that does not answer. */
  readonly hangUp: (socket: WebSocket, code: number, reason: string) => void;
  /** Hangs up where more waits for the client than may. @returns whether it did */
  readonly hangUpOnSlow: (socket: WebSocket) => boolean;
}

const NORMAL = 1000;
/** Until graphql-ws has said what it knows to run. */
const NOTHING_RUNS: Readonly<Record<string, never>> = {};

/**
 * One websocket, as graphql-ws talks to it and as streams are written to it. A class, because most of the memory of a
 * process is what is kept of each of its sockets: all that is common to them is elsewhere.
 */
export class SocketConnection implements Connection, OutletOwner, Sink {
  session: Session | null = null;
  isOpen = true;
  /** Whether it has answered since the last ping. */
  isAnswering = true;
  operations: Record<string, unknown> = NOTHING_RUNS;
  readonly running = new Map<string, Running>();
  readonly outlet: Outlet;
  readonly bucket: TokenBucket;
  readonly protocol: string;
  private readonly turns: Turns<Frame>;
  private hear: ((message: ClientMessage) => Promise<void>) | null = null;
  private readonly tellClosed: (code: number, reason: string) => Promise<void>;

  constructor(
    private readonly surroundings: Surroundings,
    readonly socket: WebSocket,
    /** The connection that became the websocket. */
    private readonly stream: Duplex,
    public authorization: string | undefined,
    public greeted: () => void,
  ) {
    const { protocol } = surroundings;
    this.protocol = socket.protocol;
    this.outlet = protocol.openOutlet(this, this);
    this.bucket = protocol.newBucket();
    this.turns = new Turns(socket, this);
    this.tellClosed = protocol.opened(this, this);
  }

  /** Resolves when the bytes are on their way, so that a slow reader is not written to faster than it reads. */
  send(data: string): Promise<void> {
    return new Promise((resolve) => {
      this.surroundings.hangUpOnSlow(this.socket);
      // A socket that closed meanwhile takes nothing and needs nothing: its streams are being ended.
      if (this.socket.readyState === this.socket.OPEN) this.socket.send(data, () => resolve());
      else resolve();
    });
  }

  close(code: number = NORMAL, reason = ''): void {
    this.surroundings.hangUp(this.socket, code, reason);
  }

  onPing(payload: unknown): Promise<void> {
    return this.surroundings.protocol.hearPing(this, payload);
  }

  onMessage(hearText: (message: never) => Promise<void>): void {
    // What was parsed already is taken as it is. It would hold a text for as long as what that asks for runs.
    this.hear = hearText as (message: ClientMessage) => Promise<void>;
  }

  say(message: object): void {
    void this.send(JSON.stringify(message));
  }

  warn(notice: ExpiryNotice): void {
    this.say({ type: 'ping', payload: notice });
  }

  expire(): void {
    this.close(CloseCode.Forbidden, 'The token has ended: come back with another one');
  }

  hasAnotherCaller(): void {
    this.surroundings.protocol.followCaller(this);
  }

  hasEnded(key: string): void {
    this.surroundings.protocol.ended(this, key);
  }

  /** Something has come from the client. */
  receive(frame: Frame): void {
    this.turns.bring(frame);
  }

  take({ data, isBinary }: Frame): void {
    if (this.socket.readyState !== this.socket.OPEN) return; // it has been told why nobody listens any more
    if (isBinary) {
      this.close(CloseCode.BadRequest, 'Messages are text');
      return;
    }
    // It writes and does not read: whatever it is told would only pile up here.
    if (this.surroundings.hangUpOnSlow(this.socket)) return;
    const message = readMessage(data.toString());
    if (message === null) {
      this.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    // graphql-ws ends the stream, and has no word for the queries that are still being answered, nor for the room that
    // is free at once.
    if (message.type === MessageType.Complete && typeof message.id === 'string') {
      this.surroundings.protocol.leave(this, message.id);
    }
    this.hear?.(message).catch((error: unknown) => {
      this.surroundings.log.error({ err: error }, 'websocket message failed');
      this.close(CloseCode.InternalServerError, 'Internal error');
    });
  }

  /** The socket is gone. */
  hasClosed(code: number, reason: string): void {
    const { protocol, log } = this.surroundings;
    protocol.closed(this);
    log.debug({ code }, 'websocket closed');
    this.tellClosed(code, reason).catch((error: unknown) => log.error({ err: error }, 'websocket close failed'));
  }

  get isFull(): boolean {
    return this.stream.writableNeedDrain && this.socket.bufferedAmount > FULL_BYTES;
  }

  whenRoom(goOn: () => void): void {
    this.stream.once('drain', goOn);
  }

  /**
   * ws writes to the same connection, each message whole and at once; pushes come between them, without the work that it
   * has with each.
   */
  write(pushes: readonly Push[]): void {
    if (this.surroundings.hangUpOnSlow(this.socket) || this.socket.readyState !== this.socket.OPEN) return;
    writeFrames(pushes, this.stream);
  }
}
