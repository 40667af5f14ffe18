import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { createClient } from 'redis';
import { freePort } from './free-port.js';

/** A real redis-server on a port of its own, that keeps nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Runs a command in it and gives its answer. */
  command<T = unknown>(...words: readonly string[]): Promise<T>;
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it again where it was, empty; kills it before if it runs. */
  restart(): Promise<void>;
  /** Stops it in the middle of whatever it does: it takes connections and says nothing. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

export interface RedisServerOptions {
  readonly password?: string;
  /** Certificate, key and their authority as PEM files; then it speaks TLS and nothing else. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** The address of this machine on which it listens; 127.0.0.1 unless told. */
  readonly host?: string;
  /** Further options of redis-server, such as `--cluster-enabled yes`. */
  readonly args?: readonly string[];
}

/** Each other client is a copy of it: for one that is none node-redis builds a class with every command, in 50 ms. */
const CLIENT = createClient();

const BINARY = process.env['REDIS_SERVER_PATH'] ?? 'redis-server';

/** Whether there is a redis-server on this machine. */
export const HAS_REDIS = spawnSync(BINARY, ['--version']).status === 0;

/** Tests that need a redis-server. On a machine without one they do not run, and the report says why. */
export function describeWithRedis(name: string, suite: () => void): void {
  if (HAS_REDIS) {
    describe(name, suite);
    return;
  }
  const why = 'is not tested: there is no redis-server here; REDIS_SERVER_PATH can name one';
  console.warn(`${name} ${why}`); // jest keeps the names of skipped tests to itself
  describe(name, () => it.skip(why, () => undefined));
}

/** One server for all tests of a suite. */
export function useRedisServer(options: RedisServerOptions = {}): () => RedisServer {
  let server: RedisServer | undefined;
  beforeAll(async () => {
    server = await startRedisServer(options);
  });
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error('The server is there in tests only.');
    return server;
  };
}

export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const { password, tls, host = '127.0.0.1', args = [] } = options;
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const ports = tls
    ? ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', '--tls-cert-file', tls.cert].concat(
        '--tls-key-file',
        tls.key,
      )
    : ['--port', String(port)];
  const words = [
    ...ports,
    ...['--bind', host, '--save', '', '--appendonly', 'no', '--dir', directory],
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...args,
  ];
  const credentials = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  const url = `${tls ? 'rediss' : 'redis'}://${credentials}${host}:${port}`;
  let child = await run(words);

  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url,
    port,
    async command<T>(...command: readonly string[]): Promise<T> {
      const client = CLIENT.duplicate({
        url,
        socket: { reconnectStrategy: false, ...(tls && { tls: true, rejectUnauthorized: false }) },
      }).on('error', () => undefined);
      await client.connect();
      try {
        return await client.sendCommand<T>(command);
      } finally {
        client.destroy();
      }
    },
    kill: end,
    async restart() {
      await end();
      child = await run(words);
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await end();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Resolves when it takes connections. */
async function run(words: readonly string[]): Promise<ChildProcess> {
  const child = spawn(BINARY, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  await new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve();
    });
    child.once('error', reject).once('close', () => reject(new Error(`redis-server ended: ${output}`)));
  });
  return child;
}
