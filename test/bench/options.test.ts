import { expect, it } from '@jest/globals';
import { readOptions } from '../../bench/options.js';

it('runs all of the bench unless told which part', () => {
  expect(readOptions([], ['queries', 'memory'])).toEqual({ quick: false, only: [], profiles: null });
  expect(readOptions(['--quick', '--only', 'memory'], ['queries', 'memory'])).toEqual({
    quick: true,
    only: ['memory'],
    profiles: null,
  });
});

it('refuses a part that there is not, and says which there are', () => {
  expect(() => readOptions(['--only', 'speed'], ['queries', 'memory'])).toThrow(
    'There is no part speed; there are queries, memory.',
  );
});
