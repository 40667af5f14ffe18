import { type Clock } from '../lib/clock.js';
import { InputError, type LimitError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { type ListReader } from './lister.js';
import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Authority } from './authority.js';
import { digestOf, knownUpTo, parseCursor, type Cursor } from './cursor.js';
import { createGaps, type Gaps } from './gaps.js';
import { type Places } from './places.js';
import { createStream, type Stream, type StreamEvent } from './stream.js';
import { type Seat } from './watch.js';
import { type Watches } from './watches.js';

/** Turns what a client asks for into seats, and what the seats are told into one stream. */
export interface Subscriptions {
  /** @throws {InputError} for a cursor that is none, or no ref at all; {LimitError} where there is no room */
  watchOperations(
    authority: Authority,
    refs: readonly OperationRef[],
    after: string | null,
  ): AsyncIterableIterator<StreamEvent>;
  /** @throws {InputError} for a cursor that is none */
  watchHost(
    authority: Authority,
    host: OperationHost,
    filter: (operation: Operation) => boolean,
    after: string | null,
  ): AsyncIterableIterator<StreamEvent>;
  /** Ends every stream there is. */
  endAll(): void;
}

export function createSubscriptions(watches: Watches, places: Places, clock: Clock): Subscriptions {
  const ends = new Set<() => void>();

  /** A client cannot have been told of what has not happened yet: a stamp of the future knows nothing. */
  const readCursor = (after: string | null): Cursor | null => {
    const cursor = after === null ? null : parseCursor(after);
    return cursor !== null && cursor.stamp > (clock.now() + 1_000) * 1_000 ? { ...cursor, digest: '' } : cursor;
  };

  return {
    watchOperations(authority, refs, after) {
      const unique = [...new Map(refs.map((ref) => [ref.location, ref])).values()].sort(byLocation);
      if (unique.length === 0) throw new InputError('refs is empty: name at least one operation to watch.');
      const { scope } = authority.caller;
      const tooMany = watches.refusalOf(scope, unique);
      if (tooMany !== null) throw tooMany;
      const cursor = readCursor(after);
      const taken = takePlaces(places, authority);
      const refusal = taken.take(unique.length);
      if (refusal !== null) throw refusal;
      const digest = digestOf(unique.map(({ location }) => location));
      const order = new Map(unique.map(({ location }, at) => [location, String(at)]));
      const gaps = createGaps();
      const unended = new Set(order.values());
      const stream = createStream({
        digest,
        after: cursor,
        gaps: ({ ref, stamp }) => {
          gaps.read(order.get(ref.location) ?? '', stamp);
          return { behind: withUnproved(watches, gaps.entries, numbered), untoldFrom: null, listedAt: null };
        },
        onDone: () => {
          ends.delete(stream.end);
          stopListening();
          taken.giveAll();
          for (const seat of seats) watches.leave(seat);
        },
      });
      ends.add(stream.end);
      const seats = unique.map((ref, at): Seat => {
        const key = String(at);
        const resumeAfter = knownUpTo(cursor, digest, key);
        gaps.open(key, resumeAfter);
        return {
          ref,
          authority,
          place: null,
          ...waysInto(stream, gaps, key),
          finish: () => {
            unended.delete(key);
            if (unended.size === 0) stream.end();
          },
          filter: () => true,
          resumeAfter,
          newSince: Infinity,
          firstReason: 'SNAPSHOT',
          position: null,
          told: false,
        };
      });
      const numbered = new Map(seats.map((seat, at) => [String(at), seat]));
      const stopListening = authority.onChange(() => {
        taken.follow();
        for (const seat of seats) watches.move(seat);
      });
      for (const seat of seats) watches.sit(seat, null);
      return stream.events;
    },

    watchHost(authority, host, filter, after) {
      const taken = takePlaces(places, authority);
      const cursor = readCursor(after);
      const digest = digestOf([listPath(host)]);
      const seats = new Map<string, Seat>();
      const gaps = createGaps();
      /** The last location that anything was told of; the first events come in the order of locations. */
      let lastTold = '';
      let enteredAt: number | null = null;
      let isFirstList = true;
      const stream = createStream({
        digest,
        after: cursor,
        gaps: ({ ref, stamp }) => {
          gaps.read(ref.location, stamp);
          if (ref.location > lastTold) lastTold = ref.location;
          const isUntold = ([location, upTo]: [string, number | null]): boolean => upTo === null && location > lastTold;
          const untold = [...gaps.entries].filter(isUntold).map(([location]) => location);
          return {
            behind: withUnproved(watches, new Map([...gaps.entries].filter((each) => !isUntold(each))), seats),
            untoldFrom: untold.reduce<string | null>((a, b) => (a === null || b < a ? b : a), null),
            listedAt: enteredAt,
          };
        },
        onDone: () => {
          ends.delete(stream.end);
          stopListening();
          leaveList();
          taken.giveAll();
          for (const seat of seats.values()) watches.leave(seat);
        },
      });
      ends.add(stream.end);
      const seatOf = (ref: OperationRef): Seat => {
        const resumeAfter = isFirstList ? knownUpTo(cursor, digest, ref.location) : null;
        gaps.open(ref.location, resumeAfter);
        if (resumeAfter !== null && ref.location > lastTold) lastTold = ref.location;
        return {
          ref,
          authority,
          place: null,
          ...waysInto(stream, gaps, ref.location),
          finish: () => {
            if (seats.delete(ref.location)) taken.give();
          },
          filter,
          resumeAfter,
          newSince: endOfMoment(cursor?.listedAt ?? Infinity),
          firstReason: isFirstList ? 'SNAPSHOT' : 'CHANGED',
          position: null,
          told: false,
        };
      };
      const reader: ListReader = {
        authority,
        entered: new Set(),
        enter: (refs, listedAt, shown) => {
          enteredAt = listedAt;
          const entering = refs.map(seatOf);
          isFirstList = false;
          for (const seat of entering) {
            const refusal = taken.take(1);
            if (refusal !== null) {
              reader.fail({ ref: null, error: refusal });
              return;
            }
            seats.set(seat.ref.location, seat);
            const held = shown?.get(seat.ref.location);
            watches.sit(seat, held === undefined ? null : { held, readAt: listedAt });
          }
        },
        fail: (ending) => {
          stream.fail(ending);
          stream.end();
        },
      };
      let leaveList = watches.joinList(host, reader);
      const stopListening = authority.onChange(() => {
        taken.follow();
        leaveList();
        leaveList = watches.joinList(host, reader);
        for (const seat of [...seats.values()]) watches.move(seat);
      });
      return stream.events;
    },

    endAll() {
      for (const end of [...ends]) end();
    },
  };
}

