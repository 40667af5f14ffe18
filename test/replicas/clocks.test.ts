import { expect, it, jest } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { ask } from './ask.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo } from './operations.js';
import { startPulse, TAKEOVER_BEATS } from './pulse.js';
import { startWorld, TEST_LIMIT_MS } from './replicas.js';
import { readTimes, readTooEarly, toldWrongly } from './verdicts.js';

const INTERVAL_MS = 1_000;
const AHEAD_MS = 7 * 60_000;
/** So old is nothing in this test, unless one clock was taken for another. */
const NONSENSE_SECONDS = AHEAD_MS / 1_000 / 2;

const TOKENS = [secret('a-token-of-anna-whatever-the-time-a7'), secret('a-token-of-ben-whatever-the-time-b8')] as const;

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('replicas whose clocks are minutes apart', () => {
  it('keep one interval together, tell how old a state is, and go on from one another’s cursors', async () => {
    const world = await startWorld(INTERVAL_MS);
    const { graph } = world;
    // The machine's own clock, which is Redis' too, is in the middle between them.
    const [ahead, behind] = await Promise.all([
      world.start({ clockAheadMs: AHEAD_MS }),
      world.start({ clockAheadMs: -AHEAD_MS }),
    ]);
    const replicas = [ahead, behind];
    const pulse = startPulse(graph, behind, 0);
    const operations = beginOperations(graph, { 'team-a': 3, 'chat-b': 2 });
    const [asked] = operations;
    if (asked === undefined) throw new Error('There are no operations.');
    /** Where each of them goes next; all move on by one at a time. */
    let turn = 0;
    const clients = replicas.flatMap((_, at) =>
      TOKENS.map((token) =>
        joinClient({
          urls: () => [replicas[(at + turn) % replicas.length]?.url ?? ''],
          token,
          watching: [operations, ...operations.map((each) => [each])],
        }),
      ),
    );
    const moveOn = async (): Promise<void> => {
      turn += 1;
      const connections = clients.map((client) => client.connections);
      for (const client of clients) client.reconnect();
      await until(() => clients.every((client, at) => client.connections > (connections[at] ?? 0)));
    };

    await untilAllKnow(clients, 'NOT_STARTED');
    await moveOn();
    moveTo(graph, operations, 'RUNNING');
    await untilAllKnow(clients, 'RUNNING');
    for (const { url } of replicas) {
      const { operation } = await ask(url, TOKENS[0], asked);
      expect(operation?.freshness.ageSeconds).toBeGreaterThanOrEqual(0);
      expect(operation?.freshness.ageSeconds).toBeLessThan(NONSENSE_SECONDS);
    }
    await moveOn();
    const killedAt = performance.now();
    await ahead.end('SIGKILL');
    replicas.shift();
    await untilAllKnow(clients, 'RUNNING');
    moveTo(graph, operations, 'SUCCEEDED');
    await untilAllKnow(clients, 'SUCCEEDED');
    await until(() => subscribersOf(clients).every(({ isComplete }) => isComplete));

    expect(toldWrongly(subscribersOf(clients), 'SUCCEEDED')).toEqual([]);
    expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
    for (const operation of operations) {
      const times = readTimes(graph.reads, operation);
      const lastBefore = times.findLast((time) => time <= killedAt) ?? 0;
      const firstAfter = times.find((time) => time > killedAt);
      if (firstAfter !== undefined)
        expect(pulse.beatsBetween(lastBefore, firstAfter)).toBeLessThanOrEqual(TAKEOVER_BEATS);
    }
    for (const { changes } of subscribersOf(clients)) {
      for (const { ageSeconds } of changes) expect(Math.abs(ageSeconds)).toBeLessThan(NONSENSE_SECONDS);
    }
  });
});
