import { createLatest } from '../lib/latest.js';
import { type GraphError, type LimitError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { type OperationRef } from '../operation/ref.js';
import { type OperationState } from '../operation/state.js';
import { type Transition } from '../operation/snapshot.js';
import { printCursor, type Cursor } from './cursor.js';

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
 * One subscription, on the poll's side. It holds the newest unread change per operation, and ends when the last of its
 * operations has ended. The cursor is made when an event is read, because only then is it known what was told.
 */
export interface Stream {
  readonly events: AsyncIterableIterator<StreamEvent>;
  /** @param isPast whether it is part of what a client missed while it was away, and not the newest of it */
  readonly tell: (change: Change, isPast: boolean) => void;
  /** The operation fails for this subscriber; the others go on. */
  readonly fail: (ending: Ending) => void;
  /** No event comes after those that are held. */
  readonly end: () => void;
}

export interface StreamOptions {
  readonly digest: string;
  /** Where the client says it stands; later events never go back behind it. */
  readonly after: Cursor | null;
  /** What the client does not know of the stream's operations, now that it has read `change`. */
  readonly gaps: (change: Change) => Omit<Cursor, 'stamp' | 'digest'>;
  /** Runs once, when the client leaves or has read to the end. */
  readonly onDone: () => void;
}

type Unread = { readonly change: Change } | { readonly ending: Ending };

export function createStream({ digest, after, gaps, onDone }: StreamOptions): Stream {
  const unread = createLatest<string, Unread>({ merge: overtake, onDone });
  let stamp = after?.digest === digest ? after.stamp : 0;

  const read = (result: IteratorResult<Unread, undefined>): IteratorResult<StreamEvent, undefined> => {
    if (result.done === true) return result;
    if ('ending' in result.value) return { done: false, value: result.value };
    const { change } = result.value;
    stamp = Math.max(stamp, change.stamp);
    return { done: false, value: { change, cursor: printCursor({ stamp, digest, ...gaps(change) }) } };
  };

  return {
    events: {
      next: async () => read(await unread.next()),
      return: async () => read(await unread.return()),
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    // What happened while a client was away is bounded by what is held of it, and told one by one.
    tell: (change, isPast) =>
      unread.put(isPast ? `${change.ref.location} ${change.stamp}` : change.ref.location, { change }),
    // A key of its own: the last state that was seen is still told, then why no other follows.
    fail: (ending) => unread.put(`ending ${ending.ref?.location ?? ''}`, { ending }),
    end: () => unread.end(),
  };
}

/** A reader that missed a state is told of the way from the last one it knows to the newest. */
function overtake(missed: Unread, newer: Unread): Unread {
  if ('ending' in newer || 'ending' in missed) return newer;
  const { from, reason } = missed.change;
  return { change: { ...newer.change, from, reason } };
}
