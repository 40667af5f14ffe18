import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { overhear } from '../support/secrets.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An example that runs as a process, as its script in package.json has it. */
export interface RunningExample {
  /** All that it printed so far. */
  readonly output: { readonly out: string; readonly err: string };
  /** Resolves with its exit code. */
  readonly ended: Promise<unknown>;
  /** Resolves with what is looked for, once it has been printed. Rejects when it ends without it. */
  said(what: RegExp): Promise<string>;
  stop(): void;
}

export function runExample(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): RunningExample {
  const [program = '', ...args] = words;
  const child = spawn(program, args, { cwd: ROOT, env: { PATH: process.env['PATH'], ...environment } });
  overhear('process', child.stdout, child.stderr);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.err += text));
  const ended = once(child, 'close').then(([code]: unknown[]) => code);
  return {
    output,
    ended,
    async said(what) {
      for (;;) {
        const [found] = what.exec(output.out) ?? [];
        if (found !== undefined) return found;
        const over = ended.then((code) => {
          throw new Error(`It ended with ${String(code)}: ${output.err}`);
        });
        await Promise.race([once(child.stdout, 'data'), over]);
      }
    },
    stop: () => void child.kill(),
  };
}
