import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { QUERY, TYPES, type Generator, WATCH } from './generator-uses.js';

export const GENERATORS = Object.keys(TYPES) as readonly Generator[];

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCHEMA = join(ROOT, 'schema/schema.graphql');

const run = promisify(execFile);

function runTool(module: string, args: readonly string[], folder: string): Promise<{ stdout: string }> {
  return run(process.execPath, [join(ROOT, 'node_modules', module), ...args], { cwd: folder });
}

/** How each is called, in a folder of its own, to write what it makes of the schema to `generated` there. */
const CALLS: Readonly<Record<Generator, (folder: string) => Promise<unknown>>> = {
  async 'client-preset'(folder) {
    await writeFile(join(folder, 'documents.graphql'), `${QUERY}\n${WATCH}\n`);
    const config = { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: 'string' } };
    const output = { documents: 'documents.graphql', preset: 'client', config };
    const whole = { schema: SCHEMA, importExtension: '.js', generates: { 'generated/': output } };
    await writeFile(join(folder, 'codegen.json'), JSON.stringify(whole));
    return runTool('@graphql-codegen/cli/esm/bin.js', ['--config', 'codegen.json'], folder);
  },
  async 'gql-tada'(folder) {
    // It reads its settings from where an editor has them too.
    const plugin = { name: 'gql.tada/ts-plugin', schema: SCHEMA, tadaOutputLocation: 'generated/schema.d.ts' };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { plugins: [plugin] } }));
    return runTool('gql.tada/bin/cli.js', ['generate-output'], folder);
  },
  genql(folder) {
    const args = ['--schema', SCHEMA, '--output', 'generated', '--scalar', 'DateTime:string'];
    return runTool('@genql/cli/dist/cli.js', args, folder);
  },
  async 'relay-compiler'(folder) {
    await mkdir(join(folder, 'src'));
    await mkdir(join(folder, 'generated'));
    // A document's name begins with that of its module.
    await writeFile(join(folder, 'src/team.ts'), [QUERY, WATCH].map((text) => `graphql\`${text}\`;\n`).join(''));
    // It takes only what is below the folder of its settings.
    await copyFile(SCHEMA, join(folder, 'schema.graphql'));
    const config = {
      src: 'src',
      schema: 'schema.graphql',
      artifactDirectory: 'generated',
      language: 'typescript',
      eagerEsModules: true,
      customScalarTypes: { DateTime: 'string' },
    };
    await writeFile(join(folder, 'relay.config.json'), JSON.stringify(config));
    return runTool('relay-compiler/cli.js', ['relay.config.json'], folder);
  },
};

/** What the compiler says of each module of a generator's users; of a good one, nothing. */
export type Complaints = ReadonlyMap<string, readonly string[]>;

/**
 * Runs every generator, and compiles `modules` (text by name) beside `types.ts` and what was generated, all in one run of
 * the compiler. The folder is below the root, so that what is generated finds the packages it imports, and is removed.
 */
export async function compileWithAll(
  modules: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<Generator, Complaints>> {
  const workshop = join(ROOT, 'test-output', `generators-${process.pid}`);
  try {
    await Promise.all(
      GENERATORS.map(async (generator) => {
        const folder = join(workshop, generator);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, 'types.ts'), TYPES[generator]);
        for (const [name, text] of modules) await writeFile(join(folder, `${name}.ts`), text);
        await CALLS[generator](folder);
      }),
    );
    const names = ['types', ...modules.keys()];
    const said = await compile(
      workshop,
      GENERATORS.flatMap((generator) => names.map((name) => `${generator}/${name}.ts`)),
    );
    return new Map(
      GENERATORS.map((generator) => [
        generator,
        new Map(names.map((name) => [name, said.filter((line) => line.startsWith(`${generator}/${name}.ts(`))])),
      ]),
    );
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
}

/** @returns the compiler's lines, `file(line,column): error TS…: …` @throws when one is about something else */
async function compile(folder: string, files: readonly string[]): Promise<readonly string[]> {
  const compilerOptions = {
    ...{ target: 'ES2023', lib: ['ES2023'], module: 'ESNext', moduleResolution: 'Bundler', types: [] },
    ...{ strict: true, noUncheckedIndexedAccess: true, isolatedModules: true, skipLibCheck: true, noEmit: true },
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const args = ['-p', 'tsconfig.json', '--pretty', 'false'];
  const said = await runTool('typescript/bin/tsc', args, folder).then(({ stdout }) => stdout, stdoutOf);
  const lines = said.split('\n').filter((line) => /^\S/.test(line)); // what is indented explains the line above
  const strange = lines.filter((line) => !files.some((file) => line.startsWith(`${file}(`)));
  if (strange.length > 0) throw new Error(strange.join('\n'));
  return lines;
}

/** What a process printed that ended with an error: for the compiler, that is its answer. */
function stdoutOf(failure: unknown): string {
  const { stdout } = failure as { readonly stdout?: unknown };
  if (typeof stdout === 'string' && stdout !== '') return stdout;
  throw failure;
}
