import { type BoardOperationFragment } from '../generated/documents.js';

/** An operation as the gateway tells of it. */
export type Operation = BoardOperationFragment;
export type State = Operation['state'];
export type Delay = NonNullable<Operation['freshness']['delayedBy']>;
export type OperationType = Operation['operationType'];

/** In the order of a life; also that in which the counts stand, and the cards when they are sorted by state. */
export const STATES = [
  'NOT_STARTED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'UNKNOWN',
] as const satisfies readonly State[];

/**
 * When it came into the state in which it is, epoch ms: when the gateway saw that, or, of what was found at its end, when
 * Graph last did something for it.
 */
export function changedAt({ history, freshness, terminal, lastActionDateTime }: Operation): number {
  const last = history.at(-1);
  const seenAt = Date.parse(last?.observedAt ?? freshness.checkedAt);
  const wasFoundSo = terminal && (last?.from ?? null) === null;
  return wasFoundSo && lastActionDateTime !== null ? Math.min(seenAt, Date.parse(lastActionDateTime)) : seenAt;
}

/** When it began: Graph's own date, or when the gateway first saw it; epoch ms. */
export function beganAt({ createdDateTime, history, freshness }: Operation): number {
  return Date.parse(createdDateTime ?? history[0]?.observedAt ?? freshness.checkedAt);
}
