import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import { type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiContext } from '../api/context.js';
import { formatError, type ErrorReport } from '../api/errors.js';
import { isJsonObject } from '../operation/json.js';
import { limitExceeded } from './document-limits.js';
import { type DocumentRequest, type Documents } from './documents.js';

export interface GraphQLHttp {
  readonly apollo: ApolloServer<ApiContext>;
  readonly documents: Documents;
  readonly maxBodyBytes: number;
  readonly report: ErrorReport;
}

/** GraphQL over HTTP for one request: node's request in, Apollo's answer out. */
export async function serveGraphQL(
  { apollo, documents, maxBodyBytes, report }: GraphQLHttp,
  request: IncomingMessage,
  response: ServerResponse,
  context: () => Promise<ApiContext>,
): Promise<void> {
  const asked = await readRequest(documents, request, maxBodyBytes);
  if (asked === 'gone') return;
  if ('length' in asked) {
    const error = limitExceeded('BODY_BYTES', `A body has at most ${maxBodyBytes} bytes.`);
    refuseWith(response, 413, formatError(error, report));
    return;
  }
  if ('problem' in asked) {
    refuse(response, asked.status, asked.problem);
    return;
  }
  if ('error' in asked) {
    const takesStatus = request.headers.accept?.includes('application/graphql-response+json') === true;
    refuseWith(response, takesStatus ? 400 : 200, formatError(asked.error, report));
    return;
  }
  const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: asked.request, context });
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  response.statusCode = statusOf(answer);
  if (answer.body.kind === 'complete') {
    response.end(answer.body.string);
    return;
  }
  for await (const chunk of answer.body.asyncIterator) response.write(chunk);
  response.end();
}

/** What is wrong with a document, its operation or its variables; the request around it was well-formed. */
const DOCUMENT_CODES = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_USER_INPUT',
  'LIMIT_EXCEEDED',
];

/**
 * A client that takes `application/json` cannot tell our 400 from that of a proxy on the way, so a well-formed request
 * is answered with 200 whatever is wrong with its document. Source: GraphQL over HTTP, 6.4.1.
 */
function statusOf({ status = 200, headers, body }: HTTPGraphQLResponse): number {
  if (status !== 400 || body.kind !== 'complete') return status;
  if (headers.get('content-type')?.startsWith('application/json') !== true) return status;
  const { errors = [] } = JSON.parse(body.string) as FormattedExecutionResult;
  return errors.every(({ extensions }) => DOCUMENT_CODES.includes(String(extensions?.['code']))) ? 200 : status;
}

/** An error in GraphQL's own form, for what never becomes a GraphQL request. */
export function refuse(response: ServerResponse, status: number, message: string): void {
  refuseWith(response, status, { message, extensions: { code: 'BAD_USER_INPUT' } });
}

function refuseWith(response: ServerResponse, status: number, error: GraphQLFormattedError): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [error] }));
}

/** A function of its own, so that nothing holds the body as it came while an answer is waited for. */
async function readRequest(documents: Documents, request: IncomingMessage, maxBytes: number) {
  const body = request.method === 'POST' ? await readBody(request, maxBytes) : { value: undefined };
  if (body === 'gone' || !('value' in body)) return body;
  const asked = withText(documents, toApollo(request, body.value));
  return 'error' in asked ? asked : { request: { ...asked.request, body: leanBody(asked.request.body) } };
}

/** Only what Apollo looks at, which holds it until there is an answer; it takes no extension. */
function leanBody(body: unknown): unknown {
  if (!isJsonObject(body) || Object.keys(body).length === 0) return body;
  const { query, operationName = null, variables = null, extensions = null } = body;
  return { query, operationName, variables, extensions: isJsonObject(extensions) ? null : extensions };
}

function toApollo(request: IncomingMessage, body: unknown): HTTPGraphQLRequest {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  return { method: request.method ?? 'GET', headers, search: query === -1 ? '' : url.slice(query), body };
}

/** Puts the text of a document where a request names it by its id; any other request stays as it is. */
function withText(
  documents: Documents,
  request: HTTPGraphQLRequest,
): { readonly request: HTTPGraphQLRequest } | { readonly error: Exclude<ReturnType<Documents['textOf']>, string> } {
  const parameters = new URLSearchParams(request.search);
  const named = isJsonObject(request.body) ? request.body : namedInAddress(parameters);
  const { persistedQuery, ...extensions } = isJsonObject(named.extensions) ? named.extensions : {};
  if (named.documentId === undefined && persistedQuery === undefined) return { request };
  const query = documents.textOf(named);
  if (typeof query !== 'string') return { error: query };
  if (isJsonObject(request.body)) return { request: { ...request, body: { ...request.body, query, extensions } } };
  parameters.set('query', query);
  parameters.set('extensions', JSON.stringify(extensions));
  return { request: { ...request, search: `?${parameters.toString()}` } };
}

function namedInAddress(parameters: URLSearchParams): DocumentRequest {
  return {
    query: parameters.get('query') ?? undefined,
    documentId: parameters.get('documentId') ?? undefined,
    extensions: parseJson(parameters.get('extensions') ?? 'null'),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what JSON.parse says quotes the text
  }
}

type Body =
  | { readonly value: unknown }
  | { readonly status: number; readonly problem: string }
  | { readonly length: number }
  /** There is nobody left to answer. */
  | 'gone';

/** Only JSON is read: what a page of another origin can send without being asked first is left unread, and refused. */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json') return { value: undefined };
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    return { status: 415, problem: 'The body must be UTF-8.' };
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Left early, it does not take the connection with it: the answer goes over that, and the next request.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) break;
      chunks.push(chunk);
    }
  } catch {
    return 'gone'; // the connection was cut, or what came over it was not HTTP
  }
  if (length > maxBytes) {
    request.resume(); // the rest is thrown away
    return { length };
  }
  const value = parseJson(Buffer.concat(chunks).toString());
  return value === undefined ? { status: 400, problem: 'The body is not JSON.' } : { value };
}
