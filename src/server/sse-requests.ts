import { TOKEN_HEADER_KEY, TOKEN_QUERY_KEY } from 'graphql-sse';
import { type IncomingMessage } from 'node:http';
import { isJsonObject } from '../operation/json.js';
import { parseJson, readBody } from './json-body.js';
import { NO_DOCUMENT, NO_OBJECT, NOT_JSON_TYPE, wrongFieldOf } from './request-problems.js';
import { type RunRequest } from './running.js';

/** What a request is about, but for what is in its body. */
export interface StreamAddress {
  /** Of a stream that was reserved; null in a request that is on its own. */
  readonly streamToken: string | null;
  readonly parameters: URLSearchParams;
}

/** A document that is to run, and by which id its events are told. */
export interface StreamRequest {
  readonly asked: RunRequest;
  /** Null where it says none. */
  readonly operationId: string | null;
}

/** Why a request cannot be understood. */
export interface StreamProblem {
  readonly status: number;
  readonly problem: string;
}

/** An id is kept as long as its operation runs; those of clients are UUIDs or numbers. */
const MAX_ID_LENGTH = 4_096;

export function readAddress(request: IncomingMessage): StreamAddress {
  const [, search = ''] = (request.url ?? '').split(/\?(.*)/s, 2);
  const parameters = new URLSearchParams(search);
  const header = request.headers[TOKEN_HEADER_KEY];
  const streamToken = (typeof header === 'string' ? header : undefined) ?? parameters.get(TOKEN_QUERY_KEY);
  return { streamToken, parameters };
}

/**
 * Whether a GET sends a document to a stream that is there, instead of opening one. Only with the token in the header,
 * which no page of elsewhere can send without being asked for its origin first: an address is called by any image.
 */
export function isSentToStream({ headers }: IncomingMessage, { parameters }: StreamAddress): boolean {
  if (headers[TOKEN_HEADER_KEY] === undefined || headers.accept?.includes('text/event-stream') === true) return false;
  return ['query', 'documentId', 'extensions'].some((name) => parameters.has(name));
}

/** Whether a header Accept admits one of these types. A client that sends none takes anything. */
export function accepts(request: IncomingMessage, ...types: readonly string[]): boolean {
  const { accept = '*/*' } = request.headers;
  return accept
    .split(',')
    .map((each) => each.split(';', 1)[0]?.trim().toLowerCase() ?? '')
    .some(
      (each) => each === '*/*' || types.includes(each) || types.some((type) => each === `${type.split('/', 1)[0]}/*`),
    );
}

/** @returns 'gone' where there is nobody left to answer */
export async function readRequest(
  request: IncomingMessage,
  parameters: URLSearchParams,
  maxBodyBytes: number,
): Promise<StreamRequest | StreamProblem | 'gone' | 'too long'> {
  if (request.method === 'GET') return inAddress(parameters);
  const body = await readBody(request, maxBodyBytes);
  if (body === 'gone') return 'gone';
  if ('length' in body) return 'too long';
  if ('problem' in body) return body;
  if (body.text === undefined) return { status: 415, problem: NOT_JSON_TYPE };
  const value = parseJson(body.text);
  if (value === undefined) return { status: 400, problem: 'The body is not JSON.' };
  return isJsonObject(value) ? understood(value) : { status: 400, problem: NO_OBJECT };
}

function inAddress(parameters: URLSearchParams): StreamRequest | StreamProblem {
  const text = (name: string): string | undefined => parameters.get(name) ?? undefined;
  const json = (name: string): unknown => parseJson(parameters.get(name) || 'null');
  const variables = json('variables');
  const extensions = json('extensions');
  if (variables === undefined) return { status: 400, problem: '`variables` in the address is not JSON.' };
  if (extensions === undefined) return { status: 400, problem: '`extensions` in the address is not JSON.' };
  return understood({
    query: text('query'),
    operationName: text('operationName'),
    documentId: text('documentId'),
    variables,
    extensions,
  });
}

/** Only what somebody looks at; the rest of what was sent goes. */
function understood(said: Readonly<Record<string, unknown>>): StreamRequest | StreamProblem {
  const { query, operationName, variables, documentId, extensions } = said;
  const problem = wrongFieldOf(said);
  if (problem !== null) return { status: 400, problem };
  const { operationId, persistedQuery } = isJsonObject(extensions) ? extensions : {};
  if (typeof query !== 'string' && documentId === undefined && persistedQuery === undefined) {
    return { status: 400, problem: NO_DOCUMENT };
  }
  if (operationId != null && !isId(operationId)) {
    const problem = `\`extensions.operationId\` must be text of at most ${MAX_ID_LENGTH} characters.`;
    return { status: 400, problem };
  }
  return {
    asked: {
      query,
      documentId,
      operationName: typeof operationName === 'string' ? operationName : undefined,
      variables: isJsonObject(variables) ? { ...variables } : undefined,
      extensions: { persistedQuery },
    },
    operationId: operationId == null || operationId === '' ? null : String(operationId),
  };
}

function isId(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_ID_LENGTH);
}
