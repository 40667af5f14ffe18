import { type FormattedExecutionResult, type GraphQLError } from 'graphql';
import { formatError, type ErrorReport } from '../api/errors.js';

/** As graphql-js and graphql-ws have it. */
interface Result {
  readonly data?: Record<string, unknown> | null | undefined;
  readonly errors?: readonly GraphQLError[] | undefined;
  readonly extensions?: Record<string, unknown> | undefined;
}

/** A result as a client may see it. */
export function formatResult({ data, errors, extensions }: Result, report: ErrorReport): FormattedExecutionResult {
  return {
    ...(errors !== undefined && { errors: errors.map((error) => formatError(error, report)) }),
    ...(data !== undefined && { data }),
    ...(extensions !== undefined && { extensions }),
  };
}
