import { describe, expect, it } from '@jest/globals';
import { closeGap, noteRead, openGap, owe, type Gap } from '../../src/poll/gaps.js';

const createGap = (): Gap => ({ knownUpTo: undefined, owed: 0 });

describe('what a client has not read of an operation', () => {
  it('is everything when it was told nothing', () => {
    const gap = createGap();
    openGap(gap, null);
    owe(gap, 5);
    owe(gap, 7);
    expect(gap.knownUpTo).toBeNull();

    noteRead(gap, 7);
    expect(gap.knownUpTo).toBeUndefined();
  });

  it('begins before the first transition that it was not told', () => {
    const gap = createGap();
    owe(gap, 5);
    owe(gap, 7);
    expect(gap.knownUpTo).toBe(4);
  });

  it('begins behind what it read last, while more is owed', () => {
    const gap = createGap();
    openGap(gap, null);
    for (const stamp of [5, 7, 9]) owe(gap, stamp);
    noteRead(gap, 5);
    expect(gap.knownUpTo).toBe(5);

    noteRead(gap, 9);
    expect(gap.knownUpTo).toBeUndefined();
  });

  it('is nothing once it is known to be nothing', () => {
    const gap = createGap();
    openGap(gap, 3);
    closeGap(gap);
    expect(gap).toEqual(createGap());
  });
});
