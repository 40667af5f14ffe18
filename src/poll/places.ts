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

/** The places of one stream, counted for whoever its caller is. */
export interface TakenPlaces {
  /** @returns why there are not so many left; null when they are taken */
  take(further: number): LimitError | null;
  /** Gives one back. */
  give(): void;
  /** What runs goes on, though it may be more than the new caller might begin. */
  follow(subject: string): void;
  giveAll(): void;
}

export function takePlaces(places: Places, subject: string): TakenPlaces {
  return new StreamPlaces(places, subject);
}

/** A class, because there is one for each subscription. */
class StreamPlaces implements TakenPlaces {
  private count = 0;

  constructor(
    private readonly places: Places,
    private subject: string,
  ) {}

  take(further: number): LimitError | null {
    const refusal = this.places.take(this.subject, further);
    if (refusal === null) this.count += further;
    return refusal;
  }

  give(): void {
    this.count -= 1;
    this.places.give(this.subject, 1);
  }

  follow(subject: string): void {
    this.places.move(this.subject, subject, this.count);
    this.subject = subject;
  }

  giveAll(): void {
    this.places.give(this.subject, this.count);
    this.count = 0;
  }
}
