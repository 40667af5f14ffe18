import { isDateText, isJsonObject, isNullableText } from '../operation/json.js';
import { OPERATION_KINDS } from '../operation/kinds.js';
import { type Operation } from '../operation/operation.js';
import { MAX_TRANSITIONS, type Held, type Transition } from '../operation/snapshot.js';
import { isState } from '../operation/state.js';
import { type RedisTime } from './redis-time.js';

/** What is held of one operation as Redis has it: its version, which is the stamp of the reading that made it. */
export interface Versioned {
  /** As it is written, for Redis to compare; empty where there is none. */
  readonly version: string;
  /** Null where it cannot be read. */
  readonly held: Held | null;
}

/**
 * The stamp of a transition that gets its own when it is kept, and then is the version. In the first one of an operation
 * `completeSince` comes before it.
 */
export const UNSTAMPED = 0;
const BEFORE_UNSTAMPED = UNSTAMPED - 1;

/** `[operation, checkedAt, completeSince, from, [[operation or 0 for the one above, observedAt, stamp], …]]` */
export function printHeld({ snapshot, transitions, completeSince }: Held, time: RedisTime): string {
  return JSON.stringify([
    snapshot.operation,
    time.toRedis(snapshot.checkedAt),
    completeSince,
    transitions[0]?.from ?? null,
    transitions.map(({ operation, observedAt, stamp }) => [
      operation === snapshot.operation ? 0 : operation,
      time.toRedis(observedAt),
      stamp,
    ]),
  ]);
}

/** The same with the stamp that it was given. */
export function stamped(held: Held, stamp: number): Held {
  if (held.completeSince >= 0 && held.transitions.every((each) => each.stamp !== UNSTAMPED)) return held;
  return {
    ...held,
    transitions: held.transitions.map((each) => (each.stamp === UNSTAMPED ? { ...each, stamp } : each)),
    completeSince: held.completeSince === BEFORE_UNSTAMPED ? stamp - 1 : held.completeSince,
  };
}

/** @returns what stands before `:held`, or the empty text */
export function versionOf(text: string): string {
  return /^\d+(?=:)/.exec(text)?.[0] ?? '';
}

/**
 * Reads `version:held`. What was written by something else, or by a gateway that knows of more than this one, reads as
 * nothing, which the next reading replaces.
 */
export function parseHeld(text: string, time: RedisTime): Versioned {
  const version = versionOf(text);
  if (version === '' || !time.isStamp(Number(version))) return { version, held: null };
  try {
    const held = readHeld(JSON.parse(text.slice(version.length + 1)), time);
    return { version, held: held && stamped(held, Number(version)) };
  } catch {
    return { version, held: null }; // Not JSON: not of this gateway, as above.
  }
}

function readHeld(value: unknown, time: RedisTime): Held | null {
  if (!Array.isArray(value) || value.length !== 5) return null;
  const [operation, checkedAt, completeSince, first, rows] = value as unknown[];
  if (!isOperation(operation) || !time.isPast(checkedAt)) return null;
  if (completeSince !== BEFORE_UNSTAMPED && !time.isStamp(completeSince)) return null;
  if (!(first === null || isState(first))) return null;
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MAX_TRANSITIONS) return null;
  const transitions: Transition[] = [];
  let from = first;
  for (const row of rows as unknown[]) {
    const [of, observedAt, stamp] = Array.isArray(row) ? (row as unknown[]) : [];
    const then = of === 0 ? operation : of;
    if (!isOperation(then) || !time.isPast(observedAt) || !time.isStamp(stamp)) return null;
    transitions.push({ from, operation: then, observedAt: time.fromRedis(observedAt), stamp });
    from = then.state;
  }
  return { snapshot: { operation, checkedAt: time.fromRedis(checkedAt) }, transitions, completeSince };
}

/** Member by member: what is compared, or told to callers, must be what it is taken for. */
function isOperation(value: unknown): value is Operation {
  if (!isJsonObject(value)) return false;
  const kind = OPERATION_KINDS.find(({ name }) => name === value['kind']);
  return (
    kind !== undefined &&
    typeof value['operationId'] === 'string' &&
    isState(value['state']) &&
    typeof value['rawStatus'] === 'string' &&
    isNullableDate(value['createdDateTime']) &&
    isNullableDate(value['lastActionDateTime']) &&
    isNullableFault(value['error']) &&
    kind.isDecoded(value)
  );
}

function isNullableDate(value: unknown): boolean {
  return value === null || isDateText(value);
}

function isNullableFault(value: unknown): boolean {
  return value === null || (isJsonObject(value) && isNullableText(value['code']) && isNullableText(value['message']));
}
