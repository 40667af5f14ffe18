import { type OperationState } from './state.js';

/** What went wrong in an operation that failed, as Graph tells it. */
export interface OperationFault {
  readonly code: string | null;
  readonly message: string | null;
}

/** What every kind of operation has. A kind extends it with its own properties, under Graph's own names. */
export interface Operation {
  /** The name of its kind, Graph's name of the resource type: `teamsAsyncOperation`. */
  readonly kind: string;
  /** Graph's own id: opaque text, not always a GUID. */
  readonly operationId: string;
  readonly state: OperationState;
  /** The word Graph wrote, also when this version does not know it. */
  readonly rawStatus: string;
  /** Graph's text, with all its fraction digits. */
  readonly createdDateTime: string | null;
  readonly lastActionDateTime: string | null;
  readonly error: OperationFault | null;
}

/**
 * Orders two of Graph's dates by all their digits; a missing one, or one without a readable time, is the earliest.
 * @returns negative, zero or positive, as a sort wants it
 */
export function compareDateText(a: string | null, b: string | null): number {
  const [aMs, aFraction] = instant(a);
  const [bMs, bFraction] = instant(b);
  if (aMs !== bMs) return aMs < bMs ? -1 : 1;
  return aFraction < bFraction ? -1 : aFraction > bFraction ? 1 : 0;
}

/** Whole seconds as epoch ms, and the digits of the fraction without the zeros at its end, which sort like the number. */
function instant(text: string | null): [ms: number, fraction: string] {
  const parts = text === null ? null : /^([^.]{19})(?:\.(\d+))?(.*)$/.exec(text);
  if (parts === null) return [-Infinity, ''];
  const [, seconds = '', fraction = '', zone = ''] = parts;
  const ms = Date.parse(seconds + (zone === '' ? 'Z' : zone));
  return Number.isNaN(ms) ? [-Infinity, ''] : [ms, fraction.replace(/0+$/, '')];
}
