import { InputError } from './failure.js';
import { GRAPH_VERSIONS, type GraphVersion, type HostKind, type OperationKind } from './kind.js';
import { HOST_KINDS } from './kinds.js';
import { readPath, type Path, type Segment } from './path.js';
import { createRef, encodeKey, listPath, type OperationHost, type OperationRef } from './ref.js';

/**
 * Reads where an operation lives from what Graph handed out: the value of a Location, Content-Location or
 * Operation-Location header. Graph writes one path in several forms, and all of them give one ref:
 *
 *     /teams('T')/operations('O')     /teams(T)/operations(O)     /teams/T/operations/O
 *     /v1.0/groups/T/team/operations/O     https://graph.microsoft.com/beta/me/chats/19:…@thread.v2/operations/O
 *
 * Source: the pages of the requests that start an operation, SDK URI templates of 2026-08. Nothing else passes: a text that passed here is the only thing a caller writes
 * that takes part in a request, and what is sent is printed anew from its keys.
 */

/**
 * As sent, percent-encoded; the longest known key, the id of a chat operation, has 110. A path of three such keys, the
 * most that one has, is still short enough to be read again.
 */
const MAX_KEY_LENGTH = 512;

/** Opaque, and Graph's own: as long as servers commonly take a request line. */
const MAX_QUERY_LENGTH = 8_192;

const AN_OPERATION =
  'the location of an operation. Give the Location header of the 202 as it came, for example ' +
  "/teams('{id}')/operations('{id}') or /beta/chats/{id}/operations/{id}.";
const A_HOST = 'the location of a team or a chat, such as /teams/{id} or /beta/chats/{id}.';

/** @throws {InputError} when it is not the location of an operation on this Graph */
export function parseOperationLocation(text: string, graphRoot: URL): OperationRef {
  const path = readPath(text, graphRoot);
  const host = findHostOfItem(path.version, path.segments);
  const operationId = path.segments.at(-1)?.text;
  if (host === null || operationId === undefined) throw isNot(AN_OPERATION, text, path);
  return createRef(host, checkKey(operationId, 'the id of the operation'));
}

/** A host, or the list of its operations. @throws {InputError} when it is neither */
export function parseHostLocation(text: string, graphRoot: URL): OperationHost {
  const path = readPath(text, graphRoot);
  const host = findHost(path.version, path.segments) ?? findHostOfList(path.version, path.segments);
  if (host === null) throw isNot(A_HOST, text, path);
  return host;
}

/**
 * Checks that a link to a further page leads to the same list of the same host on Graph itself; the token goes there.
 * @returns its path and query as Graph wrote them, without the root
 * @throws {InputError} when it leads anywhere else
 */
export function parseListLink(link: string, host: OperationHost, graphRoot: URL): string {
  const at = link.indexOf('?');
  const path = at === -1 ? link : link.slice(0, at);
  const query = at === -1 ? '' : link.slice(at);
  if (!/^[\u0021-\u007e]*$/.test(query) || /[#\\]/.test(query) || query.length > MAX_QUERY_LENGTH) {
    throw new InputError('A link to a further page has a query that cannot be sent.');
  }
  const { version, segments } = readPath(path, graphRoot);
  const found = findHostOfList(version, segments);
  if (found?.location !== host.location) {
    throw new InputError(`A link to a further page of ${listPath(host)} leads to another resource.`);
  }
  return `${listPath(host)}${query}`;
}

/** A host by Graph's word for it and its key, as callers name teams and chats. @throws {InputError} */
export function hostOf(hostName: string, key: string): OperationHost {
  const found = HOST_KINDS.find(({ host }) => host.name === hostName);
  if (found === undefined) throw new InputError(`There is no kind of host named ${JSON.stringify(hostName)}.`);
  return createHost(found.kind, found.host, [checkKey(key, `the id of the ${hostName}`)]);
}

/** An operation by its host and its id. @throws {InputError} */
export function refInHost(hostName: string, hostId: string, operationId: string): OperationRef {
  return createRef(hostOf(hostName, hostId), checkKey(operationId, 'the id of the operation'));
}

/** `…/operations/{id}`, the host of it. */
function findHostOfItem(version: GraphVersion | null, segments: readonly Segment[]): OperationHost | null {
  return segments.length < 2 ? null : findHostOfList(version, segments.slice(0, -1));
}

/** `…/operations`, the host of it. */
function findHostOfList(version: GraphVersion | null, segments: readonly Segment[]): OperationHost | null {
  const collection = segments.at(-1);
  if (collection === undefined) return null;
  return findHost(version, segments.slice(0, -1), collection);
}

function findHost(
  version: GraphVersion | null,
  segments: readonly Segment[],
  collection?: Segment,
): OperationHost | null {
  for (const { kind, host } of HOST_KINDS) {
    if (collection !== undefined && !isWord(collection, host.collection)) continue;
    for (const path of version === null ? allPaths(host) : host.paths[version]) {
      const parameters = matchPath(path, segments);
      if (parameters === null) continue;
      const keys = parametersOf(host.path).map((name) => checkKey(parameters.get(name) ?? '', name));
      return createHost(kind, host, keys);
    }
  }
  return null;
}

function allPaths(host: HostKind): string[] {
  return [...new Set(GRAPH_VERSIONS.flatMap((version) => host.paths[version]))];
}

function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
}

