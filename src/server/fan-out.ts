import { type Clock } from '../lib/clock.js';
import { noTracing, type SpanAttributes, type Tracing } from '../lib/tracing.js';
import { isEnding, type EventStream, type StreamReader } from '../poll/stream.js';
import {
  createSelections,
  type Asked,
  type Payload,
  type Selection,
  type Selections,
  type SelectionsOptions,
} from './selections.js';

/** Something for the client of a stream: an event, or that none comes after it. */
export type Push =
  | { readonly key: string; readonly payload: Payload; readonly cursor: string }
  | { readonly key: string; readonly payload: null };

/** A connection, as events see it. */
export interface Sink {
  /** It has enough to do for now. */
  readonly isFull: boolean;
  /** Each event is to come with its cursor, also where its client did not ask for it. */
  readonly wantsCursors?: boolean;
  /** Calls once, when it is not full any more. */
  whenRoom(goOn: () => void): void;
  /** Takes what there is for its client, in this order and in one piece. */
  write(pushes: readonly Push[]): void;
}

/** All streams of one connection. */
export interface Outlet {
  /** Takes a stream over, to its end or until the client wants no more of it. @param key what the client calls it by */
  add(key: string, stream: EventStream, asked: Asked): PushedStream;
  /** The connection is gone. Its streams are their keepers' to leave. */
  close(): void;
}

export interface PushedStream {
  leave(): void;
}

/** Hears of the end of streams; the client has been told. */
export interface OutletOwner {
  hasEnded(key: string): void;
}

/**
 * Writes what is told to streams. Whatever happens in one turn of the event loop is written in the next, connection by
 * connection: all that there is for one goes in one piece, and what many asked for alike is executed once.
 */
export interface FanOut {
  open(sink: Sink, owner: OutletOwner): Outlet;
}

/** Plain numbers, counted since the start and looked at whenever somebody wants to know. */
export interface FanOutTally {
  /** Events written, to however many. */
  events: number;
  /** Turns in which something was written. */
  waves: number;
  /** Executions of a document for an event, shared or not. */
  payloads: number;
  /** Changes that a newer one overtook before they were read. */
  overtaken: number;
}

export interface FanOutOptions extends Omit<SelectionsOptions, 'count'> {
  readonly clock: Clock;
  readonly tally?: FanOutTally;
  readonly tracing?: Tracing;
}

/** After so long others have a turn: what is not written by then is written after them. */
const SLICE_MS = 10;
/** What is written in one piece at most; a single event may be more. */
const PIECE_BYTES = 65_536;
/**
 * What may wait for a reader of pushes. More of it would only be older than what comes instead: what is not written yet
 * is the newest state whenever it is.
 */
export const FULL_BYTES = 65_536;

export function createFanOutTally(): FanOutTally {
  return { events: 0, waves: 0, payloads: 0, overtaken: 0 };
}

export function createFanOut(options: FanOutOptions): FanOut {
  const { clock, tally = createFanOutTally(), tracing = noTracing } = options;
  const selections = createSelections({ ...options, count: () => (tally.payloads += 1) });
  return new Hub(selections, clock, tally, tracing);
}

class Hub implements FanOut {
  /** Connections that there is news for, and how far the wave has come with them. */
  private wave: StreamOutlet[] = [];
  private written = 0;
  /** What comes while a wave is written is the next one's. */
  private next: StreamOutlet[] = [];
  private isAwake = false;
  /** Ends the trace of the wave; whoever told first of something in it is its parent. */
  private traced: () => void = () => undefined;
  private traceNext: (work: () => void) => void = (work) => work();

  constructor(
    readonly selections: Selections,
    readonly clock: Clock,
    readonly tally: FanOutTally,
    readonly tracing: Tracing,
  ) {}

  open(sink: Sink, owner: OutletOwner): Outlet {
    return new StreamOutlet(this, sink, owner);
  }

  mark(outlet: StreamOutlet): void {
    if (this.next.length === 0) this.traceNext = this.tracing.here();
    this.next.push(outlet);
    if (this.isAwake) return;
    this.isAwake = true;
    setImmediate(this.turn);
  }

  private readonly turn = (): void => {
    if (this.written === this.wave.length) {
      this.wave = this.next;
      this.written = 0;
      this.next = [];
      this.tally.waves += 1;
      this.traced = this.traceWave();
    }
    const untilAt = this.clock.now() + SLICE_MS;
    do this.wave[this.written++]?.write(untilAt);
    while (this.written < this.wave.length && this.clock.now() < untilAt);
    if (this.written === this.wave.length) {
      this.selections.endWave();
      this.traced();
      this.wave = []; // else whoever has left, and their tokens, would be held until there is news for somebody
      this.written = 0;
    }
    this.isAwake = this.written < this.wave.length || this.next.length > 0;
    if (this.isAwake) setImmediate(this.turn);
  };

  private traceWave(): () => void {
    const { tracing, traceNext } = this;
    const startedAt = this.clock.now();
    const { events, payloads } = this.tally;
    const describe = (): SpanAttributes => ({
      'gateway.connections': this.wave.length,
      'gateway.events': this.tally.events - events,
      'gateway.payloads': this.tally.payloads - payloads,
    });
    return () => traceNext(() => tracing.past('fan-out', startedAt, describe));
  }
}

