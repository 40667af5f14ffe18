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

/** What was read of an operation that this process watches. */
export interface News {
  readonly held: Held;
  /** Whether another process read it. */
  readonly isElsewhere: boolean;
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
export const MAX_TRANSITIONS = 32;

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
    return { held: checkedAgain(held, { operation: last.operation, checkedAt: latestCheckAt }), transition: null };
  }
  const snapshot: Snapshot = { operation, checkedAt: latestCheckAt };
  if (standsAlike(operation, last.operation)) {
    return { held: checkedAgain(held, snapshot), transition: null };
  }
  const transition: Transition = { from: last.operation.state, operation, observedAt: checkedAt, stamp };
  const transitions = [...held.transitions, transition];
  const dropped = transitions.splice(0, transitions.length - MAX_TRANSITIONS).at(-1);
  return { held: { snapshot, transitions, completeSince: dropped?.stamp ?? held.completeSince }, transition };
}

/** Member by member, as is due to what happens at each check: V8 builds an object from another 20 times as slowly. */
function checkedAgain({ transitions, completeSince }: Held, snapshot: Snapshot): Held {
  return { snapshot, transitions, completeSince };
}

/**
 * What two processes hold of one operation that were apart for a while, as one: every transition that either saw, in the
 * order of their stamps, those one after another that stand alike as one with the later stamp, and at the end the newer of
 * the two states. Whoever knows one side up to some stamp, and is told what has a larger one, comes to that state.
 *
 * @param a wins where neither is newer
 * @param stamp larger than any given out before, or whatever stands for the next one; for an end that whoever knows the
 *   other side would take for known
 * @returns `a` or `b` itself where the other one adds nothing
 */
export function mergeHeld(a: Held, b: Held, stamp: number): Held {
  const newer = newerOf(a, b);
  const { operation } = newer.snapshot;
  const checkedAt = Math.max(a.snapshot.checkedAt, b.snapshot.checkedAt);
  const chain: Transition[] = [];
  for (const next of inOrder(a.transitions, b.transitions)) {
    // The end is the end: what one side took for it, and it was not, or was seen sooner than the rest, is told below.
    if (isTerminal(next.operation.state) && !(isLastOf(next, a, b) && standsAlike(next.operation, operation))) continue;
    append(chain, next);
  }
  const last = chain.at(-1);
  if (last === undefined || !standsAlike(last.operation, operation)) {
    append(chain, { from: null, operation, observedAt: newer.transitions.at(-1)?.observedAt ?? checkedAt, stamp });
  }
  const dropped = chain.splice(0, chain.length - MAX_TRANSITIONS).at(-1);
  const merged: Held = {
    snapshot: { operation, checkedAt },
    transitions: chain,
    completeSince: Math.max(knownSince(a, b), knownSince(b, a), dropped?.stamp ?? -Infinity),
  };
  return [a, b].find((side) => isSame(side, merged)) ?? merged;
}

/** The one that goes on from where the other ends; where neither does, the one with the newer state. */
function newerOf(a: Held, b: Held): Held {
  const [endOfA, endOfB] = [a, b].map(({ transitions }) => transitions.at(-1)?.stamp);
  if (endOfA !== endOfB) {
    if (b.transitions.some(({ stamp }) => stamp === endOfA)) return b;
    if (a.transitions.some(({ stamp }) => stamp === endOfB)) return a;
  }
  return isOutdated(a.snapshot, b.snapshot) && !isOutdated(b.snapshot, a.snapshot) ? b : a;
}

/** Both in the order of their stamps; what both have comes once. */
function inOrder(a: readonly Transition[], b: readonly Transition[]): Transition[] {
  const known = new Set(a.map(({ stamp }) => stamp));
  return [...a, ...b.filter(({ stamp }) => !known.has(stamp))].sort((one, other) => one.stamp - other.stamp);
}

function isLastOf(transition: Transition, a: Held, b: Held): boolean {
  const { stamp } = transition;
  return stamp >= (a.transitions.at(-1)?.stamp ?? 0) && stamp >= (b.transitions.at(-1)?.stamp ?? 0);
}

/** The first sight of a state is when it was seen; the last one is what nobody was told of yet. */
function append(chain: Transition[], next: Transition): void {
  const last = chain.at(-1);
  if (last === undefined || !standsAlike(last.operation, next.operation)) {
    const from = last === undefined ? next.from : last.operation.state;
    chain.push(from === next.from ? next : { ...next, from });
  } else if (last.stamp !== next.stamp) {
    chain[chain.length - 1] = { ...last, stamp: next.stamp };
  }
}

/** From where on one side lacks nothing. One that began with nothing has nothing to lack of the time before. */
function knownSince(side: Held, other: Held): number {
  const first = side.transitions[0];
  const beganThere = first?.from === null && side.completeSince === first.stamp - 1;
  return beganThere && other.completeSince < side.completeSince ? other.completeSince : side.completeSince;
}

function isSame(a: Held, b: Held): boolean {
  return (
    a.snapshot.operation === b.snapshot.operation &&
    a.snapshot.checkedAt === b.snapshot.checkedAt &&
    a.completeSince === b.completeSince &&
    a.transitions.length === b.transitions.length &&
    a.transitions.every(({ stamp }, at) => stamp === b.transitions[at]?.stamp)
  );
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
export function standsAlike(a: Operation, b: Operation): boolean {
  return a.state === b.state && a.rawStatus.toLowerCase() === b.rawStatus.toLowerCase();
}
