import { type HTTPGraphQLRequest } from '@apollo/server';
import { isJsonObject } from '../operation/json.js';
import { parseJson } from './json-body.js';

/** What a request says that is about GraphQL, as it came. */
type Said = Readonly<Record<string, unknown>>;

export const NO_DOCUMENT = 'There is no document: `query` is missing.';
export const NOT_JSON_TYPE = 'Send the body as `Content-Type: application/json`.';
export const NO_OBJECT = 'The body must be a JSON object.';

/** What is wrong with what stands beside the document; null where nothing is. */
export function wrongFieldOf({ operationName, variables, extensions }: Said): string | null {
  if (operationName != null && typeof operationName !== 'string') return '`operationName` must be text.';
  if (variables != null && !isJsonObject(variables)) return '`variables` must be an object.';
  if (extensions != null && !isJsonObject(extensions)) return '`extensions` must be an object.';
  return null;
}

/** Why a request at `/graphql` was refused with this status, before any document was looked at; and what would be right. */
export function problemOf(request: HTTPGraphQLRequest, status: number): string {
  if (status === 406)
    return 'Answers are `application/json` or `application/graphql-response+json`: accept one of them.';
  if (request.method === 'POST') return problemOfBody(request.body);
  if (status === 405) return 'A GET runs queries only; a subscription goes over a websocket to this address.';
  if (status === 415) return 'A GET has no body: leave `Content-Type` out, or say `application/json`.';
  return isGuarded(request) ? problemOfAddress(new URLSearchParams(request.search)) : UNGUARDED;
}

const UNGUARDED =
  'Any page could send this GET without being asked first: send the header `apollo-require-preflight: 1` with it, ' +
  'or ask with POST and `Content-Type: application/json`.';

/** Whether it shows something that browsers send for a page of elsewhere only after asking. */
function isGuarded({ headers }: HTTPGraphQLRequest): boolean {
  if (/^application\/json\s*(?:;|$)/i.test(headers.get('content-type') ?? '')) return true;
  return ['apollo-require-preflight', 'x-apollo-operation-name'].some((name) => (headers.get(name) ?? '') !== '');
}

function problemOfBody(body: unknown): string {
  if (body === undefined) return NOT_JSON_TYPE;
  if (Array.isArray(body)) return 'Several requests in one body are not taken: send each by itself.';
  if (!isJsonObject(body)) return NO_OBJECT;
  if (body['query'] != null && typeof body['query'] !== 'string') return '`query` must be text.';
  return wrongFieldOf(body) ?? NO_DOCUMENT;
}

function problemOfAddress(parameters: URLSearchParams): string {
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    const [text, ...others] = parameters.getAll(name);
    if (others.length > 0) return `\`${name}\` stands in the address more than once.`;
    if (text === undefined || name === 'query' || name === 'operationName') continue;
    const value = parseJson(text);
    if (value === undefined) return `\`${name}\` in the address is not JSON.`;
    if (!isJsonObject(value)) return `\`${name}\` must be an object.`;
  }
  return NO_DOCUMENT;
}
