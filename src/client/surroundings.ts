/** Time and chance; arguments of whatever needs them, so that tests own both. */
export interface Surroundings {
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Calls `wake` once, after so long. The returned function cancels it; cancelling twice is no error. */
  readonly wakeIn: (ms: number, wake: () => void) => () => void;
}

/** Those of browsers and of Node alike. */
export const realSurroundings: Surroundings = {
  random: () => Math.random(),
  wakeIn(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};
