import { parseValue } from 'graphql';
import { describe, expect, it } from '@jest/globals';
import { DateTime } from '../../src/api/date-time.js';

describe('a DateTime', () => {
  it.each([
    ['2026-01-31T08:15:30.1234567Z', '2026-01-31T08:15:30.1234567Z'],
    ['2026-01-31T08:15:30+05:30', '2026-01-31T08:15:30+05:30'],
    [Date.UTC(2026, 0, 31, 8, 15, 30, 120), '2026-01-31T08:15:30.120Z'],
  ])('shows %j as %j', (value, shown) => {
    expect(DateTime.serialize(value)).toBe(shown);
  });

  it.each(['2026-01-31T08:15:30Z', '2026-01-31T08:15:30.1234567Z', '2026-01-31T08:15:30.1+01:00'])(
    'is %s as a client writes it, in a document and in a variable',
    (text) => {
      expect(DateTime.parseValue(text)).toBe(text);
      expect(DateTime.parseLiteral(parseValue(JSON.stringify(text)))).toBe(text);
    },
  );

  it.each([null, 5, true, '', 'yesterday', '31.01.2026', '2026-01-31T08:15', ['2026-01-31T08:15:30Z']])(
    'is not %j',
    (value) => {
      const example = /2026-01-31T08:15:30Z/;
      expect(() => DateTime.parseValue(value)).toThrow(example);
      expect(() => DateTime.parseLiteral(parseValue(JSON.stringify(value)))).toThrow(example);
    },
  );
});
