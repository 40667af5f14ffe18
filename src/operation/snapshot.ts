import { compareDateText, type Operation } from './operation.js';
import { isTerminal, type OperationState } from './state.js';

/** An operation as read, and when. */
export interface Snapshot {
  readonly operation: Operation;
  /** When Graph's answer was complete, epoch ms. */
  readonly checkedAt: number;
}

/** What changed between two snapshots; what is published. One object serves every subscriber. */
export interface Transition {
  /** Null in the first one of an operation. */
  readonly from: OperationState | null;
  readonly operation: Operation;
  /** When this gateway saw it, epoch ms. */
  readonly observedAt: number;
  /** Its place in the order of all transitions of one store: later ones have larger stamps, no two the same. */
  readonly stamp: number;
}

/** What is held of one operation: how it stands, and how it came there. */
export interface Held {
  readonly snapshot: Snapshot;
  /** Oldest first, never empty; the last one is the state now. */
  readonly transitions: readonly Transition[];
  /** No transition seen after this stamp is missing from `transitions`. */
  readonly completeSince: number;
}

/** One page of a host's list as one scope read it. */
export interface HeldPage {
  readonly readAt: number;
  /** In Graph's order: the location of each operation, or what is wrong with an entry that cannot be read. */
  readonly entries: readonly ({ readonly location: string } | { readonly malformed: string })[];
  /** Path and query of the next page, or null. */
  readonly nextLink: string | null;
}

/** Four or five transitions are a whole life; an operation that flaps between attempts has more. */
const MAX_TRANSITIONS = 32;

/**
 * What is held after one more reading. A reading that is older than what is held, or that would bring a finished
 * operation back to life, renews the time of the check and nothing else: Graph's single read may be stale.
 *
 * @param stamp larger than any given out before
 */
export function advance(
  held: Held | null,
  reading: Snapshot,
  stamp: number,
): { readonly held: Held; readonly transition: Transition | null } {
  const { operation, checkedAt } = reading;
  if (held === null) {
    const first: Transition = { from: null, operation, observedAt: checkedAt, stamp };
    return { held: { snapshot: reading, transitions: [first], completeSince: stamp - 1 }, transition: first };
  }
  const last = held.snapshot;
  const latestCheckAt = Math.max(checkedAt, last.checkedAt);
  if (isOutdated(reading, last)) {
    return { held: { ...held, snapshot: { operation: last.operation, checkedAt: latestCheckAt } }, transition: null };
  }
  const snapshot: Snapshot = { operation, checkedAt: latestCheckAt };
  if (standsAlike(operation, last.operation)) {
    return { held: { ...held, snapshot }, transition: null };
  }
  const transition: Transition = { from: last.operation.state, operation, observedAt: checkedAt, stamp };
  const transitions = [...held.transitions, transition];
  const dropped = transitions.splice(0, transitions.length - MAX_TRANSITIONS).at(-1);
  return { held: { snapshot, transitions, completeSince: dropped?.stamp ?? held.completeSince }, transition };
}

/** By the date Graph wrote; where that tells nothing, by the time of the check: answers may overtake one another. */
function isOutdated(read: Snapshot, held: Snapshot): boolean {
  if (isTerminal(held.operation.state)) {
    if (!standsAlike(read.operation, held.operation)) return true;
  } else if (isTerminal(read.operation.state)) return false;
  const { lastActionDateTime } = read.operation;
  const order =
    lastActionDateTime === null ? 0 : compareDateText(lastActionDateTime, held.operation.lastActionDateTime);
  return order < 0 || (order === 0 && read.checkedAt < held.checkedAt);
}

/** The same state under the same word, as Graph compares words: without case. */
function standsAlike(a: Operation, b: Operation): boolean {
  return a.state === b.state && a.rawStatus.toLowerCase() === b.rawStatus.toLowerCase();
}
