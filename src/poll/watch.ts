import { type GraphError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Authority } from './authority.js';
import { standsAlike, type Held, type Transition } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { type Change, type ChangeReason, type Ending } from './stream.js';

/**
 * One operation that somebody watches: the one poll that all its subscribers share. In it they stand by scope, because
 * what is held is told only to a scope that has proved its right to it.
 */
export interface Watch {
  readonly ref: OperationRef;
  readonly stands: Map<Scope, Stand>;
  /** What is held of the operation, as this process last heard. */
  held: Held | null;
  /** Whether another process made the last check. That one goes on with it; this one stands by. */
  isKeptElsewhere: boolean;
}

/** The subscribers of one scope. */
export interface Stand {
  readonly watch: Watch;
  /** With whose token it reads: of its subscribers, the one whose token lasts longest. */
  caller: Caller;
  readonly since: number;
  readonly seats: Set<Seat>;
  /** What its seats were told of last, but for those that are behind. */
  toldOf: Held | null;
  /** Seats that wait for their first event, or whose caller hears nothing for now. */
  readonly behind: Set<Seat>;
  /** When this scope last read the operation itself, epoch ms; null where it never did. */
  readAt: number | null;
  /** The same while that read proves its right; null where it was withdrawn. */
  provedAt: number | null;
  /** Reads that were answered before this prove nothing, epoch ms. */
  deniedSince: number;
  /** Why Graph refuses its token: nothing is read until a subscriber brings another one. Null while it does not. */
  suspended: GraphError | null;
  /** Credentials that Graph has refused, and that are not shown to it again. */
  readonly refused: Set<string>;
  /** Whether a seat waits for its first event. */
  isAwaited: boolean;
  /** A check with this scope's token is under way. */
  checking: boolean;
  /** No check with it before this, because another process is at it; epoch ms. */
  notBefore: number;
  /** Since when nobody of this scope is left, epoch ms; null while somebody is. */
  emptySince: number | null;
  /** Null where somebody of this process watches, or has just left. */
  readonly along: Along | null;
}

/**
 * Nobody of the scope watches the operation in this process, but in another one, while it watches something else of the
 * host in this one. It is checked along with that: so each process polls for the scope as if it were the only one, and
 * what they share costs what one of them would.
 */
export interface Along {
  readonly company: Company;
  /** The other process has to say so again before this, epoch ms; else it is gone. */
  until: number;
}

/** All that goes along with what one scope watches of one host. */
export interface Company {
  /** With this one's token they are read. */
  leader: Stand;
  readonly stands: Set<Stand>;
}

/** One subscriber's place in one operation. */
export interface Seat {
  readonly ref: OperationRef;
  /** On whose right; who that is may change while it sits. */
  readonly authority: Authority;
  /** Where it sits, and as whom; null before, and when it is over. */
  place: { readonly stand: Stand; readonly caller: Caller } | null;
  /** @param isPast whether a newer change follows at once; a reader is told of each and misses none */
  tell(change: Change, isPast: boolean): void;
  fail(ending: Ending): void;
  /** The operation has ended, or was not asked for: nothing more will be told of it. */
  finish(): void;
  /** An operation that was told once is told to its end, whatever the filter says of it later. */
  filter(operation: Operation): boolean;
  /** Where the client says it stood: it knows everything up to this stamp. Null when it knows nothing. */
  readonly resumeAfter: number | null;
  /** What this gateway first saw after this stamp was on no list that the client was told of. */
  readonly newSince: number;
  /** The client needs no first event: it knows what is held, or it did not ask for it. */
  settle(): void;
  /** Why the first event comes. */
  readonly firstReason: Exclude<ChangeReason, 'RESET'>;
  /** Everything up to this stamp was told or left out; null before the first event. */
  position: number | null;
  /** The operation as it was told last; null before, and where it never passed the filter. */
  last: Operation | null;
}

export function newStand(watch: Watch, caller: Caller, since: number): Stand {
  return {
    watch,
    caller,
    since,
    seats: new Set(),
    toldOf: null,
    behind: new Set(),
    readAt: null,
    provedAt: null,
    deniedSince: 0,
    suspended: null,
    refused: new Set(),
    isAwaited: true,
    checking: false,
    notBefore: 0,
    emptySince: null,
    along: null,
  };
}

/** When nobody is left whom the stand is for, here or elsewhere, epoch ms; Infinity while somebody is. */
export function forsakenAt({ emptySince, along }: Stand, { lingerMs }: { readonly lingerMs: number }): number {
  return Math.min((emptySince ?? Infinity) + lingerMs, along?.until ?? Infinity);
}

