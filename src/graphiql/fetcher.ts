import { type Fetcher, type FetcherParams } from '@graphiql/toolkit';
import { type ExecutionResult, getOperationAST, OperationTypeNode, parse } from 'graphql';
import { explain, failure } from './failure.js';
import { subscribe } from './subscription.js';
import { type TypedHeaders } from './typed-headers.js';

/**
 * Runs what is typed into GraphiQL against `endpoint`: a subscription over a websocket (graphql-transport-ws), anything
 * else as a POST. The typed headers go with both, and what is `typed` later with a subscription that runs.
 */
export function createFetcher(endpoint: URL, request: typeof fetch, typed: TypedHeaders): Fetcher {
  return async (params, options) => {
    try {
      const headers = new Headers(options?.headers);
      return isSubscription(params)
        ? subscribe({ endpoint, payload: params, headers, typed })
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
