import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Scope } from '../../src/operation/scope.js';
import { describeWithRedis, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { A, afterThisTest, B, listenIn, openReplica, quickClock, until, type Replica } from './redis-stores.js';

/** Some scopes are on each node. */
const SCOPES = Array.from({ length: 20 }, (_, at) => `anna${at}` as Scope);
const SLOTS = 16_384;
const CLUSTER = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'];
/** Not the one that an address without a host stands for; Linux alone has it without being told. */
const OTHER_HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
const NODE_OF_CLUSTER = /\(REDIS_URL names a node of a cluster; name its nodes, with commas between/;

describeWithRedis('replicas whose Redis is a cluster', () => {
  const nodes: RedisServer[] = [];
  beforeAll(async () => {
    for (let count = 0; count < 3; count++) nodes.push(await startRedisServer({ args: CLUSTER }));
    await makeCluster(nodes);
  });
  afterAll(() => Promise.all(nodes.map((node) => node.stop())));
  const urls = (): string[] => nodes.map(({ url }) => url);
  /** The node that has what is about operations, or one that has not. */
  const nodeWith = async (hasOperations: boolean): Promise<RedisServer> => {
    const [first] = nodes;
    const slot = (await first?.command<number>('CLUSTER', 'KEYSLOT', '{operations}')) ?? 0;
    const owner = Math.floor((slot * nodes.length) / SLOTS);
    const node = nodes[hasOperations ? owner : (owner + 1) % nodes.length];
    if (node === undefined) throw new Error('There are three.');
    return node;
  };

  it('share all of it, wherever in it keys and channels are', async () => {
    const namespace = 'several-addresses';
    const one = await openReplica({ urls: urls(), namespace });
    const two = await openReplica({ urls: urls().toReversed(), namespace });
    await expectToShare(one, two);
    const sizes = await Promise.all(nodes.map((node) => node.command<number>('DBSIZE')));
    expect(sizes.every((size) => size > 0)).toBe(true);
    expect([one.log.lines, two.log.lines]).toEqual([[], []]);
  });

  it.each([
    ['has the operations', true],
    ['has them not', false],
  ])('find the others from the one node that is named and %s', async (_, hasOperations) => {
    const { url } = await nodeWith(hasOperations);
    const namespace = `one-address-${hasOperations}`;
    const [one, two] = [await openReplica({ urls: [url], namespace }), await openReplica({ urls: [url], namespace })];
    await expectToShare(one, two);
    expect([one.log.lines, two.log.lines]).toEqual([[], []]);
  });

  it('lack none of the others where one of those that are named is away', async () => {
    const [, node = ''] = urls();
    const absent = 'redis://127.0.0.1:1';
    for (let attempt = 0; attempt < 10; attempt++) {
      const { store, log } = await openReplica({ urls: [absent, node] });
      expect([store.isReady(), log.lines]).toEqual([true, []]);
    }
  });

  it('learn from what is refused that there are other nodes, where the one may not be asked', async () => {
    const namespace = 'not-asked';
    const word = await addUser(nodes, 'closed-mouthed', '-info');
    const { port } = await nodeWith(false);
    const url = `redis://closed-mouthed:${word}@127.0.0.1:${port}`;
    const options = { urls: [url], namespace, clock: quickClock() };
    const [one, two] = [await openReplica(options), await openReplica(options)];
    expect([one.store.isReady(), two.store.isReady()]).toEqual([false, false]);
    for (const { log } of [one, two]) {
      await log.said('store back');
      expect(log.lines.map(({ event }) => event)).toEqual(['store lost', 'store back']);
      expect(log.lines[0]?.fields).toMatchObject({ reason: expect.stringMatching(/^MOVED \d+ /) });
      expect(log.lines[0]?.fields).toMatchObject({ reason: expect.stringMatching(NODE_OF_CLUSTER) });
    }
    await expectToShare(one, two);
  });

  it('are not ready where it cannot be used as one, and say what would be right', async () => {
    const word = await addUser(nodes, 'without-slots', '-cluster|slots');
    const { port } = await nodeWith(true);
    const { store, log } = await openReplica({ urls: [`redis://without-slots:${word}@127.0.0.1:${port}`] });
    expect(store.isReady()).toBe(false);
    expect(log.lines).toEqual([
      { event: 'store lost', fields: { redis: `127.0.0.1:${port}`, reason: expect.stringMatching(NODE_OF_CLUSTER) } },
    ]);
    expect(log.lines[0]?.fields).toMatchObject({ reason: expect.stringMatching(/^NOPERM/) });
  });

  it('are not ready where a database is named, of which a cluster has one', async () => {
    const { url } = await nodeWith(true);
    const { store, log } = await openReplica({ urls: [`${url}/3`] });
    expect(store.isReady()).toBe(false);
    expect(log.lines.map(({ fields }) => fields)).toEqual([
      {
        redis: new URL(url).host,
        reason: expect.stringMatching(/^REDIS_URL names a node of a cluster, which has one database/),
      },
    ]);
  });

  it('find them again after a loss', async () => {
    const node = await nodeWith(false);
    const namespace = 'after-a-loss';
    const options = { urls: [node.url], namespace, clock: quickClock() };
    const [one, two] = [await openReplica(options), await openReplica(options)];
    await node.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await Promise.all([one.log.said('store back'), two.log.said('store back')]);
    await expectToShare(one, two);
  });

  it('use one of a single node that knows no address of its own, and are not ready before it has its slots', async () => {
    const node = await startRedisServer({ args: CLUSTER, host: OTHER_HOST });
    afterThisTest(() => node.stop());
    const options = { urls: [node.url], clock: quickClock() };
    const [one, two] = [await openReplica(options), await openReplica(options)];
    expect([one.store.isReady(), two.store.isReady()]).toEqual([false, false]);
    await makeCluster([node]);
    await Promise.all([one.log.said('store back'), two.log.said('store back')]);
    await expectToShare(one, two);
  });
});

/** Gives each of them as many slots as the others. */
async function makeCluster(nodes: readonly RedisServer[]): Promise<void> {
  for (const [at, node] of nodes.entries()) {
    const [from, end] = [at, at + 1].map((part) => Math.ceil((part * SLOTS) / nodes.length));
    await node.command('CLUSTER', 'ADDSLOTSRANGE', `${from}`, `${Number(end) - 1}`);
    if (nodes.length === 1) continue;
    for (const { port } of nodes) await node.command('CLUSTER', 'MEET', '127.0.0.1', `${port}`);
  }
  await until(async () => {
    const infos = await Promise.all(nodes.map((node) => node.command<string>('CLUSTER', 'INFO')));
    return infos.every((info) => /cluster_state:ok/.test(info) && info.includes(`cluster_size:${nodes.length}`));
  });
}

/** @returns its password */
async function addUser(nodes: readonly RedisServer[], name: string, refused: string): Promise<string> {
  const word = secret('a-word-1234567');
  for (const node of nodes) await node.command('ACL', 'SETUSER', name, 'on', `>${word}`, '~*', '&*', '+@all', refused);
  return word;
}

async function expectToShare(one: Replica, two: Replica): Promise<void> {
  expect([one.store.isReady(), two.store.isReady()]).toEqual([true, true]);
  const [atOne, atTwo] = [await listenIn(one, A), await listenIn(two, A)];
  for (const state of ['NOT_STARTED', 'RUNNING', 'SUCCEEDED'] as const) {
    await one.store.snapshots.add(A, one.read(state, 1));
  }
  await until(() => atTwo.states.length === 3);
  expect(atOne.states).toEqual(atTwo.states);
  for (const scope of SCOPES) {
    await one.store.proofs.put(scope, [A, B], one.clock.now(), 60_000);
    await one.store.pages.put(scope, '/list', { readAt: one.clock.now(), entries: [], nextLink: null }, 60_000);
  }
  for (const scope of SCOPES) {
    expect(await two.store.proofs.get(scope, [A, B])).not.toContain(null);
    expect(await two.store.pages.get(scope, '/list')).not.toBeNull();
  }
  expect(await one.store.leases.take([A, B], 60_000)).toEqual([true, true]);
  expect(await two.store.leases.take([A, B], 60_000)).toEqual([false, false]);
}
