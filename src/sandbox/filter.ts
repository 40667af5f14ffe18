import { checkMember } from './enums.js';
import { badRequest } from './envelope.js';
import { type JsonObject } from './message.js';

export type Predicate = (body: JsonObject) => boolean;

/** How the values of a property are compared, and which texts are values of it. */
type Type = 'text' | 'date' | 'number' | 'object';

const PROPERTIES: ReadonlyMap<string, Type> = new Map([
  ['id', 'text'],
  ['operationType', 'text'],
  ['status', 'text'],
  ['createdDateTime', 'date'],
  ['lastActionDateTime', 'date'],
  ['attemptsCount', 'number'],
  ['targetResourceId', 'text'],
  ['targetResourceLocation', 'text'],
  ['error', 'object'],
]);

/** Each takes the sign of the difference of two values, NaN when they have no order, as with null. */
const OPERATORS: ReadonlyMap<string, (difference: number) => boolean> = new Map([
  ['eq', (difference) => difference === 0],
  ['ne', (difference) => difference !== 0],
  ['gt', (difference) => difference > 0],
  ['ge', (difference) => difference >= 0],
  ['lt', (difference) => difference < 0],
  ['le', (difference) => difference <= 0],
]);

const TOKEN = /\s*('(?:[^']|'')*'|[()]|[^\s()']+)/gy;

/** Parentheses are read by going deeper; this keeps that shallow. */
const MAX_TOKENS = 200;

/**
 * Reads a `$filter` such as `status eq 'failed' and createdDateTime ge 2026-01-01T00:00:00Z`: comparisons of a declared
 * property with a value, `and`, `or`, `not` and parentheses, as far as an operation needs them.
 *
 * @param unknownToo whether the request may name members of an enumeration that come after its sentinel
 * @throws {Refusal} 400
 */
export function parseFilter(text: string, unknownToo: boolean): Predicate {
  const invalid = () => badRequest(`Invalid filter clause: ${text}`);
  const found = [...text.matchAll(TOKEN)];
  const readTo = found.reduce((length, [all]) => length + all.length, 0);
  if (readTo < text.trimEnd().length || found.length > MAX_TOKENS) throw invalid();
  const tokens = found.map(([, token = '']) => token);

  const take = (word: string): boolean => {
    if (tokens[0]?.toLowerCase() !== word) return false;
    tokens.shift();
    return true;
  };
  const readOr = (): Predicate => {
    const left = readAnd();
    if (!take('or')) return left;
    const right = readOr();
    return (body) => left(body) || right(body);
  };
  const readAnd = (): Predicate => {
    const left = readTerm();
    if (!take('and')) return left;
    const right = readAnd();
    return (body) => left(body) && right(body);
  };
  const readTerm = (): Predicate => {
    if (take('not')) {
      const inner = readTerm();
      return (body) => !inner(body);
    }
    if (!take('(')) return readComparison();
    const inner = readOr();
    if (!take(')')) throw invalid();
    return inner;
  };
  const readComparison = (): Predicate => {
    const [property = '', operator = '', literal = ''] = tokens.splice(0, 3);
    const type = PROPERTIES.get(property);
    if (type === undefined) {
      throw badRequest(`Could not find a property named '${property}' on type 'microsoft.graph.teamsAsyncOperation'.`);
    }
    const holds = OPERATORS.get(operator.toLowerCase());
    const value = readLiteral(type, literal);
    if (holds === undefined || value === undefined) throw invalid();
    if (typeof value === 'string') checkMember(property, value, unknownToo);
    return (body) => holds(difference(valueOf(type, body[property]), value));
  };

  const predicate = readOr();
  if (tokens.length > 0) throw invalid();
  return predicate;
}

/** @returns undefined when it is no literal of that type */
function readLiteral(type: Type, literal: string): string | number | null | undefined {
  if (literal === 'null') return null;
  if (type === 'text') return /^'(.*)'$/s.exec(literal)?.[1]?.replaceAll("''", "'");
  const value = type === 'date' ? Date.parse(literal) : type === 'number' ? Number(literal) : NaN;
  return Number.isNaN(value) ? undefined : value;
}

function valueOf(type: Type, shown: unknown): string | number | null {
  if (shown === null || shown === undefined) return null;
  const value = typeof shown === 'string' || typeof shown === 'number' ? shown : JSON.stringify(shown);
  return type === 'date' ? Date.parse(String(value)) : value;
}

function difference(a: string | number | null, b: string | number | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return NaN;
  return a < b ? -1 : 1;
}
