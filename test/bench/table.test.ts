import { describe, expect, it } from '@jest/globals';
import { atLeast, atMost, printTable } from '../../bench/table.js';

describe('the table of the bench', () => {
  it('says by how much an aim was missed', () => {
    expect(atMost(2, 2)).toBe('met');
    expect(atMost(3, 2)).toBe('missed: 1.50 × of what it may be');
    expect(atLeast(0.8, 0.8)).toBe('met');
    expect(atLeast(0.4, 0.8)).toBe('missed: 0.50 × of what it should be');
  });

  it('takes nothing for met that was not measured', () => {
    expect(atMost(NaN, 1)).toBe('not measured');
    expect(atLeast(NaN, 1)).toBe('not measured');
  });

  it('lines up in a terminal', () => {
    expect(printTable(['what', 'µs'], [['a query', '1']])).toBe(
      ['| what    | µs  |', '| ------- | --- |', '| a query | 1   |'].join('\n'),
    );
  });
});
