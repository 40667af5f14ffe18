import { badRequest } from './envelope.js';
import { type JsonObject } from './message.js';

export const VERSIONS = ['v1.0', 'beta'] as const;
export type Version = (typeof VERSIONS)[number];

/** A request's path, taken apart by OData's rules. */
export interface ODataPath {
  readonly version: Version;
  /** As received, from the version on and without the query: the start of a link to the next page. */
  readonly text: string;
  /** Decoded; a key in parentheses stands as a segment of its own. */
  readonly segments: readonly string[];
}

/** @throws {Refusal} 400 */
export function parsePath(url: string): ODataPath {
  const [text = ''] = url.split('?', 1);
  const [first = '', ...rest] = text
    .replace(/^\/+/, '')
    .split('/')
    .flatMap((segment) => splitKey(decode(segment)));
  const version = VERSIONS.find((known) => known === first.toLowerCase());
  if (version === undefined) throw badRequest(`Invalid version: ${first}`);
  return { version, text, segments: rest };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`Invalid percent-encoding in the segment '${segment}'.`); // which is all that the cause says
  }
}

/** `teams('T')` and `teams(T)` → `teams`, `T`. Between quotes a quote is doubled. */
function splitKey(segment: string): string[] {
  const keyed = /^([A-Za-z]+)\((.+)\)$/s.exec(segment);
  if (keyed === null) return [segment];
  const [, name = '', key = ''] = keyed;
  const quoted = /^'(.*)'$/s.exec(key)?.[1];
  return [name, quoted === undefined ? key : quoted.replaceAll("''", "'")];
}

export type QueryOption = '$filter' | '$select' | '$top' | '$skip' | '$skiptoken';

/** The query options of a request; null where one is not there. */
export interface Query {
  readonly filter: string | null;
  readonly select: readonly string[] | null;
  readonly top: number | null;
  readonly skip: number;
  readonly skipToken: string | null;
  /** What a link to the next page repeats: everything but how far to skip. */
  readonly kept: readonly (readonly [name: string, value: string])[];
}

const MAX_PAGE_SIZE = 999;

/**
 * @param allowed the options that this path is documented to take, or quietly takes
 * @throws {Refusal} 400 for any other that starts with `$`, and for a value that is none
 */
export function parseQuery(url: string, allowed: readonly QueryOption[]): Query {
  const at = url.indexOf('?');
  const given = [...new URLSearchParams(at === -1 ? '' : url.slice(at + 1))];
  const values = new Map<string, string>();
  for (const [name, value] of given) {
    const option = name.toLowerCase();
    if (option.startsWith('$') && !allowed.some((known) => known === option)) {
      throw badRequest(`The query specified in the URI is not valid. Query option '${name}' is not allowed.`);
    }
    if (values.has(option)) throw badRequest(`Query option '${name}' was specified more than once.`);
    values.set(option, value);
  }
  const select = values
    .get('$select')
    ?.split(',')
    .map((name) => name.trim());
  if (select?.includes('') === true) throw badRequest('Syntax error: empty name in $select.');
  return {
    filter: values.get('$filter') ?? null,
    select: select ?? null,
    top: readNumber('$top', values.get('$top'), 1, MAX_PAGE_SIZE),
    skip: readNumber('$skip', values.get('$skip'), 0, Infinity) ?? 0,
    skipToken: values.get('$skiptoken') ?? null,
    kept: given.filter(([name]) => !['$skip', '$skiptoken'].includes(name.toLowerCase())),
  };
}

function readNumber(name: string, text: string | undefined, least: number, most: number): number | null {
  if (text === undefined) return null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most) throw badRequest(`Invalid value for ${name}: '${text}'.`);
  return value;
}

/** The members that were asked for, in the order of the body; names are compared without case. */
export function selectMembers(body: JsonObject, select: readonly string[] | null): JsonObject {
  if (select === null || select.includes('*')) return body;
  const wanted = new Set(select.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(body).filter(([name]) => wanted.has(name.toLowerCase())));
}
