import { globalIdOf } from '../operation/global-id.js';
import { type Operation } from '../operation/operation.js';
import { type OperationRef } from '../operation/ref.js';
import { type Transition } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { type CheckDelay, type Seen } from '../poll/seen.js';
import { type Change } from '../poll/stream.js';
import {
  type Operation as OperationType,
  type OperationStatusChange,
  type OperationTransition,
} from './operation.type.js';

/** What a view needs of its surroundings. */
export interface Viewpoint {
  /** Epoch ms. */
  readonly now: number;
  readonly nextCheckAt: (location: string) => number | null;
}

/** An operation as GraphQL's fields want it: its kind's own properties, and those that all kinds share. */
export function viewOfSeen({ ref, held, delayedBy }: Seen, viewpoint: Viewpoint): OperationType {
  const { operation, checkedAt } = held.snapshot;
  return view(ref, operation, checkedAt, delayedBy, held.transitions, viewpoint);
}

export function viewOfChange(change: Change, cursor: string, viewpoint: Viewpoint): OperationStatusChange {
  return {
    operation: viewOfChanged(change, viewpoint),
    from: change.from,
    to: change.operation.state,
    reason: change.reason,
    observedAt: change.observedAt,
    cursor,
  };
}

export function viewOfChanged({ ref, operation, checkedAt, history }: Change, viewpoint: Viewpoint): OperationType {
  return view(ref, operation, checkedAt, null, history, viewpoint);
}

function view(
  ref: OperationRef,
  operation: Operation,
  checkedAt: number,
  delayedBy: CheckDelay | null,
  history: readonly Transition[],
  { now, nextCheckAt }: Viewpoint,
): OperationType {
  const terminal = isTerminal(operation.state);
  return {
    id: globalIdOf(ref),
    location: ref.location,
    terminal,
    freshness: {
      checkedAt,
      ageSeconds: Math.max(0, now - checkedAt) / 1_000,
      nextCheckAt: terminal ? null : nextCheckAt(ref.location),
      delayedBy,
    },
    history: history.map(viewOfTransition),
    ...operation, // last: V8 builds an object that begins with a spread 20 times as slowly
  };
}

function viewOfTransition({ from, operation, observedAt }: Transition): OperationTransition {
  const { state, rawStatus, lastActionDateTime } = operation;
  return { from, to: state, rawStatus, observedAt, lastActionDateTime };
}
