import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { overhear } from './secrets.js';

/** The gateway as a process of its own. */
export interface GatewayProcess {
  /** All that it wrote so far. */
  readonly output: { readonly out: string; readonly err: string };
  /** Resolves with its exit code. */
  readonly ended: Promise<unknown>;
  /** What of its output is looked for, once it is there. Rejects when it ends without it. */
  said(what: RegExp): Promise<RegExpExecArray>;
  /** Where it listens, `http://…`. */
  url(): Promise<string>;
  /** The lines of its log with this event. */
  lines(event: string): readonly Readonly<Record<string, unknown>>[];
  readonly kill: (signal: NodeJS.Signals) => void;
}

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Starts it as `npm start` does; its environment holds nothing of ours. */
export function startProcess(
  environment: Readonly<Record<string, string>>,
  { nodeOptions = [], cwd }: { readonly nodeOptions?: readonly string[]; readonly cwd?: string } = {},
): GatewayProcess {
  const child = spawn(process.execPath, [...nodeOptions, MAIN], {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  overhear('process', child.stdout, child.stderr);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.err += chunk));
  const ended = once(child, 'close').then(([code]: unknown[]) => code);

  const said = async (what: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = what.exec(output.out);
      if (found !== null) return found;
      await Promise.race([
        once(child.stdout, 'data'),
        ended.then((code) => {
          throw new Error(`It ended with ${String(code)}: ${output.err}`);
        }),
      ]);
    }
  };
  return {
    output,
    ended,
    said,
    url: async () => `http${(await said(/(?<=ws):\/\/\S+(?=\/graphql\s)/))[0]}`,
    lines: (event) =>
      output.out
        .split('\n')
        .slice(0, -1) // what comes after the last one is none yet
        .filter((line) => line.startsWith('{"level"'))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
        .filter(({ msg }) => msg === event),
    kill: (signal) => child.kill(signal),
  };
}
