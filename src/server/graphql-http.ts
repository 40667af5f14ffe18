import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest, type HTTPGraphQLResponse } from '@apollo/server';
import { type FormattedExecutionResult, type GraphQLFormattedError } from 'graphql';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ApiContext } from '../api/context.js';
import { formatError, type ErrorReport } from '../api/errors.js';
import { LimitError } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { createAnswerTypes } from './answer-types.js';
import { limitExceeded } from './document-limits.js';
import { type DocumentRequest, type Documents } from './documents.js';
import { type HotQueries } from './hot-queries.js';
import { parseJson, readBody } from './json-body.js';
import { problemOf } from './request-problems.js';

export interface GraphQLHttp {
  readonly apollo: ApolloServer<ApiContext>;
  readonly documents: Documents;
  readonly hotQueries: HotQueries;
  readonly maxBodyBytes: number;
  readonly report: ErrorReport;
}

/** What every answer to a request says, whatever else it does: names and values in turn, as node writes them. */
export type AnswerHeaders = readonly string[];

export type ServeGraphQL = (
  request: IncomingMessage,
  response: ServerResponse,
  headers: AnswerHeaders,
  context: () => Promise<ApiContext>,
) => Promise<void>;

/** GraphQL over HTTP for one request: node's request in; the short way where there is one, else Apollo's answer out. */
export function createGraphQLHttp({ apollo, documents, hotQueries, maxBodyBytes, report }: GraphQLHttp): ServeGraphQL {
  const answerTypes = createAnswerTypes();

  /** A function of its own, so that nothing holds the body as it came while an answer is waited for. */
  const read = async (request: IncomingMessage, answerType: string | undefined) => {
    const body = request.method === 'POST' ? await readBody(request, maxBodyBytes) : { text: undefined };
    if (body === 'gone' || !('text' in body)) return body;
    const { text } = body;
    const again = answerType === undefined || text === undefined ? null : hotQueries.again(text);
    if (again !== null) return { run: again };
    const value = text === undefined ? undefined : parseJson(text);
    if (text !== undefined && value === undefined) return { status: 400, problem: 'The body is not JSON.' };
    const run =
      answerType !== undefined && text !== undefined && isJsonObject(value) ? hotQueries.prepare(value, text) : null;
    if (run !== null) return { run };
    const asked = withText(documents, toApollo(request, value));
    return 'error' in asked ? asked : { request: { ...asked.request, body: leanBody(asked.request.body) } };
  };

  return async (request, response, headers, context) => {
    if (request.method !== 'POST' && request.method !== 'GET') {
      setHeaders(response, headers);
      response.setHeader('Allow', 'GET, POST');
      refuse(response, 405, 'Only GET and POST are of use here.');
      return;
    }
    const { accept } = request.headers;
    const answerType = answerTypes.of(accept);
    const asked = await read(request, answerType);
    if (asked === 'gone') return;
    if ('run' in asked) {
      const text = await asked.run(await context());
      const length = Buffer.byteLength(text);
      response.writeHead(200, [...headers, 'content-type', answerType ?? '', 'content-length', String(length)]);
      // A text of ASCII alone is the same in both, and node writes this one without looking at each character.
      response.end(text, length === text.length ? 'latin1' : 'utf8');
      return;
    }
    setHeaders(response, headers);
    if ('length' in asked) {
      refuseBeyond(response, 413, new LimitError('BODY_BYTES', `A body has at most ${maxBodyBytes} bytes.`), report);
      return;
    }
    if ('problem' in asked) {
      refuse(response, asked.status, asked.problem);
      return;
    }
    if ('error' in asked) {
      const takesStatus = accept?.includes('application/graphql-response+json') === true;
      refuseWith(response, takesStatus ? 400 : 200, formatError(asked.error, report));
      return;
    }
    const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: asked.request, context });
    if (isResult(answer)) answerTypes.learn(accept, answer.headers.get('content-type'));
    for (const [name, value] of answer.headers) response.setHeader(name, value);
    const said = errorsOf(answer);
    response.statusCode = statusOf(answer, said);
    if (said.some(({ extensions }) => extensions?.['code'] === 'BAD_REQUEST')) {
      const message = problemOf(asked.request, response.statusCode);
      response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }));
      return;
    }
    if (answer.body.kind === 'complete') {
      response.end(answer.body.string);
      return;
    }
    for await (const chunk of answer.body.asyncIterator) response.write(chunk);
    response.end();
  };
}

/** What was executed: for the type of such an answer only the header Accept matters. */
function isResult({ status = 200, body }: HTTPGraphQLResponse): boolean {
  return status === 200 && body.kind === 'complete';
}

/** @param headers names and values in turn */
export function setHeaders(response: ServerResponse, headers: AnswerHeaders): void {
  for (let at = 0; at + 1 < headers.length; at += 2) response.setHeader(headers[at] ?? '', headers[at + 1] ?? '');
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
function statusOf({ status = 200, headers }: HTTPGraphQLResponse, said: readonly GraphQLFormattedError[]): number {
  if (status !== 400 || headers.get('content-type')?.startsWith('application/json') !== true) return status;
  return said.every(({ extensions }) => DOCUMENT_CODES.includes(String(extensions?.['code']))) ? 200 : status;
}

/** Why it was refused; an answer with data is not looked at. */
function errorsOf({ status = 200, body }: HTTPGraphQLResponse): readonly GraphQLFormattedError[] {
  if (status < 400 || body.kind !== 'complete') return [];
  const { errors = [] } = JSON.parse(body.string) as FormattedExecutionResult;
  return errors;
}

/** An error in GraphQL's own form, for what never becomes a GraphQL request. */
export function refuse(response: ServerResponse, status: number, message: string, code = 'BAD_USER_INPUT'): void {
  refuseWith(response, status, { message, extensions: { code } });
}

/** The same with errors as clients see them. */
export function refuseWith(
  response: ServerResponse,
  status: number,
  ...errors: readonly GraphQLFormattedError[]
): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors }));
}

/** A bound of the gateway's is reached. */
export function refuseBeyond(response: ServerResponse, status: number, limit: LimitError, report: ErrorReport): void {
  refuseWith(response, status, formatError(limitExceeded(limit.limit, limit.message), report));
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
