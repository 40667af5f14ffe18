import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { isDateText } from '../operation/json.js';

/** The largest epoch ms of a JavaScript Date. */
const LAST_MOMENT = 8.64e15;

function parse(value: unknown): string {
  if (isDateText(value)) return value;
  throw new GraphQLError('A DateTime is text such as "2026-01-31T08:15:30Z" or "2026-01-31T08:15:30.1234567+01:00".');
}

/** Graph's dates keep their seven fraction digits, which a JavaScript Date would cut; our own times are epoch ms. */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description:
    "A moment as ISO 8601 text. Microsoft Graph's own dates are handed on as Graph wrote them, with all their fraction digits.",
  // Graph may ask for a pause that ends after the last moment a Date can tell.
  serialize: (value) =>
    typeof value === 'number' ? new Date(Math.min(value, LAST_MOMENT)).toISOString() : String(value),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : null),
});
