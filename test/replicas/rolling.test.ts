import { expect, it, jest } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo } from './operations.js';
import { startWorld, type ReplicaProcess, TEST_LIMIT_MS } from './replicas.js';
import { readTooEarly, toldWrongly } from './verdicts.js';

const INTERVAL_MS = 1_000;
const SOCKETS = 40;
const SUBSCRIPTIONS_PER_SOCKET = 50;
const TOKENS = Array.from({ length: 5 }, (_, at) => secret(`a-token-of-caller-${at}-of-a-crowd-5be0`));
const PATIENCE_MS = 60_000;

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('two replicas that are restarted one after the other', () => {
  it('lose nothing of what two thousand subscribers are owed, and tell nothing twice', async () => {
    const world = await startWorld(INTERVAL_MS);
    const { graph } = world;
    const live: ReplicaProcess[] = await Promise.all([world.start(), world.start()]);
    const operations = beginOperations(graph, { 'team-a': 14, 'team-b': 11, 'chat-c': 11 });
    const third = Math.ceil(operations.length / 3);
    const clients = Array.from({ length: SOCKETS }, (_, at) =>
      joinClient({
        urls: () => [...live.slice(at % 2), ...live.slice(0, at % 2)].map(({ url }) => url),
        token: TOKENS[at % TOKENS.length] ?? '',
        watching: Array.from({ length: SUBSCRIPTIONS_PER_SOCKET }, (_, each) => {
          const first = (at * 7 + each) % operations.length;
          return each % 10 === 0 ? operations.slice(first, first + 5) : operations.slice(first, first + 1);
        }),
      }),
    );
    const subscribers = subscribersOf(clients);
    expect(subscribers).toHaveLength(2_000);
    await untilAllKnow(clients, 'NOT_STARTED', PATIENCE_MS);

    /** Ends one as whoever rolls out a version does, and starts another in its place. */
    const restart = async (at: number): Promise<void> => {
      const [old] = live.splice(at, 1);
      expect(await old?.end('SIGTERM')).toBe(0);
      live.splice(at, 0, await world.start());
    };
    const moveBy = async (states: readonly ['RUNNING' | 'SUCCEEDED', number][]): Promise<void> => {
      for (const [state, part] of states) {
        const before = graph.reads.length;
        moveTo(graph, operations.slice(part * third, (part + 1) * third), state);
        await graph.until(() => graph.reads.length > before); // they do not all change at once
      }
    };
    await Promise.all([
      moveBy([
        ['RUNNING', 0],
        ['RUNNING', 1],
      ]),
      restart(0),
    ]);
    await until(() => clients.every(({ connections }, at) => at % 2 === 1 || connections >= 2), PATIENCE_MS);
    await Promise.all([
      moveBy([
        ['RUNNING', 2],
        ['SUCCEEDED', 0],
      ]),
      restart(1),
    ]);
    await moveBy([
      ['SUCCEEDED', 1],
      ['SUCCEEDED', 2],
    ]);
    await untilAllKnow(clients, 'SUCCEEDED', PATIENCE_MS);
    await until(() => subscribers.every(({ isComplete }) => isComplete), PATIENCE_MS);

    expect(toldWrongly(subscribers, 'SUCCEEDED').slice(0, 10)).toEqual([]);
    expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
    for (const { connections } of clients) expect(connections).toBeGreaterThanOrEqual(2);
  });
});
