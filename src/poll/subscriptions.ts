import { type Clock } from '../lib/clock.js';
import { InputError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { digestOf, parseCursor, type Cursor } from './cursor.js';
import { createStream, type StreamEvent } from './stream.js';
import { type Seat } from './watch.js';
import { type Watches } from './watches.js';

/** Turns what a client asks for into seats, and what the seats are told into one stream. */
export interface Subscriptions {
  /** @throws {InputError} for a cursor that is none, or no ref at all */
  watchOperations(
    caller: Caller,
    refs: readonly OperationRef[],
    after: string | null,
  ): AsyncIterableIterator<StreamEvent>;
  /** @throws {InputError} for a cursor that is none */
  watchHost(
    caller: Caller,
    host: OperationHost,
    filter: (operation: Operation) => boolean,
    after: string | null,
  ): AsyncIterableIterator<StreamEvent>;
  /** Ends every stream there is. */
  endAll(): void;
}

export function createSubscriptions(watches: Watches, clock: Clock): Subscriptions {
  const ends = new Set<() => void>();

  /** A client cannot have been told of what has not happened yet: a stamp of the future knows nothing. */
  const readCursor = (after: string | null): Cursor | null => {
    const cursor = after === null ? null : parseCursor(after);
    return cursor !== null && cursor.stamp > (clock.now() + 1_000) * 1_000 ? { ...cursor, stamp: 0 } : cursor;
  };

  return {
    watchOperations(caller, refs, after) {
      const unique = [...new Map(refs.map((ref) => [ref.location, ref])).values()].sort(byLocation);
      if (unique.length === 0) throw new InputError('refs is empty: name at least one operation to watch.');
      const cursor = readCursor(after);
      const digest = digestOf(unique.map(({ location }) => location));
      const order = new Map(unique.map(({ location }, at) => [location, at]));
      /** Indices of what was not told yet, and of what has not ended yet. */
      const untold = new Set(order.values());
      const unended = new Set(order.values());
      const stream = createStream({
        digest,
        after: cursor,
        untold: ({ ref }) => {
          untold.delete(order.get(ref.location) ?? -1);
          return [...untold];
        },
        onDone: () => {
          ends.delete(stream.end);
          for (const seat of seats) watches.leave(caller, seat);
        },
      });
      ends.add(stream.end);
      const seats = unique.map((ref, at): Seat => ({
        ref,
        tell: stream.tell,
        fail: stream.fail,
        finish: () => {
          unended.delete(at);
          if (unended.size === 0) stream.end();
        },
        filter: () => true,
        resumeAfter: resumePoint(cursor, digest, (where) => 'includes' in where && where.includes(at)),
        resumed: () => void untold.delete(at),
        firstReason: 'SNAPSHOT',
        position: null,
        told: false,
      }));
      for (const seat of seats) watches.sit(caller, seat, null);
      return stream.events;
    },

    watchHost(caller, host, filter, after) {
      const cursor = readCursor(after);
      const digest = digestOf([listPath(host)]);
      const seats = new Map<string, Seat>();
      /** First events that wait to be read, in the order of locations. */
      const untold = new Set<string>();
      let isFirstList = true;
      const stream = createStream({
        digest,
        after: cursor,
        untold: ({ ref }) => {
          untold.delete(ref.location);
          const [from] = untold;
          return from === undefined ? [] : { from };
        },
        onDone: () => {
          ends.delete(stream.end);
          leaveList();
          for (const seat of seats.values()) watches.leave(caller, seat);
        },
      });
      ends.add(stream.end);
      const seatOf = (ref: OperationRef): Seat => ({
        ref,
        tell: (change) => {
          if (change.reason !== 'CHANGED') untold.add(ref.location);
          stream.tell(change);
        },
        fail: stream.fail,
        finish: () => void seats.delete(ref.location),
        filter,
        resumeAfter: isFirstList
          ? resumePoint(cursor, digest, (where) => 'from' in where && ref.location >= where.from)
          : null,
        resumed: () => undefined,
        firstReason: isFirstList ? 'SNAPSHOT' : 'CHANGED',
        position: null,
        told: false,
      });
      const leaveList = watches.joinList(caller, host, {
        entered: new Set(),
        enter: (refs, shown) => {
          const entering = refs.map(seatOf);
          isFirstList = false;
          for (const seat of entering) {
            seats.set(seat.ref.location, seat);
            watches.sit(caller, seat, shown?.get(seat.ref.location) ?? null);
          }
        },
        fail: (ending) => {
          stream.fail(ending);
          stream.end();
        },
      });
      return stream.events;
    },

    endAll() {
      for (const end of [...ends]) end();
    },
  };
}

function byLocation(a: OperationRef, b: OperationRef): number {
  return a.location < b.location ? -1 : 1;
}

/**
 * From where a seat goes on: null for a stream that begins, or an operation that its cursor says was never told; zero,
 * behind everything, when the cursor is of another stream.
 */
function resumePoint(
  cursor: Cursor | null,
  digest: string,
  isUntold: (untold: Cursor['untold']) => boolean,
): number | null {
  if (cursor === null) return null;
  if (cursor.digest !== digest) return 0;
  return isUntold(cursor.untold) ? null : cursor.stamp;
}
