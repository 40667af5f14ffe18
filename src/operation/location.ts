import { InputError } from './failure.js';
import { GRAPH_VERSIONS, type GraphVersion, type HostKind, type OperationKind } from './kind.js';
import { HOST_KINDS } from './kinds.js';
import { createRef, encodeKey, listPath, type OperationHost, type OperationRef } from './ref.js';

/**
 * Reads where an operation lives from what Graph handed out: the value of a Location, Content-Location or
 * Operation-Location header. Graph writes one path in several forms, and all of them give one ref:
 *
 *     /teams('T')/operations('O')     /teams(T)/operations(O)     /teams/T/operations/O
 *     /v1.0/groups/T/team/operations/O     https://graph.microsoft.com/beta/me/chats/19:…@thread.v2/operations/O
 *
 * Source: reference sections 2 and 3. Nothing else passes: a text that passed here is the only thing a caller writes
 * that takes part in a request, and what is sent is printed anew from its keys.
 */

/** Longer than any path of Graph's; the longest known, a chat operation's, has about 300 characters. */
const MAX_LENGTH = 2_048;
const MAX_KEY_LENGTH = 512;

/** People paste the whole header line. */
const HEADER_NAME = /^(?:content-|operation-)?location: */i;

/** @throws {InputError} when it is not the location of an operation on this Graph */
export function parseOperationLocation(text: string, graphRoot: URL): OperationRef {
  const { version, segments } = readPath(text, graphRoot);
  const operationId = segments.at(-1);
  const host = findHost(version, segments.slice(0, -2), segments.at(-2));
  if (host === null || operationId === undefined) throw notALocation(text, version, segments);
  return createRef(host, checkKey(operationId, 'the id of the operation'));
}

/** A host, or the list of its operations. @throws {InputError} when it is neither */
export function parseHostLocation(text: string, graphRoot: URL): OperationHost {
  const { version, segments } = readPath(text, graphRoot);
  const host = findHost(version, segments) ?? findHost(version, segments.slice(0, -1), segments.at(-1));
  if (host === null) throw notALocation(text, version, segments);
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
  if (/[\u0000-\u0020\u007f-\u009f#\\]/.test(query) || query.length > MAX_LENGTH) {
    throw new InputError('A link to a further page has a query that cannot be sent.');
  }
  const { version, segments } = readPath(path, graphRoot);
  const found = findHost(version, segments.slice(0, -1), segments.at(-1));
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

interface Path {
  /** Null when the text has none: headers are relative to the versioned root. */
  readonly version: GraphVersion | null;
  /** Decoded; the keys of `teams('T')` stand as segments of their own. */
  readonly segments: readonly string[];
}

function readPath(text: string, graphRoot: URL): Path {
  if (text.length > MAX_LENGTH) {
    throw new InputError(`A location has at most ${MAX_LENGTH} characters; this one has ${text.length}.`);
  }
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) throw new InputError('A location has no control characters.');
  const path = withoutRoot(text.trim().replace(HEADER_NAME, ''), graphRoot);
  if (/[?#\\]/.test(path)) {
    throw new InputError('The location of an operation is a path alone: no query, no fragment, no backslash.');
  }
  const segments = path
    .replace(/^\//, '')
    .split('/')
    .flatMap((segment) => splitKey(decodeSegment(segment)));
  const version = GRAPH_VERSIONS.find((known) => known === segments[0]?.toLowerCase()) ?? null;
  return { version, segments: version === null ? segments : segments.slice(1) };
}

/** Takes Graph's own root off an absolute location. @throws {InputError} for any other host */
function withoutRoot(text: string, graphRoot: URL): string {
  const absolute = /^([a-z][a-z0-9+.-]*:)?\/\/([^/?#\\]*)(.*)$/i.exec(text);
  if (absolute === null) return text;
  const [, scheme = graphRoot.protocol, authority = '', rest = ''] = absolute;
  const root = URL.canParse(`${scheme}//${authority}`) ? new URL(`${scheme}//${authority}`) : null;
  if (root?.origin !== graphRoot.origin || authority.includes('@')) {
    throw new InputError(
      `A location must be on ${graphRoot.origin}, or be a path such as /v1.0/teams/{id}/operations/{id}.`,
    );
  }
  const prefix = graphRoot.pathname.replace(/\/$/, '');
  return rest.startsWith(`${prefix}/`) ? rest.slice(prefix.length) : rest;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new InputError(`${JSON.stringify(segment)} is not valid percent-encoding.`, { cause });
  }
}

/** `teams('T')` and `teams(T)` → `teams`, `T`; inside the quotes OData doubles a quote. */
function splitKey(segment: string): string[] {
  const keyed = /^([A-Za-z]+)\((.*)\)$/.exec(segment);
  if (keyed === null) return [segment];
  const [, name = '', key = ''] = keyed;
  const quoted = /^'(.*)'$/.exec(key);
  return [name, quoted === null ? key : (quoted[1] ?? '').replaceAll("''", "'")];
}

function findHost(
  version: GraphVersion | null,
  segments: readonly string[],
  collection?: string,
): OperationHost | null {
  for (const { kind, host } of HOST_KINDS) {
    if (collection !== undefined && collection.toLowerCase() !== host.collection.toLowerCase()) continue;
    for (const path of version === null ? allPaths(host) : host.paths[version]) {
      const parameters = matchPath(path, segments);
      if (parameters !== null)
        return createHost(
          kind,
          host,
          parametersOf(host.path).map((name) => checkKey(parameters.get(name) ?? '', name)),
        );
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

/** Literals are compared without case, as Graph does. @returns the parameters by name, or null when it is another path */
function matchPath(path: string, segments: readonly string[]): Map<string, string> | null {
  const parts = path.slice(1).split('/');
  if (parts.length !== segments.length) return null;
  const parameters = new Map<string, string>();
  for (const [at, part] of parts.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith('{')) parameters.set(part.slice(1, -1), checkKey(segment, part.slice(1, -1)));
    else if (part.toLowerCase() !== segment.toLowerCase()) return null;
  }
  return parameters;
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
function checkKey(key: string, what: string): string {
  if (key === '' || key === '.' || key === '..' || key.length > MAX_KEY_LENGTH || !key.isWellFormed()) {
    throw new InputError(`${what} must be text of 1 to ${MAX_KEY_LENGTH} characters.`);
  }
  const forbidden = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029/\\?#%"<>|]/.exec(key);
  if (forbidden !== null) {
    throw new InputError(`${what} holds ${JSON.stringify(forbidden[0])}, which no id of Microsoft Graph does.`);
  }
  return key;
}

function notALocation(text: string, version: GraphVersion | null, segments: readonly string[]): InputError {
  const elsewhere = version === null ? null : (findHost(null, segments.slice(0, -2)) ?? findHost(null, segments));
  if (elsewhere !== null) {
    return new InputError(
      `Microsoft Graph has no such path in ${version ?? 'any version'}: ` +
        `leave the version out, or write ${listPath(elsewhere)}/{id}.`,
    );
  }
  return new InputError(
    `${JSON.stringify(text.slice(0, 120))} is not the location of an operation. Give the Location header of the 202 as ` +
      `it came, for example /teams('{id}')/operations('{id}') or /beta/chats/{id}/operations/{id}.`,
  );
}
