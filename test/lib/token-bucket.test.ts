import { describe, expect, it } from '@jest/globals';
import { createTokenBucket } from '../../src/lib/token-bucket.js';
import { createFakeClock } from '../support/fake-clock.js';

function bucketOf(perSecond: number, burst: number) {
  const clock = createFakeClock();
  const bucket = createTokenBucket({ clock, perSecond, burst });
  /** How many of so many tries it grants. */
  const granted = (tries: number): number => Array.from({ length: tries }, () => bucket.take()).filter(Boolean).length;
  return { clock, granted };
}

describe('a bucket', () => {
  it('grants so many at once, and no more', () => {
    const { granted } = bucketOf(1, 3);
    expect(granted(10)).toBe(3);
    expect(granted(10)).toBe(0);
  });

  it('grants so many per second in the long run, in whole ones', async () => {
    const { clock, granted } = bucketOf(2, 3);
    granted(3);
    await clock.advance(499);
    expect(granted(1)).toBe(0);
    await clock.advance(1);
    expect(granted(2)).toBe(1);
    await clock.advance(1_250);
    expect(granted(3)).toBe(2);
    await clock.advance(250); // the half that was left over counts on
    expect(granted(2)).toBe(1);
  });

  it('saves up no more than it grants at once', async () => {
    const { clock, granted } = bucketOf(2, 3);
    granted(1);
    await clock.advance(3_600_000);
    expect(granted(10)).toBe(3);
  });

  it('loses nothing by being asked while it is empty', async () => {
    const { clock, granted } = bucketOf(1, 1);
    granted(1);
    for (let tenth = 0; tenth < 9; tenth++) {
      await clock.advance(100);
      expect(granted(1)).toBe(0);
    }
    await clock.advance(101);
    expect(granted(1)).toBe(1);
  });
});
