import { expect, it } from '@jest/globals';
import { ErrorReply } from 'redis';
import { systemClock } from '../../src/lib/clock.js';
import { type Scope } from '../../src/operation/scope.js';
import { refusesOne } from '../../src/store/redis-refusals.js';
import { describeWithRedis, useRedisServer } from '../support/redis-server.js';
import { A, B, listen, openReplica, until } from './redis-stores.js';

const anna = 'anna' as Scope;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

type Json = Record<string, unknown>;
/** `[operation, checkedAt, completeSince, from, [[operation or 0, observedAt, stamp], …]]` */
type Written = [operation: Json, checkedAt: unknown, completeSince: unknown, from: unknown, rows: unknown[][]];

const inMs = (ms: number): number => systemClock.now() + ms;
const inOperation = (members: Json) => (written: Written) => Object.assign(written[0], members);
const inRow = (at: number, value: unknown) => (written: Written) => written[4][0]?.splice(at, 1, value);

/** What makes something out of what a gateway wrote that no gateway of this version writes. */
const SPOILT: Record<string, (written: Written, version: number) => unknown> = {
  'a status that is no text': inOperation({ rawStatus: 5 }),
  'no status': inOperation({ rawStatus: undefined }),
  'no id': inOperation({ operationId: undefined }),
  'a date that is an object': inOperation({ lastActionDateTime: { a: 1 } }),
  'a date that is none': inOperation({ createdDateTime: 'yesterday' }),
  'an error that is a text': inOperation({ error: 'so' }),
  'a kind of a later version': inOperation({ kind: 'richLongRunningOperation' }),
  'a kind that every object has': inOperation({ kind: '__proto__' }),
  'a state of a later version': inOperation({ state: 'PAUSED' }),
  'a type of a later version': inOperation({ operationType: 'RENAME_TEAM' }),
  'steps that are no list': inOperation({ steps: {} }),
  'a step that is none': inOperation({ steps: [{ type: 'APP' }] }),
  'more steps than are read': inOperation({
    steps: Array.from({ length: 1_001 }, () => ({
      ...{ type: 'APP', reference: 'a', index: null, state: null, rawStatus: null, updateTimestamp: null },
    })),
  }),
  'a check in two minutes': (written) => (written[1] = inMs(2 * MINUTE_MS)),
  'a check at no time': (written) => (written[1] = 1e300),
  'a transition at no time': inRow(1, -1e300),
  'a transition in two minutes': inRow(1, inMs(2 * MINUTE_MS)),
  'a stamp that is none': inRow(2, -1e300),
  'a stamp in two days': inRow(2, inMs(2 * DAY_MS) * 1_000),
  'complete since ever': (written) => (written[2] = -1e300),
  'complete since no time': (written) => (written[2] = 1e300),
  'no transition': (written) => (written[4] = []),
  'more transitions than are kept': (written, version) =>
    (written[4] = Array.from({ length: 33 }, (_, at) => [0, written[1], version - 33 + at])),
};
/** The same of the version before it. */
const MISCOUNTED: Record<string, (version: number) => string> = {
  'a version of 400 digits': () => `${'9'.repeat(400)}:`,
  'a version beyond all whole numbers': () => '99999999999999999:',
  'a version in two days': () => `${inMs(2 * DAY_MS) * 1_000}:`,
  'no version': () => '',
  'a version without an end': (version) => `${version}`,
};

