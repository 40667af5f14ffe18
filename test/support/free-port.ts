import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * From 32768 on systems hand ports out by themselves, for each connection that goes out: one of those that is left for a
 * moment may be somebody else's when its owner comes back. The nodes of a Redis cluster talk on ports 10000 above their own.
 */
const LOWEST = 10_000;
const COUNT = 10_000;

const given = new Set<number>();

/** A port for whoever has to know it beforehand, or leaves it and comes back to it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true)).once('error', () => resolve(false));
  });
  server.listen(port, '127.0.0.1');
  if (!(await isListening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}
