import { createLatest, type Latest, type NewsReader } from '../lib/latest.js';
import { type GraphError, type LimitError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { type OperationRef } from '../operation/ref.js';
import { type OperationState } from '../operation/state.js';
import { type Transition } from '../operation/snapshot.js';
import { printCursor, type Cursor, type Unknown } from './cursor.js';

export type ChangeReason = 'SNAPSHOT' | 'CHANGED' | 'RESET';

/** What a subscriber is told of one operation. Subscribers who stand at the same place are told the same object. */
export interface Change {
  readonly ref: OperationRef;
  readonly operation: Operation;
  /** Null in the first event of an operation. */
  readonly from: OperationState | null;
  readonly reason: ChangeReason;
  readonly observedAt: number;
  readonly checkedAt: number;
  readonly stamp: number;
  /** Up to this change, oldest first. */
  readonly history: readonly Transition[];
}

/** Why a stream tells no more of an operation. */
export interface Ending {
  readonly ref: OperationRef | null;
  readonly error: GraphError | LimitError;
}

export type StreamEvent = { readonly change: Change; readonly cursor: string } | { readonly ending: Ending };

/**
 * One subscription, as whoever serves its client sees it. Its events are read one of two ways: as an iterator that is
 * waited for, or with `read`, without a promise, after `listen` has told that there is something.
 */
export interface EventStream extends AsyncIterableIterator<StreamEvent> {
  /** The oldest of what was not read; undefined where there is nothing, or nothing more. */
  read(): Change | Ending | undefined;
  /** The place behind the change that was read last, to be asked for before anything else happens. */
  cursor(): string;
  /** Everything was read, or the client has left. */
  readonly isOver: boolean;
  /** Who is told when there is something to read. */
  listen(reader: StreamReader): void;
  next(): Promise<IteratorResult<StreamEvent, undefined>>;
  /** The client leaves. */
  return(): Promise<IteratorResult<StreamEvent, undefined>>;
}

export interface StreamReader extends NewsReader {
  /** A change that was not read yet was overtaken by a newer one. */
  wasOvertaken(): void;
}

/**
 * The same on the poll's side. It holds the newest unread change per operation, and ends when the last of its
 * operations has ended. The cursor is made when an event is read, because only then is it known what was told.
 */
export interface Stream extends EventStream {
  /** @param isPast whether it is part of what a client missed while it was away, and not the newest of it */
  tell(change: Change, isPast: boolean): void;
  /** The operation fails for this subscriber; the others go on. */
  fail(ending: Ending): void;
  /** No event comes after those that are held. */
  end(): void;
}

/** What is kept of a stream's client. */
export interface StreamClient {
  hasRead(change: Change): void;
  /** What it does not know now of the stream's operations up to this stamp. */
  unknown(stamp: number): Unknown;
  /** Runs once, when the client leaves or has read to the end. */
  onDone(): void;
}

export interface StreamOptions {
  readonly digest: string;
  /** Where the client says it stands; later events never go back behind it. */
  readonly after: Cursor | null;
  readonly client: StreamClient;
}

type Unread = Change | Ending;

export function createStream({ digest, after, client }: StreamOptions): Stream {
  return new ClientStream(digest, after?.digest === digest ? after.stamp : 0, client);
}

export function isEventStream(source: object): source is EventStream {
  return 'read' in source && 'listen' in source && 'cursor' in source;
}

export function isEnding(unread: Change | Ending): unread is Ending {
  return 'error' in unread;
}

/** A class, because there is one for each subscription. */
class ClientStream implements Stream {
  private readonly unread: Latest<string, Unread>;
  private reader: StreamReader | null = null;

  constructor(
    private readonly digest: string,
    private stamp: number,
    private readonly client: StreamClient,
  ) {
    this.unread = createLatest<string, Unread>(this);
  }

  // What happened while a client was away is bounded by what is held of it, and told one by one.
  tell(change: Change, isPast: boolean): void {
    this.unread.put(isPast ? `${change.ref.location} ${change.stamp}` : change.ref.location, change);
  }

  // A key of its own: the last state that was seen is still told, then why no other follows.
  fail(ending: Ending): void {
    this.unread.put(`ending ${ending.ref?.location ?? ''}`, ending);
  }

  end(): void {
    this.unread.end();
  }

  get isOver(): boolean {
    return this.unread.isOver;
  }

  listen(reader: StreamReader): void {
    this.reader = reader;
    this.unread.listen(reader);
  }

  read(): Unread | undefined {
    const unread = this.unread.read();
    if (unread !== undefined && !isEnding(unread)) this.note(unread);
    return unread;
  }

  cursor(): string {
    const { stamp, digest } = this;
    const { behind, untoldFrom, listedAt } = this.client.unknown(stamp);
    return printCursor({ stamp, digest, behind, untoldFrom, listedAt });
  }

  async next(): Promise<IteratorResult<StreamEvent, undefined>> {
    return this.eventOf(await this.unread.next());
  }

  async return(): Promise<IteratorResult<StreamEvent, undefined>> {
    return this.eventOf(await this.unread.return());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A reader that missed a state is told of the way from the last one it knows to the newest. */
  merge(missed: Unread, newer: Unread): Unread {
    this.reader?.wasOvertaken();
    if (isEnding(newer) || isEnding(missed)) return newer;
    const { from, reason } = missed;
    return { ...newer, from, reason };
  }

  onDone(): void {
    this.reader = null;
    this.client.onDone();
  }

  private note(change: Change): void {
    this.stamp = Math.max(this.stamp, change.stamp);
    this.client.hasRead(change);
  }

  private eventOf(result: IteratorResult<Unread, undefined>): IteratorResult<StreamEvent, undefined> {
    if (result.done === true) return result;
    const unread = result.value;
    if (isEnding(unread)) return { done: false, value: { ending: unread } };
    this.note(unread);
    return { done: false, value: { change: unread, cursor: this.cursor() } };
  }
}
