/**
 * Bundles GraphiQL into dist/graphiql: a page, and its assets under names that hold their content's hash, each with a
 * gzipped sibling. Does nothing when what it is made of has not changed; `--force` builds in any case.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'esbuild';
import { getOperationAST, parse } from 'graphql';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = path.join(ROOT, 'src/graphiql');
const EXAMPLES = path.join(ROOT, 'schema/examples');
const TARGET = path.join(ROOT, 'dist/graphiql');
const STAMP = 'stamp.txt';

/** What is bundled, and what bundles; their installed versions are part of the stamp. */
const PACKAGES = [
  ...['esbuild', 'graphql', 'graphql-ws', 'react', 'react-dom', 'monaco-editor', 'monaco-graphql'],
  ...['graphiql', '@graphiql/react', '@graphiql/toolkit', '@graphiql/plugin-history', '@graphiql/plugin-doc-explorer'],
];

const WORKERS = {
  graphql: 'monaco-graphql/esm/graphql.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
};

/** graphiql/style.css has Monaco's styles in it; those that Monaco's modules import themselves would come twice. */
const withoutCssOfMonaco = {
  name: 'without-css-of-monaco',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: '', loader: 'empty' }));
  },
};

const startedAt = performance.now();
const stamp = await stampOfInputs();
if (!process.argv.includes('--force') && (await readText(path.join(TARGET, STAMP))) === stamp) {
  console.log('GraphiQL: dist/graphiql is up to date.');
} else {
  const { files, bytes } = await bundle();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`GraphiQL: ${files} assets (${(bytes / 1e6).toFixed(1)} MB) in dist/graphiql, ${seconds} s.`);
}

async function stampOfInputs() {
  const hash = createHash('sha256');
  for (const file of [fileURLToPath(import.meta.url), ...(await filesIn(SOURCE)), ...(await filesIn(EXAMPLES))]) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(await readFile(file));
  }
  for (const name of PACKAGES) {
    const { version } = JSON.parse(await readFile(path.join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
    hash.update(`${name}@${version}\0`);
  }
  return hash.digest('hex');
}

/** Builds beside the target and moves it there as a whole: who reads the target never meets half of it. */
async function bundle() {
  const building = `${TARGET}-${process.pid}`;
  try {
    const options = {
      absWorkingDir: ROOT,
      outdir: path.join(building, 'assets'),
      bundle: true,
      minify: true,
      metafile: true,
      target: 'es2022',
      logLevel: 'warning',
      entryNames: '[name]-[hash]',
      assetNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
    };
    const workers = await build({ ...options, format: 'iife', entryPoints: workerEntries() });
    const page = await build({
      ...options,
      format: 'esm',
      splitting: true,
      entryPoints: { graphiql: path.join(SOURCE, 'main.tsx') },
      loader: { '.ttf': 'file' },
      define: {
        EXAMPLES: JSON.stringify(await readExamples()),
        WORKERS: JSON.stringify(namesOfWorkers(workers.metafile)),
      },
      plugins: [withoutCssOfMonaco],
    });
    await writeFile(path.join(building, 'page.html'), await pageFor(page.metafile));
    await writeFile(path.join(building, STAMP), stamp);
    const assets = await filesIn(path.join(building, 'assets'));
    const sizes = await Promise.all(assets.map(compress));
    await rm(TARGET, { recursive: true, force: true });
    await rename(building, TARGET);
    return { files: assets.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

function workerEntries() {
  return Object.fromEntries(Object.entries(WORKERS).map(([name, module]) => [`${name}.worker`, module]));
}

function namesOfWorkers({ outputs }) {
  return Object.fromEntries(
    Object.entries(WORKERS).map(([name, module]) => [name, path.basename(outputOf(outputs, module))]),
  );
}

/** The page links its assets relative to its own address, so a proxy may put a prefix before both. */
async function pageFor({ outputs }) {
  const script = outputOf(outputs, 'src/graphiql/main.tsx');
  const href = (output) => `graphiql/assets/${path.basename(output)}`;
  const links = [
    `<link rel="stylesheet" href="${href(outputs[script].cssBundle)}" />`,
    `<script type="module" src="${href(script)}"></script>`,
  ];
  const page = await readFile(path.join(SOURCE, 'page.html'), 'utf8');
  return page.replace('<!-- assets -->', () => links.join('\n    '));
}

function outputOf(outputs, module) {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(module));
  if (found === undefined) throw new Error(`esbuild made nothing of ${module}.`);
  return found[0];
}

/** `NAME.graphql` with `NAME.variables.json` beside it, if it takes variables. */
async function readExamples() {
  const files = (await filesIn(EXAMPLES)).filter((file) => file.endsWith('.graphql'));
  const examples = await Promise.all(
    files.map(async (file) => {
      const query = await readFile(file, 'utf8');
      const variables = await readText(file.replace(/\.graphql$/, '.variables.json'));
      return variables === null ? { query } : { query, variables };
    }),
  );
  return examples.sort((a, b) => Number(isWatch(b)) - Number(isWatch(a))); // stable: the rest stays by name
}

/** Whether it is what the gateway is for: the subscription to `operationStatusChanged`. */
function isWatch({ query }) {
  const operation = getOperationAST(parse(query));
  const fields = operation?.selectionSet.selections ?? [];
  return operation?.operation === 'subscription' && fields.some(({ name }) => name?.value === 'operationStatusChanged');
}

/** @returns the size of the file, in bytes, before it is compressed */
async function compress(file) {
  const content = await readFile(file);
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
  return content.length;
}

/** Sorted, so that one set of files has one order on every machine. A folder that is not there has none. */
async function filesIn(folder) {
  const names = await readdir(folder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.sort().map((name) => path.join(folder, name));
}

async function readText(file) {
  return readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
