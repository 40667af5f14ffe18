import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/lib/retry-after.js';

const NOW = Date.parse('Tue, 06 Jan 2026 10:00:00 GMT');

describe('Retry-After', () => {
  it.each([
    { header: '10', ms: 10_000, because: 'whole seconds are the standard' },
    { header: '0', ms: 0, because: 'Graph may say at once' },
    { header: '2.128', ms: 2_128, because: 'Graph has been seen to write fractions' },
    { header: '0.0001', ms: 1, because: 'a part of a millisecond counts as a whole one' },
    { header: ' 41 ', ms: 41_000, because: 'space around a header means nothing' },
    { header: '86400', ms: 86_400_000, because: 'it is never capped' },
    { header: 'Tue, 06 Jan 2026 10:00:30 GMT', ms: 30_000, because: 'the standard also allows a date' },
    { header: 'Tue, 06 Jan 2026 09:59:00 GMT', ms: 0, because: 'a date that has passed is over' },
  ])('reads $header as $ms ms: $because', ({ header, ms }) => {
    expect(parseRetryAfter(header, NOW)).toBe(ms);
  });

  it('measures a date from the sender’s own time where that is told', () => {
    const header = 'Tue, 06 Jan 2026 10:00:30 GMT';

    expect(parseRetryAfter(header, NOW, 'Tue, 06 Jan 2026 09:59:50 GMT')).toBe(40_000);
    expect(parseRetryAfter(header, NOW, 'some time ago')).toBe(30_000);
  });

  it.each([undefined, '', '-5', 'soon', 'soon 5', '1e3', '5 s', '1.', '2026-01-06T10:00:30Z', '9'.repeat(40)])(
    'is absent when it reads %p',
    (header) => {
      expect(parseRetryAfter(header, NOW)).toBeNull();
    },
  );

  it('is never shortened, whatever its fraction', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[0-9]{1,12}$/), (whole, fraction) => {
        const ms = parseRetryAfter(`${whole}.${fraction}`, NOW) ?? -1;
        const asked = BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, '0')); // in units of 1e-12 s

        expect(BigInt(ms) * 10n ** 9n).toBeGreaterThanOrEqual(asked);
        expect(BigInt(ms - 1) * 10n ** 9n).toBeLessThan(asked);
      }),
    );
  });
});
