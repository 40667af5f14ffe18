import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { compareDateText } from '../../src/operation/operation.js';
import { runs } from '../support/runs.js';

describe('two dates as Graph writes them', () => {
  it.each([
    { a: '2021-05-27T21:23:41.9085453Z', b: '2021-05-27T21:23:41.9085454Z', because: 'all seven digits count' },
    { a: '2021-05-27T21:23:41.9Z', b: '2021-05-27T21:23:41.9085453Z', because: 'short fractions are filled up' },
    { a: '2021-05-27T21:23:41.09Z', b: '2021-05-27T21:23:41.9Z', because: 'a zero in front counts' },
    { a: '2021-05-27T21:23:41Z', b: '2021-05-27T21:23:41.0000001Z', because: 'a date may have no fraction' },
    { a: '2021-05-27T21:23:41.9999999Z', b: '2021-05-27T21:23:42Z', because: 'seconds come before fractions' },
    { a: '2021-05-27T23:59:59Z', b: '2021-05-27T23:59:59-08:00', because: 'an offset is subtracted' },
    { a: '2021-05-28T01:00:00+02:00', b: '2021-05-27T23:00:00.1Z', because: 'the day may differ by the offset' },
    { a: '2021-05-27T21:23:41', b: '2021-05-27T21:23:41.1+00:00', because: 'without an offset it is UTC' },
    { a: '2021-05-27T21:23:41.1234567890Z', b: '2021-05-27T21:23:41.1234567891Z', because: 'there may be more digits' },
    { a: null, b: '0001-01-01T00:00:00Z', because: 'a missing one is the earliest' },
    { a: 'yesterday', b: '0001-01-01T00:00:00Z', because: 'one without a readable time likewise' },
    { a: '2021-13-27T21:23:41Z', b: '0001-01-01T00:00:00Z', because: 'a month that does not exist likewise' },
  ])('have an order: $because', ({ a, b }) => {
    expect(compareDateText(a, b)).toBeLessThan(0);
    expect(compareDateText(b, a)).toBeGreaterThan(0);
  });

  it.each([
    { a: '2021-05-27T21:23:41Z', b: '2021-05-27T21:23:41.0000000Z' },
    { a: '2021-05-27T21:23:41.5Z', b: '2021-05-27T21:23:41.500000000000Z' },
    { a: '2021-05-27T21:23:41.9085453Z', b: '2021-05-27T21:23:41.9085453+00:00' },
    { a: '2021-05-27T21:23:41.5Z', b: '2021-05-27T23:23:41.5+02:00' },
    { a: '2021-05-27T21:23:41', b: '2021-05-27T21:23:41Z' },
    { a: null, b: null },
    { a: null, b: 'yesterday' },
  ])('are the same moment: $a and $b', ({ a, b }) => {
    expect(compareDateText(a, b)).toBe(0);
    expect(compareDateText(b, a)).toBe(0);
  });

  it('are ordered as their moments are, whatever their digits and offsets', () => {
    const second = fc.integer({ min: Date.UTC(1990) / 1_000, max: Date.UTC(2100) / 1_000 });
    const ticks = fc.integer({ min: 0, max: 9_999_999 });
    const offsetMinutes = fc.integer({ min: -14 * 60, max: 14 * 60 });
    const date = fc.record({ second: fc.oneof(second, fc.constant(1_600_000_000)), ticks, offsetMinutes });
    const write = ({
      second,
      ticks,
      offsetMinutes,
    }: {
      second: number;
      ticks: number;
      offsetMinutes: number;
    }): string => {
      const local = new Date((second + offsetMinutes * 60) * 1_000).toISOString().slice(0, 19);
      const size = Math.abs(offsetMinutes);
      const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'));
      return `${local}.${String(ticks).padStart(7, '0')}${offsetMinutes < 0 ? '-' : '+'}${hours ?? ''}:${minutes ?? ''}`;
    };

    fc.assert(
      fc.property(date, date, (a, b) => {
        const expected = a.second - b.second || a.ticks - b.ticks;

        expect(Math.sign(compareDateText(write(a), write(b)))).toBe(Math.sign(expected));
      }),
      { numRuns: runs(5_000) },
    );
  });
});
