import { type Fetcher, type FetcherParams } from '@graphiql/toolkit';
import { type ExecutionResult, getOperationAST, GraphQLError, OperationTypeNode, parse } from 'graphql';
import { createClient } from 'graphql-ws';

/**
 * Runs what is typed into GraphiQL against `endpoint`: a subscription over a websocket (graphql-transport-ws), anything
 * else as a POST. The typed headers go with both; of a websocket only Authorization can, and it goes in the payload
 * of `connection_init`, where browsers let a page say it.
 */
export function createFetcher(endpoint: URL, request: typeof fetch): Fetcher {
  return async (params, options) => {
    try {
      const headers = new Headers(options?.headers);
      return isSubscription(params)
        ? subscribe(endpoint, params, headers)
        : await post(request, endpoint, params, headers);
    } catch (problem) {
      return explain(problem);
    }
  };
}

/** Reads the document itself: what GraphiQL parsed of it may be a keystroke behind. */
function isSubscription({ query, operationName }: FetcherParams): boolean {
  try {
    return getOperationAST(parse(query), operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
  } catch {
    return false; // not a document: the gateway says what is wrong with it
  }
}

async function post(
  request: typeof fetch,
  endpoint: URL,
  params: FetcherParams,
  headers: Headers,
): Promise<ExecutionResult> {
  headers.set('content-type', 'application/json');
  if (!headers.has('accept')) headers.set('accept', 'application/graphql-response+json, application/json;q=0.9');
  const response = await request(endpoint, { method: 'POST', headers, body: JSON.stringify(params) });
  const body = await response.text();
  try {
    return JSON.parse(body) as ExecutionResult;
  } catch {
    return failure(`HTTP ${response.status} ${response.statusText}: ${body.slice(0, 500)}`.trim());
  }
}

/**
 * Each run has a websocket of its own, so a changed header is never outlived by an older connection. One that breaks is
 * opened again some times, by graphql-ws; one that the gateway closes with a code of its own is not.
 */
function subscribe(endpoint: URL, params: FetcherParams, headers: Headers): AsyncIterable<ExecutionResult> {
  const url = new URL(endpoint);
  url.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';
  const authorization = headers.get('authorization');
  const client = createClient({
    url: url.href,
    ...(authorization === null ? {} : { connectionParams: { authorization } }),
    shouldRetry: (problem) => isClose(problem) && problem.code < FIRST_CODE_OF_APPLICATIONS,
  });
  const events = client.iterate(params) as AsyncIterableIterator<ExecutionResult>; // as GraphiQL calls what it prints
  // Not a generator around `events`: its return() would wait for the next event, and Stop would not stop.
  const results: AsyncIterator<ExecutionResult> = {
    next: () => events.next().catch((problem: unknown) => ({ done: false, value: explain(problem) })),
    return: () => events.return?.() ?? Promise.resolve({ done: true, value: undefined }),
  };
  return { [Symbol.asyncIterator]: () => results };
}

/** Close codes from here on are an application's own words; below are the protocol's. Source: RFC 6455, 7.4.2. */
const FIRST_CODE_OF_APPLICATIONS = 4000;

function isClose(problem: unknown): problem is { readonly code: number; readonly reason: string } {
  return typeof problem === 'object' && problem !== null && 'code' in problem && 'reason' in problem;
}

/** A failure in the form of a result: GraphiQL would print a thrown one with its stack. */
function explain(problem: unknown): ExecutionResult {
  if (Array.isArray(problem)) return { errors: problem as GraphQLError[] }; // the `error` message of graphql-ws
  if (isClose(problem)) {
    const { code, reason } = problem;
    return failure(`The websocket was closed: ${code} ${reason}`.trim(), { code, reason });
  }
  if (problem instanceof Event) return failure('The websocket could not be opened, or it broke.');
  return failure(problem instanceof Error ? problem.message : String(problem));
}

function failure(message: string, extensions: Record<string, unknown> = {}): ExecutionResult {
  return { errors: [new GraphQLError(message, { extensions })] };
}
