import { type GraphError } from '../operation/failure.js';
import { type OperationRef } from '../operation/ref.js';
import { type Held } from '../operation/snapshot.js';

export type CheckDelay = 'THROTTLED' | 'UPSTREAM_UNAVAILABLE' | 'BUDGET';

/** An operation that a caller may see. */
export interface Seen {
  readonly ref: OperationRef;
  readonly held: Held;
  /** Why it was not checked when it was due; null when it was. */
  readonly delayedBy: CheckDelay | null;
}

/** One page of a list that a caller may see. */
export interface SeenPage {
  readonly entries: readonly (Seen | GraphError)[];
  readonly nextLink: string | null;
}
