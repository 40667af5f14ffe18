/**
 * Bundles what tsc wrote into build/, and the packages that it imports, into dist/: Node finds, reads and links one file in a
 * quarter of the time that it takes over the thousand that are in it. What is imported where it is used alone is a file of
 * its own under dist/chunks. Does nothing when dist/ is newer than what it is made of; `--force` builds in any case.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = path.join(ROOT, 'dist');
const ENTRIES = ['main.js', 'sandbox/main.js'];
/** What others of `npm run build` write there. */
const OF_OTHERS = ['board', 'client', 'graphiql'];
/** tsc writes the first whenever it writes anything. */
const INPUTS = ['build/.tsbuildinfo', 'package-lock.json', 'tools/bundle.mjs'];

const madeAt = await Promise.all(ENTRIES.map((entry) => changedAt(path.join(TARGET, entry))));
const changesAt = await Promise.all(INPUTS.map((input) => changedAt(path.join(ROOT, input))));
if (!process.argv.includes('--force') && Math.min(...madeAt) > Math.max(...changesAt)) {
  console.log('Gateway: dist/ is up to date.');
} else {
  for (const name of await readdir(TARGET).catch(() => [])) {
    if (!OF_OTHERS.includes(name)) await rm(path.join(TARGET, name), { recursive: true });
  }
  const { metafile } = await bundle();
  const packages = packagesOf(Object.keys(metafile.inputs));
  await writeFile(path.join(TARGET, 'licenses.txt'), (await Promise.all(packages.map(licenseOf))).join('\n\n'));
  console.log(`Gateway: ${ENTRIES.length} programs and ${packages.length} packages in dist/.`);
}

function bundle() {
  return build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES.map((entry) => path.join('build', entry)),
    outdir: TARGET,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    keepNames: true, // types of the schema are named after classes
    sourcemap: true, // `node --enable-source-maps` shows where in src/ an error comes from
    sourcesContent: false,
    metafile: true,
    logLevel: 'warning',
    external: ['@node-rs/xxhash'], // looked for by a command of Redis that nothing here uses
    // CommonJS packages ask for Node's own modules by `require`, which a module does not have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
}

/** @returns their folders; one that is there in two versions has two */
function packagesOf(inputs) {
  const folders = inputs.map((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  return [...new Set(folders.filter((folder) => folder !== undefined))].sort();
}

/** Whoever hands on what they wrote hands on what they ask for with it. */
async function licenseOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(path.join(ROOT, folder, 'package.json'), 'utf8'));
  const files = (await readdir(path.join(ROOT, folder))).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(path.join(ROOT, folder, file), 'utf8')));
  return [`${name} ${version}: ${license}`, ...texts.map((text) => text.trim())].join('\n\n');
}

/** Epoch ms; 0 for what is not there. */
async function changedAt(file) {
  return (await stat(file).catch(() => ({ mtimeMs: 0 }))).mtimeMs;
}
