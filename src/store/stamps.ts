/** The places of transitions in the order of all transitions: microseconds, so that a restart does not turn it back. */
export interface Stamps {
  /** Larger than any that was given out or seen. */
  next(): number;
  /** Another process has given this one out. */
  see(stamp: number): void;
  /** The largest that was given out or seen. */
  readonly last: number;
}

/** @param now epoch ms of the clock that the stamps are of */
export function createStamps(now: () => number): Stamps {
  let last = 0;
  return {
    next: () => (last = Math.max(last + 1, now() * 1_000)),
    see(stamp) {
      if (stamp > last) last = stamp;
    },
    get last() {
      return last;
    },
  };
}
