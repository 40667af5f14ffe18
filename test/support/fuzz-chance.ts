import { randomInt } from 'node:crypto';

/** Chance that can be had again: the same seed gives the same choices. */
export interface Chance {
  /** A whole number from 0 up to `below`, itself not included. */
  below(below: number): number;
  /** Whether something that happens once in so many times happens now. */
  oneIn(times: number): boolean;
  pick<T>(things: readonly [T, ...T[]]): T;
  /** One of several makers, each as often as its weight says. */
  weighed<T>(makers: readonly (readonly [weight: number, make: () => T])[]): T;
  /** So many things, from `least` to `most`. */
  several<T>(least: number, most: number, make: () => T): T[];
}

/** Taken once: each look at a global costs a test more than what it does. */
const { floor, imul } = Math;

export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  /** Mulberry32: small, quick, and good enough to choose by. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => floor(next() * limit);
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick: (things) => things[below(things.length)] ?? things[0],
    weighed(makers) {
      let sum = 0;
      for (const [weight] of makers) sum += weight;
      let rest = next() * sum;
      for (const [weight, make] of makers) if ((rest -= weight) < 0) return make();
      throw new RangeError('Nothing has a weight.');
    },
    several(least, most, make) {
      const things = [];
      for (let left = least + below(most - least + 1); left > 0; left--) things.push(make());
      return things;
    },
  };
}

export interface FuzzRun {
  readonly seed: number;
  readonly runs: number;
}

/**
 * How much to try: little while somebody waits, much where it counts. `FAST_CHECK_SEED` makes the choices of an earlier
 * run again; the seed is printed, for that.
 */
export function planFuzzRun(what: string, runs: { readonly short: number; readonly inCi: number }): FuzzRun {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  const count = process.env['CI'] === undefined ? runs.short : runs.inCi;
  console.log(`${what}: seed ${seed}, ${count} runs`);
  return { seed, runs: count };
}
