import { expect, it, jest } from '@jest/globals';
import { type CountedRequest } from '../support/counting-graph.js';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { pass, until } from '../support/until.js';
import { ask } from './ask.js';
import { joinClient, subscribersOf, untilAllKnow, type Subscriber } from './crowd.js';
import { beginOperations, moveTo, type TestOperation } from './operations.js';
import { PATIENCE_MS, startWorld, type Replica, type World, TEST_LIMIT_MS } from './replicas.js';
import { readTimes, readTooEarly, toldWrongly } from './verdicts.js';

const INTERVAL_MS = 1_000;
/** From when a read is due to when another replica makes it: its turn, and how late a busy machine may be. */
const TAKEOVER_MS = 1_000 + 3_000;

/** Between two queries. */
const PAUSE_MS = 10;

const TOKENS = ['anna', 'ben', 'cleo'].map((name) => secret(`a-token-of-${name}-who-stays-${name.length}d0e`));

/** Kills whoever polls, in the moment that is told of. @returns who it was, and when */
type Killing = (world: World, moveOn: () => void) => Promise<{ readonly killed: Replica; readonly at: number }>;

/** The next read that goes up alone, answered or not; its sender where that is known already. */
async function nextRead({ graph, senderOf }: World) {
  const before = graph.requests.length;
  const find = (): CountedRequest | undefined => graph.requests.slice(before).find(({ method }) => method === 'GET');
  await graph.until(() => find() !== undefined);
  const request = find();
  if (request === undefined) throw new Error('Graph forgets what it was asked.');
  return { request, sender: senderOf(request) };
}

/** Asks for one after the other, with each token in turn, until it is over or nobody answers. */
async function askOn({ url, process }: Replica, operations: readonly TestOperation[], isOver: () => boolean) {
  const life = { isOver: false };
  void process.ended.then(() => (life.isOver = true));
  for (let turn = 0; !life.isOver && !isOver(); turn++) {
    const [token, operation] = [TOKENS[turn % TOKENS.length], operations[turn % operations.length]];
    if (token === undefined || operation === undefined) throw new Error('There is nothing to ask for.');
    await ask(url, token, operation).catch(() => undefined); // it was killed meanwhile
    await pass(PAUSE_MS);
  }
}

function isOver({ isComplete }: Subscriber): boolean {
  return isComplete;
}

async function kill(killed: Replica) {
  const at = performance.now();
  await killed.end('SIGKILL');
  return { killed, at };
}

const betweenChecks: Killing = async (world, moveOn) => {
  for (;;) {
    const { request, sender } = await nextRead(world);
    const id = request.clientRequestId;
    if (sender === undefined || id === null) continue;
    await until(() => sender.process.output.out.includes(id), PATIENCE_MS); // it has taken the answer
    moveOn();
    return kill(sender);
  }
};

const whileGraphAnswers: Killing = async (world, moveOn) => {
  for (;;) {
    const release = world.graph.hold();
    try {
      const { sender } = await nextRead(world);
      if (sender === undefined) continue;
      moveOn();
      return await kill(sender);
    } finally {
      release();
    }
  }
};

const asItHearsOfTheEnd: Killing = async (world, moveOn) => {
  await nextRead(world);
  moveOn();
  for (;;) {
    const { sender } = await nextRead(world);
    if (sender !== undefined) return kill(sender);
  }
};

jest.setTimeout(TEST_LIMIT_MS);

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

    // Queries go up as soon as they may.
    const asking = replicas.map((replica) => askOn(replica, operations, () => subscribers.every(isOver)));
    const { killed, at } = await killing(world, () => moveTo(graph, operations, 'SUCCEEDED'));
    const cutOff = clients.filter(({ url }) => url === killed.url);
    await untilAllKnow(clients, 'SUCCEEDED');
    await until(() => subscribers.every(isOver));
    await Promise.all(asking);

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
