import { readFileSync } from 'node:fs';
import { type EnvironmentReader } from './environment.js';

/** Documents by the ids under which clients name them. */
export type Manifest = ReadonlyMap<string, string>;

/**
 * Reads the file that TRUSTED_DOCUMENTS names, in the form of graphql-codegen and Relay, `{ "ID": "DOCUMENT" }`, or in
 * that of Apollo, `{ "format": "apollo-persisted-query-manifest", "operations": [{ "id", "body" }] }`. Null without one.
 */
export function readTrustedDocuments({ text, refuse }: EnvironmentReader): Manifest | null {
  const file = text('TRUSTED_DOCUMENTS');
  if (file === undefined) return null;
  const wrong = (problem: string): null => {
    refuse(`TRUSTED_DOCUMENTS ${problem}.`);
    return null;
  };

  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return wrong(`must name a file that can be read; ${JSON.stringify(file)} cannot (${code})`);
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(content);
  } catch {
    return wrong(`must name a JSON file; ${JSON.stringify(file)} is none`);
  }

  const entries = entriesOf(manifest);
  if (entries === null) {
    return wrong(
      `must name a manifest, { "ID": "DOCUMENT" } as graphql-codegen writes it or an apollo-persisted-query-manifest; ${JSON.stringify(file)} is neither`,
    );
  }
  if (entries.length === 0) return wrong(`names no document in ${JSON.stringify(file)}: nothing could be asked`);
  const documents = new Map<string, string>();
  for (const [id, document] of entries) {
    if (typeof id !== 'string' || typeof document !== 'string') {
      return wrong(`must have a text for each id; in ${JSON.stringify(file)} that of ${JSON.stringify(id)} is none`);
    }
    if (documents.has(id)) return wrong(`has the id ${JSON.stringify(id)} twice in ${JSON.stringify(file)}`);
    documents.set(id, document);
  }
  return documents;
}

/** @returns null when it has neither form */
function entriesOf(manifest: unknown): (readonly [id: unknown, document: unknown])[] | null {
  if (!isObject(manifest)) return null;
  if (!('format' in manifest)) return Object.entries(manifest);
  const { format, operations } = manifest;
  if (format !== 'apollo-persisted-query-manifest' || !Array.isArray(operations)) return null;
  return operations.map((each: unknown) => (isObject(each) ? [each['id'], each['body']] : [each, undefined]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
