/**
 * Writes what the gateway's own front ends ask into dist/trusted-documents/NAME.json: manifests for TRUSTED_DOCUMENTS in the
 * form of graphql-codegen, { "sha256:HASH": "DOCUMENT" }. The documents are the very texts that are sent, to the letter.
 *
 *     node tools/build-manifests.mjs
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createRequest, stringifyDocument } from '@urql/core';
import { transform } from 'esbuild';
import { getIntrospectionQuery } from 'graphql';
import { filesIn, ROOT } from './build-page.mjs';

const TARGET = path.join(ROOT, 'dist', 'trusted-documents');

const MANIFESTS = {
  /** urql prints a document before it sends it. */
  board: async () =>
    (await textsIn('src/board/documents.ts')).map((text) => stringifyDocument(createRequest(text, {}).query)),
  client: () => textsIn('src/client/documents.ts'),
  /** What it asks when it opens, what stands in its first tabs, and what its pane of running operations asks. */
  graphiql: async () => [
    getIntrospectionQuery({ inputValueDeprecation: false, schemaDescription: false }),
    ...(await examples()),
    ...(await textsIn('src/graphiql/documents.ts')),
  ],
};

await mkdir(TARGET, { recursive: true });
for (const [name, textsOf] of Object.entries(MANIFESTS)) {
  const manifest = Object.fromEntries((await textsOf()).map((text) => [idOf(text), text]));
  const file = path.join(TARGET, `${name}.json`);
  const written = `${file}-${process.pid}`; // who reads it meanwhile never meets half of it
  await writeFile(written, `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(written, file);
}

/** @returns the values of what a module exports, which are documents */
async function textsIn(file) {
  const { code } = await transform(await readFile(path.join(ROOT, file), 'utf8'), { loader: 'ts' });
  return Object.values(await import(`data:text/javascript,${encodeURIComponent(code)}`));
}

async function examples() {
  const files = (await filesIn(path.join(ROOT, 'schema', 'examples'))).filter((file) => file.endsWith('.graphql'));
  return await Promise.all(files.map((file) => readFile(file, 'utf8')));
}

function idOf(text) {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