/** A class, because there is one for each connection. */
class StreamOutlet implements Outlet {
  /**
   * Streams that there is news in, from the first to the last. No array, which each connection would need anew for each
   * event, and which the garbage collector would copy while the others are written to.
   */
  private first: OutletStream | null = null;
  private last: OutletStream | null = null;
  private isMarked = false;
  private isClosed = false;

  constructor(
    readonly hub: Hub,
    private readonly sink: Sink,
    private readonly owner: OutletOwner,
  ) {}

  get wantsCursors(): boolean {
    return this.sink.wantsCursors === true;
  }

  add(key: string, stream: EventStream, asked: Asked): PushedStream {
    const added = new OutletStream(key, stream, this.hub.selections.take(asked), this);
    stream.listen(added);
    return added;
  }

  close(): void {
    this.isClosed = true;
    this.first = null;
    this.last = null;
  }

  hasNews(stream: OutletStream): void {
    if (this.isClosed) return;
    if (this.last === null) this.first = stream;
    else this.last.behind = stream;
    this.last = stream;
    this.mark(false); // whether it is full is seen when its turn comes, and its client is at hand
  }

  /** Writes what there is, as much as its client takes and time allows. */
  write(untilAt: number): void {
    this.isMarked = false;
    while (this.first !== null && !this.sink.isFull) {
      const isMore = this.writePiece(untilAt);
      if (isMore && this.hub.clock.now() >= untilAt) break;
    }
    if (this.first !== null) this.mark(this.sink.isFull);
  }

  /** @returns whether there is more */
  private writePiece(untilAt: number): boolean {
    const pushes: Push[] = [];
    let bytes = 0;
    while (this.first !== null && bytes < PIECE_BYTES) {
      const push = this.first.read();
      if (push === null) {
        this.dropFirst();
        continue;
      }
      pushes.push(push);
      if (push.payload === null) this.owner.hasEnded(push.key);
      else bytes += push.payload.bytes;
      // Most have one event, and after each connection the time is looked at anyway.
      if (pushes.length > 1 && this.hub.clock.now() >= untilAt) break;
    }
    if (pushes.length > 0) this.sink.write(pushes);
    return this.first !== null;
  }

  /** There is no more news in the first stream. */
  private dropFirst(): void {
    const { first } = this;
    if (first === null) return; // the connection was closed meanwhile
    this.first = first.behind;
    first.behind = null;
    if (this.first === null) this.last = null;
  }

  private mark(isFull: boolean): void {
    if (this.isMarked || this.isClosed) return;
    this.isMarked = true;
    if (isFull) this.sink.whenRoom(() => this.hub.mark(this));
    else this.hub.mark(this);
  }
}

/** A class, because there is one for each subscription. */
class OutletStream implements PushedStream, StreamReader {
  /** It is among its outlet's news, or will be when what it waits for is written. */
  private isMarked = false;
  private isOver = false;
  /** The next one among its outlet's news. */
  behind: OutletStream | null = null;
  /** An event that took a promise to write; what comes behind it waits. */
  private late: Push | null = null;
  private isWaiting = false;

  constructor(
    private readonly key: string,
    private readonly stream: EventStream,
    private readonly selection: Selection,
    private readonly outlet: StreamOutlet,
  ) {}

  hasNews(): void {
    if (this.isMarked || this.isOver) return;
    this.isMarked = true;
    this.outlet.hasNews(this);
  }

  wasOvertaken(): void {
    this.outlet.hub.tally.overtaken += 1;
  }

  leave(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.outlet.hub.selections.giveBack(this.selection);
    void this.stream.return();
  }

  /** The next of what there is; null where that was all. */
  read(): Push | null {
    if (this.isOver || this.isWaiting) return null;
    const push = this.late ?? this.readNext();
    this.late = null;
    if (push === null) {
      this.isMarked = this.isWaiting;
      return null;
    }
    if (push.payload !== null) this.outlet.hub.tally.events += 1;
    return push;
  }

  private readNext(): Push | null {
    const { key, stream, selection } = this;
    const { wantsCursors, hub } = this.outlet;
    const { selections } = hub;
    const event = stream.read();
    if (event === undefined) {
      if (!stream.isOver) return null;
      this.leave();
      return { key, payload: null };
    }
    if (isEnding(event)) return this.awaited(selections.writeAlone(selection, { ending: event }));
    const payload = selections.write(selection, event);
    if (payload === null) {
      const cursor = stream.cursor();
      return this.awaited(selections.writeAlone(selection, { change: event, cursor }), wantsCursors ? cursor : '');
    }
    return { key, payload, cursor: wantsCursors || payload.pieces.length > 1 ? stream.cursor() : '' };
  }

  private awaited(payload: Payload | Promise<Payload>, cursor = ''): Push | null {
    const { key } = this;
    if (!(payload instanceof Promise)) return { key, payload, cursor };
    this.isWaiting = true;
    void payload.then((written) => {
      this.isWaiting = false;
      this.isMarked = false;
      this.late = { key, payload: written, cursor };
      this.hasNews();
    });
    return null;
  }
}
