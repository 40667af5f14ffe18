/**
 * Bundles the pages into dist/NAME: a page, and its assets under names that hold their content's hash, each with a
 * gzipped sibling. A page is left as it is when what it is made of has not changed; `--force` builds in any case.
 *
 *     node tools/build-pages.mjs [--force] [board] [graphiql]
 */
import { performance } from 'node:perf_hooks';
import { board } from './build-board.mjs';
import { graphiql } from './build-graphiql.mjs';
import { buildPage } from './build-page.mjs';

const PAGES = [board, graphiql];

const names = process.argv.slice(2).filter((argument) => argument !== '--force');
const unknown = names.filter((name) => !PAGES.some((page) => page.name === name));
if (unknown.length > 0) {
  console.error(`There is no page ${unknown.join(', ')}; there are ${PAGES.map(({ name }) => name).join(', ')}.`);
  process.exit(1);
}

for (const page of PAGES.filter(({ name }) => names.length === 0 || names.includes(name))) {
  const startedAt = performance.now();
  const built = await buildPage(page, { force: process.argv.includes('--force') });
  if (built === null) {
    console.log(`${page.title}: dist/${page.name} is up to date.`);
    continue;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const sizes = `${inKilobytes(built.bytes)}, ${inKilobytes(built.gzippedBytes)} gzipped`;
  console.log(`${page.title}: ${built.files} assets (${sizes}) in dist/${page.name}, ${seconds} s.`);
}

function inKilobytes(bytes) {
  return `${Math.ceil(bytes / 1000)} kB`;
}
