import { type Clock } from './clock.js';

/** How often something may be done: so often per second in the long run, and so often at once. */
export interface TokenBucket {
  /** Takes one. @returns whether there was one */
  take(): boolean;
}

export interface TokenBucketOptions {
  readonly clock: Clock;
  readonly perSecond: number;
  readonly burst: number;
}

export function createTokenBucket({ clock, perSecond, burst }: TokenBucketOptions): TokenBucket {
  let left = burst;
  let countedAt = clock.now();
  return {
    take() {
      const now = clock.now();
      left = Math.min(burst, left + ((now - countedAt) / 1_000) * perSecond);
      countedAt = now;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
