import { type Plural } from './messages.js';

/** Numbers, times and durations as a language writes them. */
export interface Format {
  readonly count: (forms: Plural, n: number) => string;
  readonly number: (n: number) => string;
  /** The largest two units of it: `1 min 5 sec`. */
  readonly duration: (ms: number) => string;
  /** The same in as few signs as the language has for it. */
  readonly shortDuration: (ms: number) => string;
  /** `3 minutes ago` */
  readonly ago: (ms: number) => string;
  /** `23:25:52`, with the day where it is not today's. */
  readonly time: (at: number, now: number) => string;
}

const UNITS = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1_000 },
] as const;

type Unit = (typeof UNITS)[number]['unit'];
type Display = 'short' | 'narrow';

export function createFormat(tag: string): Format {
  const plurals = new Intl.PluralRules(tag);
  const numbers = new Intl.NumberFormat(tag);
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'always', style: 'short' });
  const time = new Intl.DateTimeFormat(tag, { timeStyle: 'medium' });
  const dayAndTime = new Intl.DateTimeFormat(tag, { dateStyle: 'short', timeStyle: 'medium' });
  const day = new Intl.DateTimeFormat(tag, { dateStyle: 'short' });

  const units = new Map<string, Intl.NumberFormat>();
  const inUnit = (value: number, unit: Unit, unitDisplay: Display): string => {
    const key = `${unit} ${unitDisplay}`;
    const format = units.get(key) ?? new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay });
    units.set(key, format);
    return format.format(value);
  };
  const durationIn = (style: Display): ((ms: number) => string) => {
    const list = new Intl.ListFormat(tag, { type: 'unit', style });
    return (ms) => list.format(partsOf(ms).map(({ value, unit }) => inUnit(value, unit, style)));
  };

  return {
    count: (forms, n) => (forms[plurals.select(n)] ?? forms.other).replace('{n}', numbers.format(n)),
    number: (n) => numbers.format(n),
    duration: durationIn('short'),
    shortDuration: durationIn('narrow'),
    ago(ms) {
      const [largest = { value: 0, unit: 'second' as const }] = partsOf(ms);
      return relative.format(-largest.value, largest.unit);
    },
    time: (at, now) => (day.format(at) === day.format(now) ? time : dayAndTime).format(at),
  };
}

/** The largest unit of a duration and the one below it, if there is any of that. */
function partsOf(ms: number): { readonly value: number; readonly unit: Unit }[] {
  const seconds = Math.max(0, Math.round(ms / 1_000)) * 1_000;
  const first = UNITS.findIndex((each) => seconds >= each.ms);
  const [larger, smaller] = UNITS.slice(first === -1 ? UNITS.length - 1 : first);
  if (larger === undefined) return [];
  const whole = { value: Math.floor(seconds / larger.ms), unit: larger.unit };
  if (smaller === undefined) return [whole];
  const rest = Math.floor((seconds % larger.ms) / smaller.ms);
  return rest === 0 ? [whole] : [whole, { value: rest, unit: smaller.unit }];
}
