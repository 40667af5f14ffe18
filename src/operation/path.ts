import { InputError } from './failure.js';
import { GRAPH_VERSIONS, type GraphVersion } from './kind.js';

/** A path of Graph's, read from one of the forms it is written in. */
export interface Path {
  /** Null when the text has none: headers are relative to the versioned root. */
  readonly version: GraphVersion | null;
  readonly segments: readonly Segment[];
}

export interface Segment {
  /** Decoded. */
  readonly text: string;
  /** It stood in parentheses, as the T of `teams('T')`: it can be a key and nothing else. */
  readonly isKey: boolean;
}

/** Longer than any path of Graph's; the longest known, a chat operation's, has about 300 characters. */
const MAX_LENGTH = 2_048;

/** People paste the whole header line. */
const HEADER_NAME = /^(?:content-|operation-)?location: */i;

/** @throws {InputError} when it is no path, or not one on this Graph */
export function readPath(text: string, graphRoot: URL): Path {
  if (text.length > MAX_LENGTH) {
    throw new InputError(`A location has at most ${MAX_LENGTH} characters; this one has ${text.length}.`);
  }
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) throw new InputError('A location has no control characters.');
  const path = withoutRoot(text.trim().replace(HEADER_NAME, ''), graphRoot);
  if (/[?#\\]/.test(path)) {
    throw new InputError('The location of an operation is a path alone: no query, no fragment, no backslash.');
  }
  const segments = path.replace(/^\//, '').split('/').flatMap(readSegment);
  const version = GRAPH_VERSIONS.find((known) => known === segments[0]?.text.toLowerCase()) ?? null;
  return { version, segments: version === null ? segments : segments.slice(1) };
}

/** Takes Graph's own root off an absolute location. @throws {InputError} for any other host or place on it */
function withoutRoot(text: string, graphRoot: URL): string {
  const absolute = /^([a-z][a-z0-9+.-]*:)?\/\/([^/?#\\]*)(.*)$/i.exec(text);
  if (absolute === null) return text;
  const [, scheme = graphRoot.protocol, authority = '', rest = ''] = absolute;
  const root = URL.canParse(`${scheme}//${authority}`) ? new URL(`${scheme}//${authority}`) : null;
  const prefix = graphRoot.pathname.replace(/\/$/, '');
  if (root?.origin !== graphRoot.origin || authority.includes('@') || !rest.startsWith(`${prefix}/`)) {
    throw new InputError(
      `A location must be on ${graphRoot.origin}${prefix}, or be a path such as /v1.0/teams/{id}/operations/{id}.`,
    );
  }
  return rest.slice(prefix.length);
}

/**
 * One segment, or the two of `teams('T')` and `teams(T)`. The parentheses are looked for before anything is decoded:
 * those that belong to a key are encoded in the paths we print.
 */
function readSegment(segment: string): Segment[] {
  const keyed = /^([a-z]+)\((.*)\)$/i.exec(segment);
  if (keyed === null) return [{ text: decode(segment), isKey: false }];
  const [, name = '', key = ''] = keyed;
  return [
    { text: name, isKey: false },
    { text: unquote(decode(key)), isKey: true },
  ];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InputError(`${JSON.stringify(text)} is not valid percent-encoding.`, { cause });
  }
}

/** `'T'`, `id='T'` and `T` → `T`; inside the quotes OData doubles a quote. */
function unquote(key: string): string {
  const quoted = /^(?:id=)?'((?:[^']|'')*)'$/i.exec(key)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (key.includes("'")) throw new InputError(`The quotes of the key ${JSON.stringify(key)} do not match.`);
  return key;
}
