/** Graph's servers write dates as RFC 1123 has them, as in `Tue, 06 Jan 2026 10:00:00 GMT`. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Whole seconds by the standard; Graph has been seen to write fractions: `2.128`. */
const SECONDS = /^(\d+)(?:\.(\d+))?$/;

/**
 * How long Graph asks to be left alone, as the header Retry-After says. It is the earliest time and not a hint, so it
 * is never shortened nor capped, and a part of a millisecond counts as a whole one.
 *
 * @param now epoch ms when the answer came; a date is measured from it, unless `date` tells the sender's own time
 * @param date the answer's Date header: with it a difference of the two clocks does not matter
 * @returns ms, 0 for a date that has passed; null where there is no such header, or nothing that can be read as one
 */
export function parseRetryAfter(header: string | undefined, now: number, date?: string): number | null {
  const text = header?.trim() ?? '';
  const seconds = SECONDS.exec(text);
  if (seconds !== null) return millisecondsOf(seconds[1] ?? '', seconds[2] ?? '');
  const until = parseDate(text);
  return until === null ? null : Math.max(0, until - (parseDate(date ?? '') ?? now));
}

/** Digit by digit, since 1000 × 2.128 is not 2128 in binary. */
function millisecondsOf(whole: string, fraction: string): number | null {
  const ms = Number(whole) * 1_000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
  const rest = /[1-9]/.test(fraction.slice(3)) ? 1 : 0;
  return Number.isSafeInteger(ms) ? ms + rest : null;
}

function parseDate(text: string): number | null {
  if (!HTTP_DATE.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
