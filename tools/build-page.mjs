/** One page: its stamp, its bundle, and where they go. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'esbuild';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = 'stamp.txt';

/**
 * @param page `name` of its folders in src/ and dist/; `packages` that are bundled, whose installed versions are part of
 *   the stamp, as are the files of `folders` beside its own; `bundle(build)` makes its assets and gives esbuild's
 *   metafile of `main.tsx`
 * @returns null when what it is made of has not changed
 */
export async function buildPage(page, { force }) {
  const target = path.join(ROOT, 'dist', page.name);
  const stamp = await stampOf(page);
  if (!force && (await readText(path.join(target, STAMP))) === stamp) return null;
  // Built beside the target and moved there as a whole: who reads the target never meets half of it.
  const building = `${target}-${process.pid}`;
  try {
    const metafile = await page.bundle((options) => build({ ...common(building), ...options }));
    await writeFile(path.join(building, 'page.html'), await htmlOf(page.name, metafile));
    await writeFile(path.join(building, STAMP), stamp);
    const assets = await filesIn(path.join(building, 'assets'));
    const sizes = await Promise.all(assets.map(compress));
    await rm(target, { recursive: true, force: true });
    await rename(building, target);
    const sum = (key) => sizes.reduce((total, size) => total + size[key], 0);
    return { files: assets.length, bytes: sum('bytes'), gzippedBytes: sum('gzippedBytes') };
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

function common(building) {
  return {
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
}

async function stampOf({ name, packages, folders = [] }) {
  const hash = createHash('sha256');
  const tools = (await filesIn(path.join(ROOT, 'tools'))).filter((file) => /build-[a-z]+\.mjs$/.test(file));
  const sources = await Promise.all([`src/${name}`, ...folders].map((folder) => filesIn(path.join(ROOT, folder))));
  for (const file of [...tools, ...sources.flat()]) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(await readFile(file));
  }
  for (const used of ['esbuild', ...packages]) {
    const { version } = JSON.parse(await readFile(path.join(ROOT, 'node_modules', used, 'package.json'), 'utf8'));
    hash.update(`${used}@${version}\0`);
  }
  return hash.digest('hex');
}

/** The page links its assets relative to its own address, so a proxy may put a prefix before both. */
async function htmlOf(name, { outputs }) {
  const script = outputOf(outputs, `src/${name}/main.tsx`);
  const href = (output) => `${name}/assets/${path.basename(output)}`;
  const links = [
    `<link rel="stylesheet" href="${href(outputs[script].cssBundle)}" />`,
    `<script type="module" src="${href(script)}"></script>`,
  ];
  const page = await readFile(path.join(ROOT, 'src', name, 'page.html'), 'utf8');
  return page.replace('<!-- assets -->', () => links.join('\n    '));
}

export function outputOf(outputs, module) {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(module));
  if (found === undefined) throw new Error(`esbuild made nothing of ${module}.`);
  return found[0];
}

async function compress(file) {
  const content = await readFile(file);
  const gzipped = await promisify(gzip)(content, { level: 9 });
  await writeFile(`${file}.gz`, gzipped);
  return { bytes: content.length, gzippedBytes: gzipped.length };
}

/** With those in its folders; sorted, so that one set has one order on every machine. A folder that is not there has none. */
export async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

export async function readText(file) {
  return readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
}
