import { createClient } from 'redis';
import { type RedisServer } from '../support/redis-server.js';

/** What a Redis is told, so far. */
export interface Hearing {
  readonly commands: readonly string[];
  close(): void;
}

/** Writes down everything that a Redis is told, by its scripts too. */
export async function monitor({ url }: RedisServer): Promise<Hearing> {
  const commands: string[] = [];
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => undefined);
  await client.connect();
  await client.monitor((command) => void commands.push(command));
  return { commands, close: () => client.destroy() };
}

/** Everything that is in it. */
export async function dump(redis: RedisServer): Promise<string[]> {
  const texts: string[] = [];
  for (const key of await redis.command<string[]>('KEYS', '*')) {
    const isSet = (await redis.command<string>('TYPE', key)) === 'zset';
    const value = isSet ? await redis.command('ZRANGE', key, '0', '-1') : await redis.command('GET', key);
    texts.push(`${key} ${String(value)}`);
  }
  return texts;
}

/** A token in each way in which it could have been written down. */
export function formsOf(token: string): string[] {
  const bytes = Buffer.from(token);
  // Of base64 the letters at either end hang on what stands before and after.
  const encoded = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64url')
      .slice(4, -4),
  );
  return [
    token,
    bytes.toString('hex'),
    ...encoded,
    ...encoded.map((each) => each.replaceAll('-', '+').replaceAll('_', '/')),
  ];
}
