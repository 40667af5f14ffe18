import { describe, expect, it } from '@jest/globals';
import { paced } from '../../src/board/pace.js';
import { type Clock } from '../../src/board/clock.js';
import { createFakeClock } from '../support/fake-clock.js';

describe('what is told at a pace', () => {
  it('is told at once, and a burst after it once more', async () => {
    const clock = createFakeClock();
    let told = 0;
    const tell = paced(clock, 100, () => (told += 1));
    for (let event = 0; event < 500; event++) tell();
    expect(told).toBe(1);
    await clock.advance(100);
    expect(told).toBe(2);
    expect(clock.pending).toBe(0);
    await clock.advance(100);
    tell();
    expect(told).toBe(3);
  });

  it('is told soon, however far the clock of the machine was set back', () => {
    let now = 1_000_000;
    const clock: Clock = { now: () => now, wakeAt: () => () => undefined };
    let told = 0;
    const tell = paced(clock, 100, () => (told += 1));
    tell();
    now = 0;
    tell();
    expect(told).toBe(2);
  });
});
