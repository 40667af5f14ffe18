import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Report } from './servers/child.js';

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** User and system time of the process so far, in microseconds. */
  cpuMicros(): Promise<number>;
  stop(): Promise<void>;
}

export type ServerName = 'gateway' | 'graph' | 'memory' | 'proxy';

/** @param environment beside PATH the whole of what the server finds in its own */
export async function startServer(name: ServerName, environment: Record<string, string> = {}): Promise<ServerProcess> {
  const child = fork(fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url)), {
    execArgv: ['--import', '@swc-node/register/esm-register'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = new AbortController();
  child.once('exit', (code) => gone.abort(new Error(`The ${name} server ended with ${code}.`)));
  const nextReport = async (): Promise<Report> => {
    const [report] = (await once(child, 'message', { signal: gone.signal })) as [Report];
    return report;
  };

  const hello = await nextReport();
  if (!('url' in hello)) throw new Error(`The ${name} server did not say where it listens.`);
  return {
    url: hello.url,
    async cpuMicros() {
      child.send('cpu');
      const report = await nextReport();
      if (!('cpuMicros' in report)) throw new Error(`The ${name} server did not say how much CPU it used.`);
      return report.cpuMicros;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