/** The places of one stream, counted for whoever its caller is. */
function takePlaces(places: Places, authority: Authority) {
  let { subject } = authority.caller;
  let count = 0;
  return {
    take(further: number): LimitError | null {
      const refusal = places.take(subject, further);
      if (refusal === null) count += further;
      return refusal;
    },
    give(): void {
      count -= 1;
      places.give(subject, 1);
    },
    /** What runs goes on, though it may be more than the new caller might begin. */
    follow(): void {
      places.move(subject, authority.caller.subject, count);
      ({ subject } = authority.caller);
    },
    giveAll(): void {
      places.give(subject, count);
      count = 0;
    },
  };
}

function byLocation(a: OperationRef, b: OperationRef): number {
  return a.location < b.location ? -1 : 1;
}

/** The first stamp that nothing has which was first seen in this millisecond, or in one before. */
function endOfMoment(at: number): number {
  return (at + 1) * 1_000;
}

/**
 * What a cursor must not say its client knows: besides the gaps everything that it has no right to hear of now, whether
 * anything happened to it or not. So a cursor tells nothing of it either.
 */
function withUnproved(
  watches: Watches,
  gaps: ReadonlyMap<string, number | null>,
  seats: ReadonlyMap<string, Seat>,
): ReadonlyMap<string, number | null> {
  const unproved = [...seats].filter(
    ([key, seat]) => seat.position !== null && !gaps.has(key) && !watches.mayHear(seat),
  );
  return unproved.length === 0
    ? gaps
    : new Map([...gaps, ...unproved.map(([key, seat]) => [key, seat.position] as const)]);
}

/** The ways of one seat into its stream. */
function waysInto(stream: Stream, gaps: Gaps, key: string): Pick<Seat, 'tell' | 'fail' | 'settle'> {
  return {
    tell(change, isPast) {
      gaps.owe(key, change.stamp);
      stream.tell(change, isPast);
    },
    fail: stream.fail,
    settle: () => gaps.close(key),
  };
}
