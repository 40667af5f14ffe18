import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Answer, type Commands, type CommonCommands, type Question } from './children/child.js';
import { pinThisProcess, pinTo, type Place } from './processors.js';
import { VoidRun } from './void-run.js';

/** A process of the bench. */
export interface Child<C extends Commands> {
  readonly url: string;
  readonly pid: number;
  /** @throws {VoidRun} what went wrong there */
  ask<N extends keyof C & string>(name: N, input: Parameters<C[N]>[0]): Promise<Awaited<ReturnType<C[N]>>>;
  /** Lets it end by itself. */
  stop(): Promise<void>;
  /** Ends it at once, as when a machine fails. */
  kill(): Promise<void>;
}

/** A process that is only measured. */
export type Server = Child<CommonCommands>;

export type ChildName =
  'bare-ws' | 'clients' | 'gateway' | 'graph' | 'load' | 'memory' | 'mercurius' | 'proxy' | 'stock-graphql-ws';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILT = path.join(ROOT, 'test-output/bench');

let profileArgs: readonly string[] = [];

/**
 * Makes JavaScript of the processes: a loader of TypeScript in them would be measured as well.
 * @param profiles where gateways leave profiles of their CPU; null for nowhere
 */
export async function prepareChildren(profiles: string | null): Promise<void> {
  profileArgs = profiles === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${path.resolve(profiles)}`];
  const folder = path.join(ROOT, 'bench/children');
  const files = (await readdir(folder)).map((file) => path.join(folder, file));
  await build({
    entryPoints: [...files, { in: path.join(ROOT, 'bench/clients/main.ts'), out: 'clients' }].map((entry) =>
      typeof entry === 'string' ? { in: entry, out: path.basename(entry, '.ts') } : entry,
    ),
    outdir: BUILT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  pinThisProcess('beside');
}

/** @param environment beside PATH and NODE_ENV the whole of what the process finds in its own */
export async function startChild<C extends Commands>(
  name: ChildName,
  place: Place,
  environment: Record<string, string> = {},
): Promise<Child<C & CommonCommands>> {
  const flags = ['--expose-gc', ...(name === 'gateway' ? profileArgs : [])];
  const node = [process.execPath, ...flags, path.join(BUILT, `${name}.mjs`)];
  const [command = '', ...args] = [...pinTo(place), ...node];
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });

  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let asked = 0;
  let isOver = false;
  const answered = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  const fail = (why: string): void => {
    isOver = true;
    for (const { reject } of waiting.values()) reject(new VoidRun(why));
    waiting.clear();
  };
  child.on('message', (answer) => {
    const { id, value, error } = answer as Answer;
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asker?.resolve(value);
    else asker?.reject(new VoidRun(`${name}: ${error}`));
  });
  child.once('error', (error) => fail(`${name} did not start: ${error.message}`));
  child.once('exit', (code, signal) => fail(`${name} ended with ${signal ?? code ?? 'nothing'}`));

  const url = String(await answered(0));
  return {
    url,
    pid: child.pid ?? 0,
    async ask(command, input) {
      if (isOver) throw new VoidRun(`${name} is gone.`);
      const question: Question = { id: ++asked, name: command, input };
      const answer = answered(question.id);
      child.send(question);
      return (await answer) as never;
    },
    async stop() {
      if (isOver) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
    async kill() {
      if (isOver) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
