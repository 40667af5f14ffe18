import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { GraphError, InputError, LimitError, type Reason } from '../operation/failure.js';
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
        ...('retryAfterMs' in reason && { retryAfterSeconds: Math.ceil(reason.retryAfterMs) / 1_000 }),
        ...('claims' in reason && { claims: reason.claims }),
        ...(answer.code !== undefined && { graphCode: answer.code }),
        ...(answer.requestId !== undefined && { requestId: answer.requestId }),
        ...(answer.clientRequestId !== undefined && { clientRequestId: answer.clientRequestId }),
      },
    });
  }
  if (error instanceof InputError) return new GraphQLError(error.message, { extensions: { code: 'BAD_USER_INPUT' } });
  if (error instanceof LimitError) return new GraphQLError(error.message, { extensions: { code: 'LIMIT_EXCEEDED' } });
  return null;
}

/** The caller has not said who it is, and Graph is only asked in somebody's name. */
export function unauthenticated(): GraphQLError {
  return new GraphQLError(
    'Who is asking? Send the header `Authorization: Bearer …`, or `{ "authorization": "Bearer …" }` in connection_init.',
    { extensions: { code: 'UNAUTHENTICATED' } },
  );
}

/**
 * The last step of every error on its way to a client, over HTTP and websocket alike. What is not ours to tell becomes
 * one sentence without detail; the detail goes to the log.
 */
export function formatError(error: GraphQLError, log: Log): GraphQLFormattedError {
  const known = toGraphQLError(error.originalError);
  const { message, locations, path } = error.toJSON();
  const place = { ...(locations !== undefined && { locations }), ...(path !== undefined && { path }) };
  if (known !== null) return { message: known.message, ...place, extensions: known.extensions };
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
