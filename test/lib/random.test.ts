import { describe, expect, it } from '@jest/globals';

import { systemRandom } from '../../src/lib/random.js';

describe("the machine's randomness", () => {
  it('is a number from 0 up to 1, and rarely the same twice', () => {
    const numbers = Array.from({ length: 1_000 }, systemRandom);

    expect(numbers.filter((number) => !(number >= 0 && number < 1))).toEqual([]);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});
