import { createHistogram, type Histogram } from '../lib/histogram.js';
import { type Reason } from '../operation/failure.js';

/** What came of one read: an operation, a page of a list, or why neither. */
const CHECK_OUTCOMES = [
  'read',
  'listed',
  'throttled',
  'overBudget',
  'unavailable',
  'unauthenticated',
  'forbidden',
  'notFound',
  'refused',
  'malformed',
] as const satisfies readonly ('read' | 'listed' | Reason['kind'])[];
export type CheckOutcome = 'read' | 'listed' | Reason['kind'];

/** What polling counts of itself since the start: plain numbers, looked at whenever somebody wants to know. */
export interface PollTally {
  readonly checks: Record<CheckOutcome, number>;
  /** How much later than the interval after its last check a watched operation was checked again, in seconds. */
  readonly checkLag: Histogram;
  /** How old what a query was told of an operation that has not ended was, in seconds. */
  readonly servedAge: Histogram;
  /** Operations that queries were told of from what was held. */
  served: number;
  /** With each check of a watched operation, its subscribers but one: the reads that each for itself would have cost. */
  savedReads: number;
  /** Checks of watched operations whose last check another process had made. */
  takeovers: number;
}

const LAG_SECONDS = [0.1, 0.5, 1, 2, 5, 10, 15, 31, 62, 120, 300, 900];
const AGE_SECONDS = [0.1, 1, 5, 10, 20, 31, 45, 62, 120, 300, 900, 3_600];

export function createPollTally(): PollTally {
  return {
    checks: Object.fromEntries(CHECK_OUTCOMES.map((outcome) => [outcome, 0])) as Record<CheckOutcome, number>,
    checkLag: createHistogram(LAG_SECONDS),
    servedAge: createHistogram(AGE_SECONDS),
    served: 0,
    savedReads: 0,
    takeovers: 0,
  };
}