/** Whether Graph takes the token no more that the seat was taken with. */
export function hasRefusedToken({ place }: Seat): boolean {
  return place !== null && place.stand.refused.size > 0 && place.stand.refused.has(place.caller.credential);
}

/** The newer of two views of one operation: what a bus tells may overtake what a read returns. */
export function newer(a: Held | null, b: Held): Held {
  if (a === null) return b;
  const [stampA, stampB] = [a.transitions.at(-1)?.stamp ?? 0, b.transitions.at(-1)?.stamp ?? 0];
  if (stampA !== stampB) return stampA > stampB ? a : b;
  return a.snapshot.checkedAt >= b.snapshot.checkedAt ? a : b;
}

/**
 * Brings one seat up to what is held: the state now for the first event, then each transition behind the seat's place.
 * Telling twice tells nothing new, so it may be called whenever something might have changed.
 *
 * @param isFresh whether what is held is young enough to be called the state now
 * @returns whether the seat is finished
 */
export function catchUp(seat: Seat, held: Held, isFresh: boolean): boolean {
  const last = held.transitions.at(-1);
  if (last === undefined) return false;
  const isCatchingUp = seat.position === null;
  if (seat.position === null) {
    const resumed = seat.resumeAfter === null ? null : resume(seat, held, seat.resumeAfter);
    if (resumed === null) {
      if (!isFresh) return false;
      const reason = seat.resumeAfter === null ? seat.firstReason : 'RESET';
      if (seat.filter(held.snapshot.operation)) tell(seat, firstChange(seat.ref, held, last, reason));
      else seat.settle();
      seat.position = last.stamp;
    } else {
      seat.position = resumed.position;
      seat.last = resumed.last;
      seat.settle();
    }
  }
  for (const transition of held.transitions) {
    if (transition.stamp <= seat.position) continue;
    seat.position = transition.stamp;
    // Histories of two processes that were put together may hold one change twice, a moment apart.
    if (seat.last !== null && standsAlike(transition.operation, seat.last)) continue;
    const isPast = isCatchingUp && transition !== last;
    if (seat.last !== null) tell(seat, sharedChange(seat.ref, held, transition), isPast);
    else if (seat.filter(transition.operation)) {
      tell(seat, changeOf(seat.ref, held, transition, null, 'CHANGED'), isPast);
    }
  }
  return isTerminal(held.snapshot.operation.state);
}

/** Where a client that knows everything up to `after` goes on; null when what is held does not reach back so far. */
function resume(seat: Seat, held: Held, after: number): { position: number; last: Operation | null } | null {
  if (held.completeSince > after || held.completeSince >= seat.newSince) return null;
  const known = held.transitions.filter(({ stamp }) => stamp <= after);
  // What passed the filter at any time was told then, and is told to its end.
  const wasTold = known.some(({ operation }) => seat.filter(operation));
  return { position: after, last: wasTold ? (known.at(-1)?.operation ?? null) : null };
}

function tell(seat: Seat, change: Change, isPast = false): void {
  seat.last = change.operation;
  seat.tell(change, isPast);
}

const firsts = new WeakMap<Held, Map<ChangeReason, Change>>();

/** The state now as everybody is told it who comes while this is held: one object for all of them. */
function firstChange(ref: OperationRef, held: Held, last: Transition, reason: ChangeReason): Change {
  const known = firsts.get(held) ?? new Map<ChangeReason, Change>();
  firsts.set(held, known);
  const change = known.get(reason) ?? changeOf(ref, held, last, null, reason);
  known.set(reason, change);
  return change;
}

const shared = new WeakMap<Transition, Change>();

/** The change as everybody is told it who stood one transition before: one object for all of them. */
function sharedChange(ref: OperationRef, held: Held, transition: Transition): Change {
  const known = shared.get(transition);
  if (known !== undefined) return known;
  const change = changeOf(ref, held, transition, transition.from, 'CHANGED');
  shared.set(transition, change);
  return change;
}

function changeOf(
  ref: OperationRef,
  held: Held,
  transition: Transition,
  from: Change['from'],
  reason: ChangeReason,
): Change {
  const isLast = held.transitions.at(-1) === transition;
  return {
    ref,
    // The newest reading of a state tells more than the first one did: attempts, steps.
    operation: isLast ? held.snapshot.operation : transition.operation,
    from,
    reason,
    observedAt: transition.observedAt,
    checkedAt: isLast ? held.snapshot.checkedAt : transition.observedAt,
    stamp: transition.stamp,
    history: held.transitions.filter(({ stamp }) => stamp <= transition.stamp),
  };
}
