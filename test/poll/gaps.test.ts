import { describe, expect, it } from '@jest/globals';
import { createGaps } from '../../src/poll/gaps.js';

describe('what a client has not read', () => {
  it('is everything of an operation that it was told nothing of', () => {
    const gaps = createGaps();
    gaps.open('a', null);
    gaps.owe('a', 5);
    gaps.owe('a', 7);
    expect([...gaps.entries]).toEqual([['a', null]]);

    gaps.read('a', 7);
    expect([...gaps.entries]).toEqual([]);
  });

  it('begins before the first transition that it was not told', () => {
    const gaps = createGaps();
    gaps.owe('a', 5);
    gaps.owe('a', 7);
    expect([...gaps.entries]).toEqual([['a', 4]]);
  });

  it('begins behind what it read last, while more is owed', () => {
    const gaps = createGaps();
    gaps.open('a', null);
    for (const stamp of [5, 7, 9]) gaps.owe('a', stamp);
    gaps.read('a', 5);
    expect([...gaps.entries]).toEqual([['a', 5]]);
    gaps.read('a', 9);

    expect([...gaps.entries]).toEqual([]);
  });

  it('is nothing once it is known to be nothing', () => {
    const gaps = createGaps();
    gaps.open('a', 3);
    gaps.owe('b', 4);
    gaps.close('a');

    expect([...gaps.entries]).toEqual([['b', 3]]);
  });
});
