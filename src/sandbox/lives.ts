/** What a failed operation tells: `operationError` of Graph, not an error envelope. */
export interface OperationError {
  readonly code: string;
  readonly message: string;
}

/** From `afterMs` on an operation reads like this, until the next moment; the last one stays. */
export interface Moment {
  /** Milliseconds after the operation began. */
  readonly afterMs: number;
  /** Graph's word, or one that no client has met. */
  readonly status: string;
  readonly attemptsCount: number;
  readonly error?: OperationError;
}

interface Course {
  /** How long it waits at `notStarted`, at first and again after each attempt that was given up; 5 s unless told. */
  readonly startsAfterMs?: number;
  /** When an attempt is given up: back at `notStarted`, with `attemptsCount` one higher. Ascending. */
  readonly retriesAfterMs?: readonly number[];
}

/** The script of one operation. Everything is told in milliseconds after it began. */
export type Life =
  | (Course & { readonly succeedsAfterMs: number })
  | (Course & { readonly failsAfterMs: number; readonly error?: OperationError })
  /** It stays at `inProgress` for good. */
  | (Course & { readonly stalls: true })
  /** For whatever the three above cannot say, such as a status that this version of Graph does not have. */
  | { readonly moments: readonly Moment[] };

const STARTS_AFTER_MS = 5_000;

/** The only published example of one. Source: documentation page of operationError. */
const TEAM_UNAVAILABLE: OperationError = { code: 'TeamUnavailable', message: 'The team was not found.' };

/** The life as moments, ascending. Attempts count from 1, also before the first has begun. Source: recorded answers. */
export function momentsOf(life: Life): readonly Moment[] {
  if ('moments' in life) return life.moments;
  const { startsAfterMs = STARTS_AFTER_MS, retriesAfterMs = [] } = life;
  const attempts = [0, ...retriesAfterMs].flatMap((afterMs, at) => [
    { afterMs, status: 'notStarted', attemptsCount: at + 1 },
    { afterMs: afterMs + startsAfterMs, status: 'inProgress', attemptsCount: at + 1 },
  ]);
  const end = endOf(life, retriesAfterMs.length + 1);
  return end === null ? attempts : [...attempts.filter(({ afterMs }) => afterMs < end.afterMs), end];
}

function endOf(life: Exclude<Life, { moments: unknown }>, attemptsCount: number): Moment | null {
  if ('succeedsAfterMs' in life) return { afterMs: life.succeedsAfterMs, status: 'succeeded', attemptsCount };
  if ('failsAfterMs' in life) {
    return { afterMs: life.failsAfterMs, status: 'failed', attemptsCount, error: life.error ?? TEAM_UNAVAILABLE };
  }
  return null;
}

/** Where an operation stands. */
export interface Standing {
  readonly moment: Moment;
  /** The part of its work that is done, 0 to 1. A stalled one stands half-way. */
  readonly progress: number;
}

const UNBORN: Moment = { afterMs: 0, status: 'notStarted', attemptsCount: 1 };

/** @param ageMs milliseconds since the operation began */
export function standingAt(moments: readonly Moment[], ageMs: number): Standing {
  const at = moments.findLastIndex(({ afterMs }) => afterMs <= ageMs);
  const moment = moments[at] ?? UNBORN;
  return { moment, progress: progressAt(moment, moments[at + 1], ageMs) };
}

function progressAt(moment: Moment, next: Moment | undefined, ageMs: number): number {
  if (moment.status === 'notStarted') return 0;
  if (moment.status === 'succeeded') return 1;
  if (next === undefined) return 0.5;
  return (ageMs - moment.afterMs) / (next.afterMs - moment.afterMs);
}

/** Whether nothing more will happen to an operation of that age, and it did not just get stuck. */
export function hasEnded(moments: readonly Moment[], ageMs: number): boolean {
  const last = moments.at(-1);
  return last !== undefined && last.afterMs <= ageMs && (last.status === 'succeeded' || last.status === 'failed');
}
