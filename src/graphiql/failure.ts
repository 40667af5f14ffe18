import { type ExecutionResult, GraphQLError } from 'graphql';

/** A failure in the form of a result: GraphiQL would print a thrown one with its stack. */
export function failure(message: string, extensions: Record<string, unknown> = {}): ExecutionResult {
  return { errors: [new GraphQLError(message, { extensions })] };
}

/** The same for what was thrown, or what graphql-ws says of a subscription that is over. */
export function explain(problem: unknown): ExecutionResult {
  if (Array.isArray(problem)) return { errors: problem as GraphQLError[] }; // the `error` message of graphql-ws
  if (isClose(problem)) {
    const { code, reason } = problem;
    return failure(`The websocket was closed: ${code} ${reason}`.trim(), { code, reason });
  }
  if (problem instanceof Event) return failure('The websocket could not be opened, or it broke.');
  return failure(problem instanceof Error ? problem.message : String(problem));
}

export function isClose(problem: unknown): problem is { readonly code: number; readonly reason: string } {
  return typeof problem === 'object' && problem !== null && 'code' in problem && 'reason' in problem;
}
