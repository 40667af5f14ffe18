import { beforeEach, describe, expect, it } from '@jest/globals';
import { createKeptBodies, KEPT_FOR_MS, type KeptBodies } from '../../src/server/kept-bodies.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';

describe('what was made of a body', () => {
  let clock: FakeClock;
  let kept: KeptBodies<object>;
  beforeEach(() => {
    clock = createFakeClock();
    kept = createKeptBodies(clock);
  });

  it('is found by the same body, and by no other', () => {
    const made = {};
    kept.keep('one', made);
    expect(kept.find('one')).toBe(made);
    expect(kept.find('one ')).toBeUndefined();
  });

  it('is gone some seconds after its last use', async () => {
    kept.keep('one', {});
    kept.keep('two', {});
    await clock.advance(KEPT_FOR_MS - 1);
    expect(kept.find('one')).toBeDefined();
    await clock.advance(1);
    expect(kept.find('two')).toBeUndefined();
    await clock.advance(KEPT_FOR_MS - 2);
    expect(kept.find('one')).toBeDefined();
    await clock.advance(KEPT_FOR_MS);
    expect(kept.find('one')).toBeUndefined();
  });

  it('is let go of without being asked for again, and nothing is left to wake for', async () => {
    kept.keep('one', {});
    await clock.advance(KEPT_FOR_MS - 1_000);
    kept.keep('two', {});
    expect(clock.pending).toBe(1);
    await clock.advance(2 * KEPT_FOR_MS);
    expect(clock.pending).toBe(0);
  });

  it('goes the longest unused first, when there are too many or they are too long', () => {
    kept.keep('first', {});
    kept.keep('used', {});
    for (let nth = 0; nth < 499; nth++) {
      kept.keep(`body ${nth}`, {});
      kept.find('used');
    }
    expect(kept.find('first')).toBeUndefined();
    expect(kept.find('used')).toBeDefined();
    for (let nth = 0; nth < 100; nth++) kept.keep(`long ${nth}`.padEnd(2_000), {});
    expect(kept.find('used')).toBeUndefined();
    expect(kept.find('long 1'.padEnd(2_000))).toBeDefined();
  });

  it('is not kept of a very long one', () => {
    kept.keep('x'.repeat(2_001), {});
    expect(kept.find('x'.repeat(2_001))).toBeUndefined();
  });

  it('is forgotten when it is closed, and so is what comes later', () => {
    kept.keep('one', {});
    kept.close();
    kept.keep('two', {});
    expect([kept.find('one'), kept.find('two'), clock.pending]).toEqual([undefined, undefined, 0]);
  });
});
