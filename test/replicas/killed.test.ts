import { expect, it } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { joinClient, subscribersOf, untilAllKnow } from './crowd.js';
import { beginOperations, moveTo } from './operations.js';
import { PATIENCE_MS, startWorld, type Replica, type World } from './replicas.js';
import { readTimes, readTooEarly, toldWrongly } from './verdicts.js';

const INTERVAL_MS = 1_000;
/** From when a read is due to when another replica makes it: its turn, and how late a busy machine may be. */
const TAKEOVER_MS = 1_000 + 3_000;

const TOKENS = ['anna', 'ben', 'cleo'].map((name) => secret(`a-token-of-${name}-who-stays-${name.length}d0e`));

/** Kills whoever polls, in the moment that is told of. @returns who it was, and when */
type Killing = (world: World, moveOn: () => void) => Promise<{ readonly killed: Replica; readonly at: number }>;

/** The next request, answered or not, from somebody who is known. */
async function nextRequest({ graph, senderOf }: World) {
  const before = graph.requests.length;
  await graph.until(() => graph.requests.length > before);
  const request = graph.requests[before];
  return request === undefined ? undefined : { request, sender: senderOf(request) };
}

async function kill(killed: Replica) {
  const at = performance.now();
  await killed.end('SIGKILL');
  return { killed, at };
}

const betweenChecks: Killing = async (world, moveOn) => {
  for (;;) {
    const next = await nextRequest(world);
    if (next === undefined) continue;
    await until(() => world.senderOf(next.request) !== undefined, PATIENCE_MS); // it was answered, and that was logged
    const killed = world.senderOf(next.request);
    if (killed === undefined) continue;
    moveOn();
    return kill(killed);
  }
};

const whileGraphAnswers: Killing = async (world, moveOn) => {
  for (;;) {
    const release = world.graph.hold();
    const next = await nextRequest(world);
    try {
      if (next?.sender === undefined) continue;
      moveOn();
      return await kill(next.sender);
    } finally {
      release();
    }
  }
};

const asItHearsOfTheEnd: Killing = async (world, moveOn) => {
  for (let hasMoved = false; ; ) {
    const { sender } = (await nextRequest(world)) ?? {};
    if (sender === undefined) continue;
    if (hasMoved) return kill(sender);
    moveOn();
    hasMoved = true;
  }
};

describeWithRedis('a replica that is killed while it polls', () => {
  it.each([
    { when: 'between two checks', killing: betweenChecks },
    { when: 'while Graph answers it', killing: whileGraphAnswers },
    { when: 'as it hears of the end', killing: asItHearsOfTheEnd },
  ])('$when: others go on within an interval, and nobody misses anything', async ({ killing }) => {
    const world = await startWorld(INTERVAL_MS);
    const { graph } = world;
    const replicas = await Promise.all([world.start(), world.start(), world.start()]);
    const operations = beginOperations(graph, { 'team-a': 3, 'chat-b': 2 });
    const clients = replicas.flatMap(({ url }, at) => {
      const others = replicas.filter((each) => each.url !== url).map((each) => each.url);
      return TOKENS.flatMap((token) => [
        joinClient({ urls: () => [url, ...others], token, watching: operations.map((each) => [each]) }),
        joinClient({ urls: () => [url, ...others], token, watching: [operations.filter((_, each) => each !== at)] }),
      ]);
    });
    const subscribers = subscribersOf(clients);
    await untilAllKnow(clients, 'NOT_STARTED');
    moveTo(graph, operations, 'RUNNING');
    await untilAllKnow(clients, 'RUNNING');

    const { killed, at } = await killing(world, () => moveTo(graph, operations, 'SUCCEEDED'));
    const cutOff = clients.filter(({ url }) => url === killed.url);
    await untilAllKnow(clients, 'SUCCEEDED');
    await until(() => subscribers.every(({ isComplete }) => isComplete));

    expect(cutOff.length).toBeGreaterThanOrEqual(TOKENS.length * 2);
    for (const { connections } of cutOff) expect(connections).toBeGreaterThanOrEqual(2);
    expect(toldWrongly(subscribers, 'SUCCEEDED')).toEqual([]);
    expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
    for (const operation of operations) {
      const times = readTimes(graph.reads, operation);
      const lastBefore = times.findLast((time) => time <= at) ?? 0;
      const firstAfter = times.find((time) => time > at);
      if (firstAfter !== undefined) expect(firstAfter - lastBefore).toBeLessThan(2 * INTERVAL_MS + TAKEOVER_MS);
    }
  });
});
