import { GraphError } from './failure.js';

/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the error that says which member of Graph's answer is not as its schema has it */
export function malformed(member: string, expected: string, got: unknown): GraphError {
  const detail = `${member} should be ${expected} and is ${describe(got)}`;
  return new GraphError({ kind: 'malformed', detail }, `Microsoft Graph's answer cannot be read: ${detail}.`);
}

/** A value's shape, not its content: an answer may hold what a message must not. */
function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A member that must be text. @throws {GraphError} `malformed` */
export function readText(body: JsonObject, member: string): string {
  const value = body[member];
  if (typeof value !== 'string' || value === '') throw malformed(member, 'a non-empty string', value);
  return value;
}

/** A member that may be text, null or missing. @throws {GraphError} `malformed` */
export function readNullableText(body: JsonObject, member: string, path = member): string | null {
  const value = body[member] ?? null;
  if (value !== null && typeof value !== 'string') throw malformed(path, 'a string or null', value);
  return value;
}

export function isNullableText(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** Graph writes dates in .NET's style and in others; all have this start. Source: the examples of Microsoft's pages. */
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}[:-]\d{2}[:-]\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

export function isDateText(value: unknown): value is string {
  return typeof value === 'string' && DATE.test(value);
}

/**
 * A date as Graph wrote it: a JavaScript Date keeps three digits of the seven. The sentinels that stand for null in
 * non-null members, year 1 and the empty text, read as null. @throws {GraphError} `malformed`
 */
export function readDateText(body: JsonObject, member: string): string | null {
  const value = readNullableText(body, member);
  if (value === null || value === '' || value.startsWith('0001-01-01')) return null;
  if (!isDateText(value)) throw malformed(member, 'a date', value);
  return value;
}

/** A 32-bit integer; null and missing read as `absent`. @throws {GraphError} `malformed` */
export function readInt(body: JsonObject, member: string, absent: number): number {
  const value = body[member] ?? absent;
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 31 - 1) {
    throw malformed(member, 'a 32-bit integer', value);
  }
  return value;
}