describeWithRedis('what another hand has written in Redis', () => {
  const redis = useRedisServer();
  let worlds = 0;

  it('counts as nothing, ends no stream and no process, and is replaced by the next reading', async () => {
    const namespace = `planted-${(worlds += 1)}`;
    const options = { urls: [redis().url], namespace };
    const [one, two] = [await openReplica(options), await openReplica(options)];
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    const [key = ''] = await redis().command<string[]>('KEYS', `gog*${namespace}*snapshot:${A}`);
    const text = await redis().command<string>('GET', key);
    const begin = Number(text.split(':', 1)[0]);
    const spoil = (change: (written: Written, version: number) => unknown): string => {
      const version = begin + 1_000;
      const written = JSON.parse(text.slice(text.indexOf(':') + 1)) as Written;
      Object.assign(written[0], { state: 'FAILED', rawStatus: 'failed' });
      change(written, version);
      return `${version}:${JSON.stringify(written)}`;
    };
    const sound = spoil(() => undefined).replace(/^\d+:/, '');
    const texts = Object.entries(SPOILT)
      .map(([what, change]) => [what, spoil(change)] as const)
      .concat(Object.entries(MISCOUNTED).map(([what, count]) => [what, count(begin + 1_000) + sound] as const));

    const outcomes: Record<string, unknown> = {};
    for (const [at, [what, planted]] of texts.entries()) {
      const location = `${A}/${at}`;
      const listener = listen(one, location);
      await one.store.snapshots.add(location, one.read('NOT_STARTED', 1));
      await redis().command('SET', key.replace(A, location), planted, 'PX', '60000');
      const [channel = ''] = await redis().command<string[]>('PUBSUB', 'CHANNELS', `*${namespace}*:news:${location}`);
      await redis().command('PUBLISH', channel, `another + ${planted}`);
      const [seen] = await two.store.snapshots.get([location]);
      await one.store.snapshots.add(location, one.read('RUNNING', 2));
      const [heldByTwo] = await two.store.snapshots.get([location]);
      outcomes[what] = [seen, listener.states.join(), heldByTwo?.snapshot.operation.state];
    }
    const untouched = [null, 'NOT_STARTED,RUNNING', 'RUNNING'];
    expect(outcomes).toEqual(Object.fromEntries(texts.map(([what]) => [what, untouched])));
    for (const { store, log } of [one, two]) {
      expect(store.isReady()).toBe(true);
      expect(log.lines).toEqual([]);
      expect(store.latestStamp()).toBeLessThan(inMs(MINUTE_MS) * 1_000);
    }
    const last = await redis().command<string>('GET', key.replace(/snapshot:.*/, 'stamp'));
    expect(Number(last)).toBeLessThan(inMs(MINUTE_MS) * 1_000);
  });

  it('is told when it is sound, as what another replica has read is', async () => {
    const namespace = `planted-${(worlds += 1)}`;
    const one = await openReplica({ urls: [redis().url], namespace });
    const listener = listen(one, A);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    const [key = ''] = await redis().command<string[]>('KEYS', `gog*${namespace}*snapshot:${A}`);
    const [version = '', text = ''] = (await redis().command<string>('GET', key)).split(/:(.*)/s);
    const written = JSON.parse(text) as Written;
    Object.assign(written[0], { state: 'FAILED', rawStatus: 'failed' });
    written[4].push([0, written[1], Number(version) + 1]);
    const planted = `${Number(version) + 1}:${JSON.stringify(written)}`;
    const [channel = ''] = await redis().command<string[]>('PUBSUB', 'CHANNELS', `*${namespace}*:news:*`);
    await redis().command('PUBLISH', channel, `another + ${planted}`);
    await until(() => listener.states.includes('FAILED'));
  });

  it('takes no replica out, of whatever type it is and wherever', async () => {
    const namespace = `planted-${(worlds += 1)}`;
    const options = { urls: [redis().url], namespace };
    const one = await openReplica(options);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    await one.store.proofs.put(anna, [A], one.clock.now(), 10 * MINUTE_MS);
    const page = { readAt: one.clock.now(), entries: [], nextLink: null };
    await one.store.pages.put(anna, '/list', page, 10 * MINUTE_MS);
    await one.store.leases.take([A], 10 * MINUTE_MS);
    const keys = await redis().command<string[]>('KEYS', `gog*:${namespace}:*`);
    expect(keys).toHaveLength(6);
    await one.store.close(); // or it would bring all that it holds again
    const plants: ((key: string) => Promise<unknown>)[] = [
      async (key) => {
        await redis().command('DEL', key);
        await redis().command('LPUSH', key, 'a');
      },
      ...['garbage', '', 'Infinity', '1e300', '-1', '9007199254740993999', `${inMs(2 * DAY_MS)}`].map(
        (value) => (key: string) => redis().command('SET', key, value),
      ),
    ];
    for (const plant of plants) {
      for (const key of keys) await plant(key);
      const two = await openReplica(options);
      expect(two.store.isReady()).toBe(true);
      expect(await two.store.snapshots.get([A])).toEqual([null]);
      expect(await two.store.proofs.get(anna, [A])).toEqual([null]);
      expect(await two.store.pages.get(anna, '/list')).toBeNull();
      expect(await two.store.leases.take([A, B], MINUTE_MS)).toEqual([true, true]);
      await two.store.proofs.put(anna, [A], two.clock.now(), MINUTE_MS);
      await two.store.snapshots.add(A, two.read('RUNNING', 2));
      const three = await openReplica(options);
      expect(await three.store.snapshots.get([A])).not.toEqual([null]);
      expect(await three.store.proofs.get(anna, [A])).not.toEqual([null]);
      expect(await three.store.leases.take([A], MINUTE_MS)).toEqual([false]);
      expect(three.store.latestStamp()).toBeLessThan(inMs(MINUTE_MS) * 1_000);
      await Promise.all([two.store.close(), three.store.close()]);
    }
  });

  it('does not take a replica out that is there already', async () => {
    const namespace = `planted-${(worlds += 1)}`;
    const { store, log, read } = await openReplica({ urls: [redis().url], namespace });
    await store.snapshots.add(A, read('RUNNING', 1));
    const [key = ''] = await redis().command<string[]>('KEYS', `gog*:${namespace}:*stamp`);
    await redis().command('SET', key, 'garbage');
    await until(async () => /^\d{16}$/.test(await redis().command<string>('GET', key))); // by a greeting
    await redis().command('SET', key, '9007199254740993999');
    await store.snapshots.add(A, read('SUCCEEDED', 2));

    expect(Number(await redis().command<string>('GET', key))).toBeLessThan(inMs(MINUTE_MS) * 1_000);
    expect(log.lines).toEqual([]);
  });

  it('makes a time of nobody’s no later than now', async () => {
    const namespace = `planted-${(worlds += 1)}`;
    const one = await openReplica({ urls: [redis().url], namespace });
    const at = inMs(-1_000);
    await one.store.proofs.put(anna, [A], at, MINUTE_MS);
    const [key = ''] = await redis().command<string[]>('KEYS', `gog*:${namespace}:*proof*`);
    await redis().command('SET', key, `${inMs(2 * MINUTE_MS)} ${inMs(DAY_MS)}`);
    expect(await one.store.proofs.get(anna, [A])).toEqual([at]);
    await one.store.proofs.put(anna, [A], at + 1, MINUTE_MS);
    const other = await openReplica({ urls: [redis().url], namespace });
    const [seenAt] = await other.store.proofs.get(anna, [A]);
    expect(Math.abs((seenAt ?? 0) - at)).toBeLessThan(100);
  });
});

it.each([
  ['ERR invalid expire time', true],
  ['WRONGTYPE Operation against a key holding the wrong kind of value', true],
  ['ERR user_script:3: attempt to compare nil with number script: 17, on @user_script:3.', true],
  ['OOM command not allowed when used memory > maxmemory.', false],
  ['ERR Error running script (call to f_17): @user_script:9: -OOM command not allowed', false],
  ['READONLY You can not write against a read only replica.', false],
  ['LOADING Redis is loading the dataset in memory', false],
  ['CLUSTERDOWN The cluster is down', false],
  ['MOVED 866 127.0.0.1:7401', false],
  ['ASK 866 127.0.0.1:7401', false],
  ["CROSSSLOT Keys in request don't hash to the same slot", false],
  ['NOAUTH Authentication required.', false],
  ['ERR max number of clients reached', false],
])('knows what an answer of Redis speaks of: %s', (answer, isOfOne) => {
  expect(refusesOne(new ErrorReply(answer))).toBe(isOfOne);
  expect(refusesOne(new Error(answer))).toBe(false);
});
