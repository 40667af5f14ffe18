import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createClient } from 'redis';

/** A Redis of its own that keeps nothing on disk. */
export interface Redis {
  readonly url: string;
  stop(): Promise<void>;
}

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  // The other processes end with the bench by themselves; this one knows nothing of it.
  const end = (): void => void server.kill();
  process.once('exit', end);
  const url = `redis://127.0.0.1:${port}`;
  const client = createClient({ url, socket: { reconnectStrategy: (retries) => (retries < 100 ? 50 : false) } });
  client.on('error', () => undefined); // it takes a moment to listen; the last word is what connect throws
  await client.connect();
  client.destroy();
  return {
    url,
    async stop() {
      const ended = once(server, 'exit');
      process.off('exit', end);
      end();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
