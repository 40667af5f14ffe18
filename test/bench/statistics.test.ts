import { describe, expect, it } from '@jest/globals';
import { median, quantile } from '../../bench/statistics.js';

describe('the statistics of the bench', () => {
  it.each([
    { of: [3, 1, 2], is: 2, because: 'the order in which rounds came means nothing' },
    { of: [10, 9, 100], is: 10, because: 'numbers are compared as numbers' },
    { of: [4, 1, 3, 2], is: 3, because: 'of two in the middle it is the upper one' },
    { of: [], is: NaN, because: 'of nothing there is none' },
  ])('take the middle: $because', ({ of, is }) => {
    expect(median(of)).toBe(is);
  });

  it('tell what all but one in a hundred stay below', () => {
    const latencies = Array.from({ length: 1_000 }, (_, nth) => 1_000 - nth);

    expect(quantile(latencies, 0.5)).toBe(501);
    expect(quantile(latencies, 0.99)).toBe(991);
    expect(quantile(latencies, 1)).toBe(1_000);
  });
});
