import { type Operation } from '../operation/operation.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Held } from '../operation/snapshot.js';
import { type Authority } from './authority.js';
import { knownUpTo, type Cursor, type Unknown } from './cursor.js';
import { noteRead } from './gaps.js';
import { type ListReader } from './host-group.js';
import { type TakenPlaces } from './places.js';
import { knowledgeOf, StreamSeat, type SeatOwner } from './seats.js';
import { createStream, type Change, type Ending, type Stream, type StreamClient } from './stream.js';
import { type Watches } from './watches.js';

export interface HostSubscriptionOptions {
  readonly watches: Watches;
  readonly authority: Authority;
  readonly host: OperationHost;
  readonly filter: (operation: Operation) => boolean;
  readonly digest: string;
  readonly after: Cursor | null;
  readonly taken: TakenPlaces;
  readonly onDone: (subscription: HostSubscription) => void;
}

/** The seats of a subscription to a whole host: as many as its list has shown. */
export class HostSubscription implements SeatOwner, StreamClient, ListReader {
  readonly authority: Authority;
  readonly stream: Stream;
  readonly newSince: number;
  readonly entered = new Set<string>();
  readonly filter: (operation: Operation) => boolean;
  /** By location; one that is over stays until its client has read of it. */
  private readonly seats = new Map<string, StreamSeat>();
  private readonly options: Omit<HostSubscriptionOptions, 'after'>;
  private readonly stopListening: () => void;
  private leaveList: () => void = () => undefined;
  /** Where the client says it stood; null where it does not, and when the first list was told. */
  private after: Cursor | null;
  /** The last location that anything was told of; the first events come in the order of locations. */
  private lastTold = '';
  private enteredAt: number | null = null;
  private isFirstList = true;

  constructor({ after, ...options }: HostSubscriptionOptions) {
    const { authority, digest, filter } = options;
    this.options = options;
    this.authority = authority;
    this.filter = filter;
    this.after = after;
    this.newSince = endOfMoment(after?.listedAt ?? Infinity);
    this.stream = createStream({ digest, after, client: this });
    this.stopListening = authority.onChange(() => this.followCaller());
  }

  join(): void {
    this.leaveList = this.options.watches.joinList(this.options.host, this);
  }

  enter(refs: readonly OperationRef[], listedAt: number, shown: ReadonlyMap<string, Held> | null): void {
    const { taken, watches } = this.options;
    this.enteredAt = listedAt;
    const entering = refs.map((ref) => this.seatOf(ref));
    this.isFirstList = false;
    this.after = null;
    for (const seat of entering) this.seats.set(seat.ref.location, seat);
    for (const seat of entering) {
      const refusal = taken.take(1);
      if (refusal !== null) {
        this.fail({ ref: null, error: refusal });
        return;
      }
      const held = shown?.get(seat.ref.location);
      watches.sit(seat, held === undefined ? null : { held, readAt: listedAt });
    }
  }

  fail(ending: Ending): void {
    this.stream.fail(ending);
    this.stream.end();
  }

  finished(seat: StreamSeat): void {
    this.options.taken.give();
    this.forgetIfOver(seat);
  }

  hasRead({ ref, stamp }: Change): void {
    if (ref.location > this.lastTold) this.lastTold = ref.location;
    const seat = this.seats.get(ref.location);
    if (seat === undefined) return;
    noteRead(seat, stamp);
    this.forgetIfOver(seat);
  }

  unknown(stamp: number): Unknown {
    const behind = new Map<string, number | null>();
    let untoldFrom: string | null = null;
    for (const [location, seat] of this.seats) {
      const upTo = knowledgeOf(seat, stamp, this.options.watches);
      if (upTo === undefined) continue;
      if (upTo !== null || location <= this.lastTold) behind.set(location, upTo);
      else if (untoldFrom === null || location < untoldFrom) untoldFrom = location;
    }
    return { behind, untoldFrom, listedAt: this.enteredAt };
  }

  onDone(): void {
    this.options.onDone(this);
    this.stopListening();
    this.leaveList();
    this.options.taken.giveAll();
    for (const seat of this.seats.values()) this.options.watches.leave(seat);
  }

  private seatOf(ref: OperationRef): StreamSeat {
    const resumeAfter = this.isFirstList ? knownUpTo(this.after, this.options.digest, ref.location) : null;
    if (resumeAfter !== null && ref.location > this.lastTold) this.lastTold = ref.location;
    return new StreamSeat(this, ref, resumeAfter, this.isFirstList ? 'SNAPSHOT' : 'CHANGED');
  }

  private forgetIfOver(seat: StreamSeat): void {
    if (seat.isOver && seat.knownUpTo === undefined) this.seats.delete(seat.ref.location);
  }

  private followCaller(): void {
    this.options.taken.follow(this.authority.caller.subject);
    this.leaveList();
    this.join();
    for (const seat of [...this.seats.values()]) this.options.watches.move(seat);
  }
}

/** The first stamp that nothing has which was first seen in this millisecond, or in one before. */
function endOfMoment(at: number): number {
  return (at + 1) * 1_000;
}
