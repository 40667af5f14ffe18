import { expect, it, jest } from '@jest/globals';
import { createClient } from 'redis';
import { describeWithRedis, type RedisServer } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { ask } from './ask.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo } from './operations.js';
import { afterThisTest, startWorld, TEST_LIMIT_MS } from './replicas.js';

const INTERVAL_MS = 500;

const TOKENS = [
  secret('a-token-that-is-never-in-redis-0c4d'),
  secret('a-token-that-is-refused-and-not-in-it-either-88f1'),
] as const;

/** Everything that Redis is told, by its scripts too. */
async function monitor({ url }: RedisServer): Promise<readonly string[]> {
  const commands: string[] = [];
  const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => undefined);
  await client.connect();
  afterThisTest(() => client.destroy());
  await client.monitor((command) => void commands.push(command));
  return commands;
}

/** Everything that is in it. */
async function dump(redis: RedisServer): Promise<string[]> {
  const texts: string[] = [];
  for (const key of await redis.command<string[]>('KEYS', '*')) {
    const isSet = (await redis.command<string>('TYPE', key)) === 'zset';
    const value = isSet ? await redis.command('ZRANGE', key, '0', '-1') : await redis.command('GET', key);
    texts.push(`${key} ${String(value)}`);
  }
  return texts;
}

/** In each way in which it could have been written down. */
function formsOf(token: string): string[] {
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

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('a Redis that replicas share', () => {
  it('is never told a token, whatever callers do and Graph says', async () => {
    const { graph, redis, start } = await startWorld(INTERVAL_MS);
    const commands = await monitor(redis);
    const replicas = await Promise.all([start(), start()]);
    const operations = beginOperations(graph, { 'team-a': 3, 'chat-b': 2 });
    const [other] = beginOperations(graph, { 'team-c': 1 });
    if (other === undefined) throw new Error('There is no other operation.');
    const clients = replicas.flatMap(({ url }) =>
      TOKENS.map((token) => joinClient({ urls: () => [url], token, watching: [operations] })),
    );
    await untilAllKnow(clients, 'NOT_STARTED');
    for (const { url } of replicas) for (const token of TOKENS) await ask(url, token, other);
    moveTo(graph, operations, 'RUNNING');
    await untilAllKnow(clients, 'RUNNING');
    const inUse = await dump(redis);
    graph.endToken(TOKENS[1]);
    graph.allow((_, hostId) => hostId !== 'team-a');
    await until(() => subscribersOf(clients).every(({ errors }) => errors.length > 0), 30_000);

    const told = [...commands, ...inUse, ...(await dump(redis))];
    for (const word of ['EVALSHA', 'PUBLISH', 'notice:denial', 'proof:', 'snapshot:', 'lease:']) {
      expect(told.some((text) => text.toLowerCase().includes(word.toLowerCase()))).toBe(true); // it was all of it
    }
    const forms = TOKENS.flatMap(formsOf);
    expect(told.filter((text) => forms.some((form) => text.includes(form)))).toEqual([]);
  });
});
