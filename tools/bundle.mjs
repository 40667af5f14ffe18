/**
 * Bundles what tsc wrote into build/, and the packages that it imports, into dist/: Node finds, reads and links one file in a
 * quarter of the time that it takes over the thousand that are in it. What is imported where it is used alone is a file of
 * its own under dist/chunks. Does nothing when what it is made of has not changed; `--force` builds in any case.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TARGET = path.join(ROOT, 'dist');
const ENTRIES = ['main.js', 'sandbox/main.js'];
/** What the bundle is made of; tsc writes the first whenever it writes anything. */
const INPUTS = ['build/.tsbuildinfo', 'package-lock.json', 'tools/bundle.mjs'];
/** Written last: where it is right, all is there. */
const STAMP = 'bundle-stamp.txt';
/** What others of `npm run build` write to the target. */
const OF_OTHERS = ['board', 'client', 'graphiql', 'trusted-documents'];

const stamp = await stampOfInputs();
if (!process.argv.includes('--force') && (await readFile(path.join(TARGET, STAMP), 'utf8').catch(() => '')) === stamp) {
  console.log('Gateway: dist/ is up to date.');
} else {
  const building = `${TARGET}-${process.pid}`; // as deep as the target: source maps tell the way from there
  try {
    const { metafile } = await bundleInto(building);
    const packages = packagesOf(Object.keys(metafile.inputs));
    await writeFile(path.join(building, 'licenses.txt'), (await Promise.all(packages.map(licenseOf))).join('\n\n'));
    await replaceWith(building);
    console.log(`Gateway: ${ENTRIES.length} programs and ${packages.length} packages in dist/.`);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

async function stampOfInputs() {
  const hash = createHash('sha256');
  for (const input of INPUTS) hash.update(await readFile(path.join(ROOT, input)));
  return hash.digest('hex');
}

/** Puts what was built in the place of what was there, and says so last. */
async function replaceWith(building) {
  await mkdir(TARGET, { recursive: true });
  for (const name of await readdir(TARGET)) {
    if (!OF_OTHERS.includes(name)) await rm(path.join(TARGET, name), { recursive: true });
  }
  for (const name of await readdir(building)) await rename(path.join(building, name), path.join(TARGET, name));
  await writeFile(path.join(TARGET, STAMP), stamp);
}

function bundleInto(folder) {
  return build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES.map((entry) => path.join('build', entry)),
    outdir: folder,
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
