import { type OperationRef } from '../operation/ref.js';
import { type Authority } from './authority.js';
import { knownUpTo, NOTHING_UNKNOWN, type Cursor, type Unknown } from './cursor.js';
import { noteRead } from './gaps.js';
import { type TakenPlaces } from './places.js';
import { knowledgeOf, StreamSeat, type SeatOwner } from './seats.js';
import { createStream, type Change, type Stream, type StreamClient } from './stream.js';
import { type Watches } from './watches.js';

export interface RefsSubscriptionOptions {
  readonly watches: Watches;
  readonly authority: Authority;
  /** Each once, in the order of their locations; at least one. */
  readonly refs: readonly OperationRef[];
  readonly digest: string;
  readonly after: Cursor | null;
  readonly taken: TakenPlaces;
  readonly onDone: (subscription: RefsSubscription) => void;
}

/** The seats of a subscription that names its operations. A class, because there may be a hundred thousand. */
export class RefsSubscription implements SeatOwner, StreamClient {
  readonly authority: Authority;
  readonly stream: Stream;
  readonly newSince = Infinity;
  private readonly watches: Watches;
  private readonly taken: TakenPlaces;
  private readonly seats: readonly StreamSeat[];
  private readonly stopListening: () => void;
  private readonly done: (subscription: RefsSubscription) => void;
  /** Operations that have not ended. */
  private left: number;

  constructor({ watches, authority, refs, digest, after, taken, onDone }: RefsSubscriptionOptions) {
    this.authority = authority;
    this.watches = watches;
    this.taken = taken;
    this.done = onDone;
    this.left = refs.length;
    this.stream = createStream({ digest, after, client: this });
    this.seats = refs.map((ref, at) => new StreamSeat(this, ref, knownUpTo(after, digest, String(at)), 'SNAPSHOT'));
    this.stopListening = authority.onChange(() => this.followCaller());
  }

  sit(): void {
    for (const seat of this.seats) this.watches.sit(seat, null);
  }

  filter(): boolean {
    return true;
  }

  finished(): void {
    this.left -= 1;
    if (this.left === 0) this.stream.end();
  }

  hasRead({ ref, stamp }: Change): void {
    const seat = this.seatOf(ref.location);
    if (seat !== undefined) noteRead(seat, stamp);
  }

  unknown(stamp: number): Unknown {
    let behind: Map<string, number | null> | null = null;
    let at = 0;
    for (const seat of this.seats) {
      const upTo = knowledgeOf(seat, stamp, this.watches);
      if (upTo !== undefined) (behind ??= new Map<string, number | null>()).set(String(at), upTo);
      at += 1;
    }
    return behind === null ? NOTHING_UNKNOWN : { ...NOTHING_UNKNOWN, behind };
  }

  onDone(): void {
    this.done(this);
    this.stopListening();
    this.taken.giveAll();
    for (const seat of this.seats) this.watches.leave(seat);
  }

  private followCaller(): void {
    this.taken.follow(this.authority.caller.subject);
    for (const seat of this.seats) this.watches.move(seat);
  }

  private seatOf(location: string): StreamSeat | undefined {
    let [low, high] = [0, this.seats.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.seats[middle]?.ref.location ?? '') < location) low = middle + 1;
      else high = middle;
    }
    const seat = this.seats[low];
    return seat?.ref.location === location ? seat : undefined;
  }
}
