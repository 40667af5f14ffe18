import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import { type FormattedExecutionResult } from 'graphql';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiContext } from '../api/context.js';

/** Far beyond any document a person writes. */
const MAX_BODY_BYTES = 1_048_576;

/** GraphQL over HTTP for one request: node's request in, Apollo's answer out. */
export async function serveGraphQL(
  apollo: ApolloServer<ApiContext>,
  request: IncomingMessage,
  response: ServerResponse,
  context: () => Promise<ApiContext>,
): Promise<void> {
  const body = request.method === 'POST' ? await readBody(request) : { value: undefined };
  if ('problem' in body) {
    refuse(response, body.status, body.problem);
    return;
  }
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: toApollo(request, body.value),
    context,
  });
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
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }));
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

type Body = { readonly value: unknown } | { readonly status: number; readonly problem: string };

/** Only JSON is read: what a page of another origin can send without being asked first is left unread, and refused. */
async function readBody(request: IncomingMessage): Promise<Body> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json') return { value: undefined };
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
    return { status: 415, problem: 'The body must be UTF-8.' };
  }
  const chunks: Buffer[] = [];
  let length = 0;
  // Left early, it does not take the connection with it: the answer goes over that, and the next request.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) break;
    chunks.push(chunk);
  }
  if (length > MAX_BODY_BYTES) {
    request.resume(); // the rest is thrown away
    return { status: 413, problem: `The body has at most ${MAX_BODY_BYTES} bytes.` };
  }
  try {
    return { value: JSON.parse(Buffer.concat(chunks).toString()) };
  } catch {
    return { status: 400, problem: 'The body is not JSON.' }; // what JSON.parse says quotes the body
  }
}
