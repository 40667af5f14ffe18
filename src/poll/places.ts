import { LimitError } from '../operation/failure.js';

/**
 * How many operations all subscriptions name together, in this process and by caller: each is a place in a watch, and
 * takes memory whether anything is told of it or not.
 */
export interface Places {
  /** @returns why there are not so many left, and then none is taken; null when they are taken */
  take(subject: string, count: number): LimitError | null;
  give(subject: string, count: number): void;
  /** Counts places for another caller, whatever that one has. */
  move(from: string, to: string, count: number): void;
}

export interface PlacesOptions {
  readonly watched: number;
  readonly watchedPerCaller: number;
}

export function createPlaces({ watched, watchedPerCaller }: PlacesOptions): Places {
  const taken = new Map<string, number>();
  let all = 0;
  const add = (subject: string, count: number): void => {
    const own = (taken.get(subject) ?? 0) + count;
    if (own > 0) taken.set(subject, own);
    else taken.delete(subject);
  };
  return {
    take(subject, count) {
      const own = (taken.get(subject) ?? 0) + count;
      if (own > watchedPerCaller) {
        const message = `The subscriptions of a caller name at most ${watchedPerCaller} operations together.`;
        return new LimitError('WATCHED_PER_CALLER', message);
      }
      if (all + count > watched) {
        return new LimitError(
          'WATCHED',
          `The subscriptions of this process name at most ${watched} operations together.`,
        );
      }
      all += count;
      add(subject, count);
      return null;
    },
    give(subject, count) {
      all -= count;
      add(subject, -count);
    },
    move(from, to, count) {
      add(from, -count);
      add(to, count);
    },
  };
}
