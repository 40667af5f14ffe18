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

export function createTokenBucket(options: TokenBucketOptions): TokenBucket {
  return new Bucket(options);
}

/** A class, because there is one for each connection. */
class Bucket implements TokenBucket {
  private left: number;
  private countedAt: number;

  constructor(private readonly options: TokenBucketOptions) {
    this.left = options.burst;
    this.countedAt = options.clock.now();
  }

  take(): boolean {
    const { clock, perSecond, burst } = this.options;
    const now = clock.now();
    this.left = Math.min(burst, this.left + ((now - this.countedAt) / 1_000) * perSecond);
    this.countedAt = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}
