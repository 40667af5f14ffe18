import { readFile, writeFile } from 'node:fs/promises';
import { createSchema, printSdl } from '../src/api/schema.js';

/** `npm run schema` writes schema/schema.graphql from src/api; `--check` says whether it is what would be written. */
const file = new URL('../schema/schema.graphql', import.meta.url);
const sdl = printSdl(await createSchema());

if (!process.argv.includes('--check')) {
  await writeFile(file, sdl);
  console.log('schema/schema.graphql is written');
} else if ((await readFile(file, 'utf8').catch(() => '')) !== sdl) {
  console.error('schema/schema.graphql is not what src/api says: run `npm run schema` and commit it');
  process.exitCode = 1;
}
