import { readFile } from 'node:fs/promises';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { deprecationProblems } from './deprecations.js';
import { changesBetween } from './schema-changes.js';

/**
 * Whether clients of the last release can go on with the schema as it is now: what breaks them fails, what is merely
 * dangerous is told. What is deprecated has to say what to use instead, and until when it stays.
 *
 *     node --import @swc-node/register/esm-register tools/check-schema-changes.ts [RELEASED CURRENT]
 */
const [releasedFile = 'schema/released.graphql', currentFile = 'schema/schema.graphql'] = process.argv.slice(2);

async function readSchema(file: string): Promise<GraphQLSchema> {
  return buildSchema(await readFile(file, 'utf8'));
}

const current = await readSchema(currentFile);
const today = new Date().toISOString().slice(0, 10);
const { breaking, dangerous } = await changesBetween(await readSchema(releasedFile), current, today);
const problems = deprecationProblems(current);

for (const { what, advice } of dangerous) console.log(`dangerous: ${what}. ${advice}`);
for (const { what, advice } of breaking) console.error(`breaking: ${what}. ${advice}`);
for (const problem of problems) console.error(problem);
if (breaking.length > 0) console.error(`CONTRIBUTING.md says when ${releasedFile} is renewed.`);
if (breaking.length + problems.length > 0) process.exitCode = 1;
