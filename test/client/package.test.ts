import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import ts from 'typescript';
import { TOKEN } from '../support/gateway.js';
import { heard } from '../support/secrets.js';
import { REF, startWatched } from './support.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODULES = join(ROOT, 'node_modules');
const NAME = 'graph-operations-gateway';
/** All that a front end has beside it. */
const BESIDE = ['graphql-ws', 'graphql', 'ws', '@types/node', 'undici-types'];

const TYPED = `
import {
  createOperationsClient, OperationsError, resuming, trackHost, trackOperation, waitForOperation,
  type Operation, type OperationState, type OperationStatusChange,
} from '${NAME}/client';
import { createClient } from 'graphql-ws';

const leaving = new AbortController();
const url = 'https://gateway.example/graphql';

export async function show(location: string): Promise<OperationState> {
  for await (const change of trackOperation({ url, ref: { location }, token: 'abc', signal: leaving.signal })) {
    const { to, operation }: OperationStatusChange = change;
    const late: 'THROTTLED' | 'UPSTREAM_UNAVAILABLE' | 'BUDGET' | null = operation.freshness.delayedBy;
    if (operation.terminal) return to;
    console.log(operation.operationType, late);
  }
  throw new Error('left');
}

export async function wait(): Promise<string | null> {
  const client = createOperationsClient({ url, token: async ({ renew }) => (renew ? 'def' : 'abc') });
  try {
    const operation: Operation = await client.waitForOperation({ team: { hostId: 't', operationId: 'o' } });
    return operation.error?.code ?? null;
  } catch (error) {
    if (error instanceof OperationsError && error.code === 'UPSTREAM_THROTTLED') return String(error.retryAfterSeconds);
    throw error;
  }
}

// @ts-expect-error exactly one way to name an operation
void waitForOperation({ url, ref: { id: 'x', location: 'y' } });
// @ts-expect-error there is no such state
trackHost({ url, host: { teamId: 't' }, filter: { state: ['DONE'] } });
resuming(createClient({ url }));
`;

/** As a page shows it, with what a reader has to think up. */
function snippetOf(page: string): string {
  const [, block = ''] = /^```ts\n(.*?trackOperation.*?)^```$/ms.exec(readFileSync(join(ROOT, page), 'utf8')) ?? [];
  return `${block}
declare const location: string;
declare function getToken(): Promise<string>;
declare function show(...words: unknown[]): void;
`;
}

const RUNNING = `
import { trackOperation } from '${NAME}/client';
import { WebSocket } from 'ws';
const [url, token, ref] = process.argv.slice(2);
for await (const { to } of trackOperation({ url, token, ref: JSON.parse(ref), webSocketImpl: WebSocket })) console.log(to);
`;

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly string[];
}

const run = promisify(execFile);

/** What the compiler says of files and of the package's own declarations; those of other packages are their makers' business. */
function problemsIn(folder: string, files: readonly string[], compilerOptions: object): string[] {
  const read = ts.parseJsonConfigFileContent({ compilerOptions, files }, ts.sys, folder);
  const program = ts.createProgram({ rootNames: read.fileNames, options: read.options });
  const own = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${folder}/`))
    .filter(({ fileName }) => !fileName.includes('/node_modules/') || fileName.includes(`/node_modules/${NAME}/`));
  const isOfPackage = own.some(({ fileName }) => fileName.endsWith('/dist/client/client.d.ts'));
  const problems = [
    ...read.errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
  ];
  const texts = problems.map(({ file, messageText }) => {
    return `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  return isOfPackage ? texts : [...texts, 'The declarations of the package were not found.'];
}

describe('the package, as others install it', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'consumer-'));
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '@types'), { recursive: true });
    // Packed without GraphiQL and the like, which the client has nothing to do with and which is most of the work.
    const whole = join(folder, 'whole');
    for (const part of ['package.json', 'dist/client']) {
      await cp(join(ROOT, part), join(whole, part), { recursive: true });
    }
    const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
    const { stdout } = await run('npm', pack, { cwd: whole });
    const [packed] = JSON.parse(stdout) as { filename: string }[];
    await run('tar', ['xf', packed?.filename ?? ''], { cwd: folder });
    await symlink(join(folder, 'package'), join(modules, NAME));
    for (const name of BESIDE) await symlink(join(MODULES, name), join(modules, name));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'typed.ts'), TYPED);
    await writeFile(join(folder, 'readme.ts'), snippetOf('README.md'));
    await writeFile(join(folder, 'page.ts'), snippetOf('docs/in-your-front-end.md'));
    await writeFile(join(folder, 'running.mjs'), RUNNING);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // Each takes the compiler a second or two; what it is about is the difference between them.
  it.each([
    {
      where: 'a browser',
      options: { lib: ['ES2022', 'DOM'], types: [], moduleResolution: 'bundler', module: 'esnext' },
    },
    { where: 'Node', options: { lib: ['ES2023'], types: ['node'], moduleResolution: 'nodenext', module: 'nodenext' } },
  ])('has types for $where that the strictest compiler takes', ({ options }) => {
    const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
    const compilerOptions = { ...strict, ...options, target: 'es2022', noEmit: true, preserveSymlinks: true };
    expect(problemsIn(folder, ['typed.ts', 'readme.ts', 'page.ts'], compilerOptions)).toEqual([]);
  });

  it('has source maps with the sources in them, since those are not beside it', async () => {
    const shipped = join(folder, 'package', 'dist', 'client');
    const maps = (await readdir(shipped)).filter((name) => name.endsWith('.js.map'));
    expect(maps.length).toBeGreaterThan(0);
    for (const name of maps) {
      const map = JSON.parse(await readFile(join(shipped, name), 'utf8')) as SourceMap;
      expect(map.sourcesContent).toEqual(map.sources.map(() => expect.any(String)));
    }
  });

  it('runs in Node', async () => {
    const { gateway, put } = await startWatched();
    put('succeeded');
    const command = ['--preserve-symlinks', join(folder, 'running.mjs'), gateway.url, TOKEN, JSON.stringify(REF)];
    const { stdout, stderr } = await run(process.execPath, command);
    heard('process', stdout + stderr);
    expect(stdout).toBe('SUCCEEDED\n');
  });

  it('is made for browsers too, with nothing of the gateway in it', async () => {
    const { metafile } = await build({
      stdin: { contents: `export * from '${NAME}/client';`, resolveDir: folder },
      absWorkingDir: folder,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      preserveSymlinks: true,
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const packages = Object.keys(metafile.inputs).map((path) => path.replace(/^node_modules\//, ''));
    const foreign = packages.filter(
      (path) => !/^(graph-operations-gateway\/dist\/client|graphql-ws)\/|^<stdin>$/.test(path),
    );
    expect(foreign).toEqual([]);
    const [bundle] = Object.values(metafile.outputs);
    expect(bundle?.bytes).toBeLessThan(30_000);
  });
});