/** @returns the parameters by name, or null when it is another path */
function matchPath(path: string, segments: readonly Segment[]): Map<string, string> | null {
  const parts = path.slice(1).split('/');
  if (parts.length !== segments.length) return null;
  const parameters = new Map<string, string>();
  for (const [at, segment] of segments.entries()) {
    const part = parts[at] ?? '';
    if (part.startsWith('{')) parameters.set(part.slice(1, -1), checkKey(segment.text, part.slice(1, -1)));
    else if (!isWord(segment, part)) return null;
  }
  return parameters;
}

/** The words of a path are compared without case, as Graph does. */
function isWord(segment: Segment, word: string): boolean {
  return !segment.isKey && segment.text.toLowerCase() === word.toLowerCase();
}

function createHost(kind: OperationKind, hostKind: HostKind, keys: readonly string[]): OperationHost {
  let next = 0;
  const path = hostKind.path.replace(/\{[^}]+\}/g, () => encodeKey(keys[next++] ?? ''));
  return { kind, hostKind, location: `/${hostKind.version}${path}` };
}

/**
 * A key is opaque, yet it must stay one segment of the path for every server on the way, also one that decodes twice.
 * @throws {InputError}
 */
export function checkKey(key: string, what: string): string {
  if (key === '' || key === '.' || key === '..' || !key.isWellFormed() || encodeKey(key).length > MAX_KEY_LENGTH) {
    throw new InputError(`${what} must be text of 1 to ${MAX_KEY_LENGTH} characters, percent-encoded.`);
  }
  // `/teams/('T')` is `teams('T')` with a slash too many, or a key with its syntax around it.
  if (/^\('|^\(.*\)$/.test(key)) {
    throw new InputError(
      `${what} is ${JSON.stringify(key.slice(0, 120))}: parentheses and quotes around an id are no part of it. ` +
        "In a path they follow the word without a slash: teams('{id}') or teams/{id}.",
    );
  }
  // A dollar in front is OData's own: `operations/$count` is a number, not an operation.
  const forbidden = /^\$|[\u0000-\u0020\u007f-\u00a0\u2028\u2029/\\?#%"<>|]/.exec(key);
  if (forbidden !== null) {
    throw new InputError(`${what} holds ${JSON.stringify(forbidden[0])}, which no id of Microsoft Graph does.`);
  }
  return key;
}

/** @returns the error that says what the text is not, or that it would be right in another version */
function isNot(wanted: string, text: string, { version, segments }: Path): InputError {
  const find = (inVersion: GraphVersion | null): OperationHost | null =>
    findHostOfItem(inVersion, segments) ?? findHostOfList(inVersion, segments) ?? findHost(inVersion, segments);
  const elsewhere = find(null);
  if (version !== null && elsewhere !== null && find(version) === null) {
    return new InputError(
      `Microsoft Graph ${version} has no operations at such a path: leave the version out, ` +
        `or begin with ${elsewhere.location} for this ${elsewhere.hostKind.name}.`,
    );
  }
  return new InputError(`${JSON.stringify(text.slice(0, 120))} is not ${wanted}`);
}
