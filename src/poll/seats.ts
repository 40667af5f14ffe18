import { type Operation } from '../operation/operation.js';
import { type OperationRef } from '../operation/ref.js';
import { type Authority } from './authority.js';
import { closeGap, openGap, owe, type Gap } from './gaps.js';
import { type Change, type Ending, type Stream } from './stream.js';
import { type Seat } from './watch.js';
import { type Watches } from './watches.js';

/** The subscription that a seat is taken for. */
export interface SeatOwner {
  readonly authority: Authority;
  readonly stream: Stream;
  readonly newSince: number;
  filter(operation: Operation): boolean;
  finished(seat: StreamSeat): void;
}

/** A seat of a stream, and what its client does not know. A class, because there is one for each operation that is watched. */
export class StreamSeat implements Seat, Gap {
  place: Seat['place'] = null;
  position: number | null = null;
  last: Operation | null = null;
  knownUpTo: number | null | undefined = undefined;
  owed = 0;
  /** Nothing more will be told of the operation. */
  isOver = false;

  constructor(
    private readonly owner: SeatOwner,
    readonly ref: OperationRef,
    readonly resumeAfter: number | null,
    readonly firstReason: Seat['firstReason'],
  ) {
    openGap(this, resumeAfter);
  }

  get authority(): Authority {
    return this.owner.authority;
  }

  get newSince(): number {
    return this.owner.newSince;
  }

  filter(operation: Operation): boolean {
    return this.owner.filter(operation);
  }

  tell(change: Change, isPast: boolean): void {
    owe(this, change.stamp);
    this.owner.stream.tell(change, isPast);
  }

  fail(ending: Ending): void {
    this.owner.stream.fail(ending);
  }

  settle(): void {
    closeGap(this);
  }

  finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.owner.finished(this);
  }
}

/**
 * What a cursor with this stamp has to say of one operation: up to where its client knows it; undefined where that is
 * all. What the client has no right to hear of now counts as unknown from where it stands, whether anything happened to
 * it or not. So a cursor tells nothing of it either.
 */
export function knowledgeOf(
  seat: StreamSeat,
  stamp: number,
  watches: Pick<Watches, 'mayHear'>,
): number | null | undefined {
  const { knownUpTo, position } = seat;
  if (knownUpTo !== undefined) return knownUpTo;
  return position !== null && position < stamp && !watches.mayHear(seat) ? position : undefined;
}
