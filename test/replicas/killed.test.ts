import { expect, it, jest } from '@jest/globals';
import { type CountedRequest } from '../support/counting-graph.js';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { pass, until } from '../support/until.js';
import { ask } from './ask.js';
import { joinClient, subscribersOf, untilAllKnow, type Subscriber } from './crowd.js';
import { beginOperations, moveTo, type TestOperation } from './operations.js';
import { startPulse, TAKEOVER_BEATS, type Pulse } from './pulse.js';
import { PATIENCE_MS, startWorld, type Replica, type ReplicaProcess, type World, TEST_LIMIT_MS } from './replicas.js';
import { readTimes, readTooEarly, toldWrongly } from './verdicts.js';

const INTERVAL_MS = 1_000;
/** Between two queries: short beside an interval. */
const PAUSE_MS = 25;

const TOKENS = ['anna', 'ben', 'cleo'].map((name) => secret(`a-token-of-${name}-who-stays-${name.length}d0e`));

/** One that may be killed, and its pulse. */
interface ReplicaPulse extends Pulse {
  readonly replica: ReplicaProcess;
}

interface Killed {
  readonly killed: ReplicaProcess;
  readonly at: number;
}

/** What is polled when somebody is killed. */
interface Scene {
  readonly world: World;
  readonly operations: readonly TestOperation[];
  /** Brings everything to its end. */
  readonly moveOn: () => void;
  readonly kill: (who: Replica) => Promise<Killed>;
}

/** Kills whoever polls, in a moment of its own. */
type Killing = (scene: Scene) => Promise<Killed>;

/** The next of their reads that goes up alone, answered or not; its sender where that is known already. */
async function nextRead({ world: { graph, senderOf }, operations }: Scene) {
  const before = graph.requests.length;
  const isTheirs = (path: string): boolean => operations.some(({ hostId }) => path.includes(`/${hostId}/`));
  const find = (): CountedRequest | undefined =>
    graph.requests.slice(before).find(({ method, path }) => method === 'GET' && isTheirs(path));
  await graph.until(() => find() !== undefined);
  const request = find();
  if (request === undefined) throw new Error('Graph forgets what it was asked.');
  return { request, sender: senderOf(request) };
}

/** Asks for one after the other, with each token in turn, until it is over or nobody answers. */
async function askOn({ url, process }: ReplicaProcess, operations: readonly TestOperation[], isOver: () => boolean) {
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

const betweenChecks: Killing = async (scene) => {
  for (;;) {
    const { request, sender } = await nextRead(scene);
    const id = request.clientRequestId;
    if (sender === undefined || id === null) continue;
    await until(() => sender.hasLogged(id), PATIENCE_MS); // it has taken the answer
    scene.moveOn();
    return scene.kill(sender);
  }
};

const whileGraphAnswers: Killing = async (scene) => {
  for (;;) {
    const release = scene.world.graph.hold();
    try {
      const { sender } = await nextRead(scene);
      if (sender === undefined) continue;
      scene.moveOn();
      return await scene.kill(sender);
    } finally {
      release();
    }
  }
};

const asItHearsOfTheEnd: Killing = async (scene) => {
  await nextRead(scene);
  scene.moveOn();
  for (;;) {
    const { sender } = await nextRead(scene);
    if (sender !== undefined) return scene.kill(sender);
  }
};

/** In the order in which they come. */
const KILLINGS: readonly { readonly name: string; readonly killing: Killing }[] = [
  { name: 'between two checks', killing: betweenChecks },
  { name: 'while Graph answers it', killing: whileGraphAnswers },
  { name: 'as it hears of the end', killing: asItHearsOfTheEnd },
];

/** Everybody watches on all replicas until whoever polls is killed and all has ended. @returns who was killed */
async function liveThrough(world: World, pulses: readonly ReplicaPulse[], round: number, killing: Killing) {
  const { graph } = world;
  const replicas = pulses.map(({ replica }) => replica);
  const operations = beginOperations(graph, { [`team-${round}`]: 3, [`chat-${round}`]: 2 });
  const clients = replicas.flatMap(({ url }, at) => {
    const others = replicas.filter((each) => each.url !== url).map((each) => each.url);
    const some = operations.filter((_, each) => each !== at);
    return TOKENS.map((token) =>
      joinClient({ urls: () => [url, ...others], token, watching: [some, ...operations.map((each) => [each])] }),
    );
  });
  const subscribers = subscribersOf(clients);
  await untilAllKnow(clients, 'NOT_STARTED');
  moveTo(graph, operations, 'RUNNING');
  await untilAllKnow(clients, 'RUNNING');

  // Queries go up as soon as they may.
  const asking = replicas.map((replica) => askOn(replica, operations, () => subscribers.every(isOver)));
  const kill = async (who: Replica): Promise<Killed> => {
    const killed = replicas.find((each) => each === who);
    if (killed === undefined) throw new Error('Who polls is none of those that are left.');
    const at = performance.now();
    await killed.end('SIGKILL');
    return { killed, at };
  };
  const moveOn = (): void => moveTo(graph, operations, 'SUCCEEDED');
  const { killed, at } = await killing({ world, operations, moveOn, kill });
  const cutOff = clients.filter(({ url }) => url === killed.url);
  await untilAllKnow(clients, 'SUCCEEDED');
  await until(() => subscribers.every(isOver));
  await Promise.all(asking);

  expect(cutOff.length).toBeGreaterThanOrEqual(TOKENS.length);
  for (const { connections } of cutOff) expect(connections).toBeGreaterThanOrEqual(2);
  expect(toldWrongly(subscribers, 'SUCCEEDED')).toEqual([]);
  expect(readTooEarly(graph.reads, INTERVAL_MS)).toEqual([]);
  for (const operation of operations) {
    const times = readTimes(graph.reads, operation);
    const lastBefore = times.findLast((time) => time <= at) ?? 0;
    const firstAfter = times.find((time) => time > at);
    if (firstAfter === undefined) continue;
    for (const { replica, beatsBetween } of pulses) {
      if (replica !== killed) expect(beatsBetween(lastBefore, firstAfter)).toBeLessThanOrEqual(TAKEOVER_BEATS);
    }
  }
  return killed;
}

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('replicas of which one after another is killed while it polls', () => {
  it('go on within an interval, and nobody misses anything, until one is left', async () => {
    const world = await startWorld(INTERVAL_MS);
    const replicas = await Promise.all([world.start(), world.start(), world.start(), world.start()]);
    let pulses = replicas.map((replica, at) => ({ ...startPulse(world.graph, replica, at), replica }));
    for (const [round, { name, killing }] of KILLINGS.entries()) {
      const killed = await liveThrough(world, pulses, round, killing).catch((error: unknown) => {
        throw new Error(`One was killed ${name}: ${String(error)}`, { cause: error });
      });
      pulses = pulses.filter(({ replica }) => replica !== killed);
    }
    expect(pulses).toHaveLength(1);
  });
});
