import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { overhear } from '../support/secrets.js';

const MAIN = fileURLToPath(new URL('../../dist/sandbox/main.js', import.meta.url));

/** Starts the sandbox as `npm run sandbox` does, as a process of its own. */
function run(environment: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  overhear('sandbox', child.stdout, child.stderr);
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output.err += chunk));
  const ended = once(child, 'close').then(([code]: unknown[]) => code);
  const greeted = async () => {
    const over = ended.then((code) => {
      throw new Error(`It ended with ${String(code)}: ${output.err}`);
    });
    over.catch(() => undefined); // it may well end after it has greeted
    while (!output.out.includes('/beta/chats/')) await Promise.race([once(child.stdout, 'data'), over]);
    return output.out;
  };
  return { child, output, ended, greeted };
}

describe('the sandbox as a process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'greets, serves what it greets with, and ends with 0 on %s',
    async (signal) => {
      const { child, ended, greeted, output } = run({ SANDBOX_PORT: '0', HOST: '' });
      const commands = [...(await greeted()).matchAll(/curl -s -H '([^:]+): ([^']+)' '([^']+)'/g)];
      expect(commands).toHaveLength(2);
      for (const [, name = '', value = '', url = ''] of commands) {
        const response = await fetch(url, { headers: { [name]: value } });
        expect(response.status).toBe(200);
      }
      child.kill(signal);
      expect(await ended).toBe(0);
      expect(output.err).toBe('');
    },
  );

  it.each(['65536', 'http', '-1'])('ends with one line when the port is %s', async (port) => {
    const { ended, output } = run({ SANDBOX_PORT: port });
    expect(await ended).toBe(1);
    expect(output.err).toBe(`SANDBOX_PORT must be a number from 0 to 65535; it is "${port}".\n`);
  });

  it('ends with one line when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { ended, output } = run({ SANDBOX_PORT: String(port), HOST: '127.0.0.1' });
    expect(await ended).toBe(1);
    expect(output.err).toBe(
      `The sandbox cannot listen on 127.0.0.1:${port} (EADDRINUSE). Choose another SANDBOX_PORT or HOST.\n`,
    );
    other.close();
  });
});
