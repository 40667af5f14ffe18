import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { GraphError, InputError, LimitError, type LimitName, type Reason } from '../operation/failure.js';
import { type Log } from '../lib/log.js';

/** A reason without a line here does not compile. */
export const CODES = {
  throttled: 'UPSTREAM_THROTTLED',
  overBudget: 'UPSTREAM_THROTTLED',
  unavailable: 'UPSTREAM_UNAVAILABLE',
  malformed: 'UPSTREAM_MALFORMED',
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'FORBIDDEN',
  notFound: 'NOT_FOUND',
  refused: 'BAD_USER_INPUT',
} as const satisfies Record<Reason['kind'], string>;

/** An error as a client may see it: a code to branch on, and nothing of our insides. */
export function toGraphQLError(error: unknown): GraphQLError | null {
  if (error instanceof GraphError) {
    const { reason, answer } = error;
    return new GraphQLError(error.message, {
      originalError: error,
      extensions: {
        code: CODES[reason.kind],
        ...(reason.retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(reason.retryAfterMs) / 1_000 }),
        ...('claims' in reason && { claims: reason.claims }),
        ...(answer.code !== undefined && { graphCode: answer.code }),
        ...(answer.requestId !== undefined && { requestId: answer.requestId }),
        ...(answer.clientRequestId !== undefined && { clientRequestId: answer.clientRequestId }),
      },
    });
  }
  if (error instanceof InputError) return new GraphQLError(error.message, { extensions: { code: 'BAD_USER_INPUT' } });
  if (error instanceof LimitError) {
    return new GraphQLError(error.message, {
      originalError: error,
      extensions: { code: 'LIMIT_EXCEEDED', limit: error.limit },
    });
  }
  return null;
}

/** The caller has not said who it is, and Graph is only asked in somebody's name. */
export function unauthenticated(): GraphQLError {
  return new GraphQLError(
    'Who is asking? Send the header `Authorization: Bearer …`, or `{ "authorization": "Bearer …" }` in connection_init.',
    { extensions: { code: 'UNAUTHENTICATED' } },
  );
}

/** Who else is told of an error, besides the client. */
export interface ErrorReport {
  readonly log: Log;
  /** Counts what a bound of the gateway refused. */
  readonly refused: (limit: LimitName) => void;
}

/**
 * The last step of every error on its way to a client, over HTTP and websocket alike. What is not ours to tell becomes
 * one sentence without detail; the detail goes to the log.
 */
export function formatError(error: GraphQLError, { log, refused }: ErrorReport): GraphQLFormattedError {
  const cause = causeOf(error);
  if (cause instanceof LimitError) refused(cause.limit);
  const known = toGraphQLError(error.originalError);
  const { message: written, locations, path } = error.toJSON();
  const message = shortened(written);
  const place = { ...(locations !== undefined && { locations }), ...(path !== undefined && { path }) };
  if (known !== null) return { message: shortened(known.message), ...place, extensions: known.extensions };
  // Errors of GraphQL itself carry a code or have no original: a query that does not parse, a variable of the wrong type.
  const original = error.originalError;
  if (original === undefined || original instanceof GraphQLError) {
    // `http` is Apollo's own note on how to answer.
    const extensions = Object.fromEntries(Object.entries(error.extensions).filter(([name]) => name !== 'http'));
    return { message, ...place, extensions: { code: 'BAD_USER_INPUT', ...extensions } };
  }
  log.error({ err: original, path }, 'internal error');
  return { message: 'Internal error.', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** GraphQL's own errors quote what they are about, and that may be a megabyte. */
const MAX_MESSAGE_LENGTH = 1_000;

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH)}… (shortened)`;
}

/** What was thrown first: a resolver's own GraphQLError is wrapped in another one that knows its path. */
function causeOf({ originalError }: GraphQLError): Error | undefined {
  return originalError instanceof GraphQLError ? (causeOf(originalError) ?? originalError) : originalError;
}
