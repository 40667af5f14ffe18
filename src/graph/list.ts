import { GraphError, InputError } from '../operation/failure.js';
import { isJsonObject, malformed } from '../operation/json.js';
import { checkKey, parseListLink } from '../operation/location.js';
import { type Operation } from '../operation/operation.js';
import { type OperationHost } from '../operation/ref.js';
import { unreadable } from './body.js';

/** One page of a host's list. An entry that cannot be read is an error of its own: its neighbours are still good. */
export interface ListPage {
  readonly operations: readonly (Operation | GraphError)[];
  /** Path and query of the next page, checked to be the same list on the same Graph; null on the last page. */
  readonly nextLink: string | null;
}

/** Graph's pages have some hundreds. */
const MAX_ENTRIES = 5_000;

/**
 * `{"value":[…],"@odata.nextLink":"https://…"}`. A page may be empty and still have a next one.
 * @throws {GraphError} `malformed`
 */
export function readListPage(host: OperationHost, body: unknown, graphRoot: URL): ListPage {
  if (!isJsonObject(body)) throw malformed('body', 'an object', body);
  const entries = body['value'];
  if (!Array.isArray(entries)) throw malformed('value', 'an array', entries);
  if (entries.length > MAX_ENTRIES) throw malformed('value', `an array of ${MAX_ENTRIES} entries at the most`, entries);
  return {
    operations: entries.map((entry: unknown, at) => readEntry(host, entry, at)),
    nextLink: readNextLink(host, body['@odata.nextLink'] ?? null, graphRoot),
  };
}

function readEntry(host: OperationHost, entry: unknown, at: number): Operation | GraphError {
  if (!isJsonObject(entry)) return malformed(`value[${at}]`, 'an object', entry);
  try {
    const operation = host.kind.decode(entry);
    checkKey(operation.operationId, 'id'); // it becomes a path, and Graph is no more trusted with that than a caller
    return operation;
  } catch (error) {
    if (error instanceof GraphError) return error;
    if (error instanceof InputError) return malformed(`value[${at}].id`, 'an id that a path can hold', entry['id']);
    throw error;
  }
}

/** The token goes where this link leads, so that is the same list on Graph itself, or nowhere. */
function readNextLink(host: OperationHost, link: unknown, graphRoot: URL): string | null {
  if (link === null) return null;
  if (typeof link !== 'string') throw malformed('@odata.nextLink', 'a string', link);
  try {
    return parseListLink(link, host, graphRoot);
  } catch (error) {
    if (error instanceof InputError) throw unreadable('@odata.nextLink cannot be followed', {}, { cause: error });
    throw error;
  }
}
