import { describe, expect, it } from '@jest/globals';
import { sleepUntil, systemClock, type Clock } from '../../src/lib/clock.js';
import { type Scope } from '../../src/operation/scope.js';
import { type HeldPage } from '../../src/operation/snapshot.js';
import { type OperationState } from '../../src/operation/state.js';
import { type Store } from '../../src/poll/ports.js';
import { describeWithRedis, useRedisServer } from '../support/redis-server.js';
import { describeStore } from './promises.js';
import { A, B, clockAhead, listen, listenIn, openReplica, quickClock, until } from './redis-stores.js';

const anna = 'anna' as Scope;
const MINUTE_MS = 60_000;

describeWithRedis('the store that replicas share', () => {
  const redis = useRedisServer();
  let worlds = 0;
  /** Replicas that share with one another and with no other test. */
  const openReplicas = async (count: number, aheadMs: readonly number[] = [], clock?: Clock) => {
    const namespace = `world-${(worlds += 1)}`;
    const replicas = [];
    for (let at = 0; at < count; at++) {
      replicas.push(
        await openReplica({ urls: [redis().url], namespace, clock: clock ?? clockAhead(aheadMs[at] ?? 0) }),
      );
    }
    const [one, two = one] = replicas;
    if (one === undefined || two === undefined) throw new Error('at least one');
    return { one, two, namespace };
  };

  describeStore('in Redis', async () => {
    const { one } = await openReplicas(1);
    const { store } = one;
    const now = (): number => systemClock.now();
    return { store, now, pass: (ms) => sleepUntil(systemClock, now() + ms) };
  });

  it('has the shape that polling asks for', async () => {
    const { one } = await openReplicas(1);
    const store: Store = one.store;
    expect(store.isReady()).toBe(true);
  });

  describe('readings', () => {
    it('of one replica are held by all', async () => {
      const { one, two } = await openReplicas(2);
      const added = await one.store.snapshots.add(A, one.read('RUNNING', 1));

      expect(await two.store.snapshots.get([B, A])).toEqual([null, added]);
      await two.store.snapshots.add(A, two.read('SUCCEEDED', 2));
      const [held] = await one.store.snapshots.get([A]);
      expect(held?.transitions.map(({ from, operation: { state } }) => [from, state])).toEqual([
        [null, 'RUNNING'],
        ['RUNNING', 'SUCCEEDED'],
      ]);
    });

    it('are told to every replica: each transition to all, what is none to the others', async () => {
      const { one, two } = await openReplicas(2);
      const [atOne, atTwo] = [await listenIn(one, A), await listenIn(two, A)];
      for (const state of ['NOT_STARTED', 'RUNNING', 'RUNNING', 'SUCCEEDED'] as const) {
        await one.store.snapshots.add(A, one.read(state, 1));
      }
      await until(() => atTwo.heard.length === 4);

      expect(atOne.states).toEqual(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
      expect(atOne.heard.map(({ isElsewhere }) => isElsewhere)).toEqual([false, false, false]);
      expect(atTwo.states).toEqual(['NOT_STARTED', 'RUNNING', 'RUNNING', 'SUCCEEDED']);
      expect(atTwo.heard.every(({ isElsewhere }) => isElsewhere)).toBe(true);
    });

    it('that come at once from several replicas are all kept, and told to all in the order of their stamps', async () => {
      const { one, two } = await openReplicas(2);
      const [atOne, atTwo] = [one, two].map((replica) => {
        const stamps: number[] = [];
        for (const location of [A, B]) {
          replica.store.bus.subscribe(location, ({ held }) => void stamps.push(held.transitions.at(-1)?.stamp ?? 0));
        }
        return stamps;
      });
      await Promise.all([one, two].map(({ store }) => store.snapshots.get([A, B])));
      const rounds = 60;
      const states: OperationState[] = ['NOT_STARTED', 'RUNNING', 'UNKNOWN'];
      await Promise.all(
        [one, two].flatMap((replica, at) =>
          [A, B].map(async (location) => {
            for (let round = 0; round < rounds; round++) {
              const state = states[(round + at) % states.length] ?? 'UNKNOWN';
              await replica.store.snapshots.add(location, replica.read(state, round));
            }
          }),
        ),
      );
      for (const location of [A, B]) await one.store.snapshots.add(location, one.read('SUCCEEDED', rounds));
      const [heldA, heldB] = await two.store.snapshots.get([A, B]);
      const ends = [heldA, heldB].map((held) => held?.transitions.at(-1)?.stamp ?? 0);
      await until(() => atTwo?.at(-1) === Math.max(...ends));

      const told = [atOne, atTwo].map((stamps) => [...new Set(stamps)]); // what is no transition has the last one's stamp
      expect(told[0]).toEqual(told[1]);
      expect(told[0]).toEqual(told[0]?.toSorted((a, b) => a - b));
      const kept = [heldA, heldB].flatMap((held) => held?.transitions.map(({ stamp }) => stamp) ?? []);
      const since = Math.max(heldA?.completeSince ?? 0, heldB?.completeSince ?? 0);
      expect(told[0]?.filter((stamp) => stamp > since)).toEqual(
        kept.filter((stamp) => stamp > since).toSorted((a, b) => a - b),
      );
    });

    it('are never missed by one who listens first and then looks', async () => {
      const { one, two } = await openReplicas(2);
      for (let round = 0; round < 40; round++) {
        const location = `${A}${round}`;
        const adding = two.store.snapshots.add(location, two.read('RUNNING', 1));
        const listener = listen(one, location);
        const [looked] = await one.store.snapshots.get([location]);
        await adding;
        await until(() => looked?.snapshot.operation.state === 'RUNNING' || listener.states.includes('RUNNING'));
      }
    });

    it('are looked at, and added, when Redis knows who listens, however many begin to at once', async () => {
      const { one, two } = await openReplicas(2);
      const begin = (replica: typeof one) => {
        const listeners = Array.from({ length: 2_000 }, (_, at) => listen(replica, `${A}${at}`));
        return { last: listeners.at(-1), location: `${A}${listeners.length - 1}` };
      };
      const { last, location } = begin(one);
      await one.store.snapshots.get([location]);
      await two.store.snapshots.add(location, two.read('RUNNING', 1));
      await until(() => last?.heard.length === 1);

      const { last: atTwo } = begin(two);
      await two.store.snapshots.add(location, two.read('SUCCEEDED', 2));
      expect(atTwo?.states).toEqual(['SUCCEEDED']);
    });

    it('are told no more to one who has stopped to listen, and again to one who comes back', async () => {
      const { one, two } = await openReplicas(2);
      const first = await listenIn(one, A);
      first.stop();
      const second = await listenIn(one, A);
      await two.store.snapshots.add(A, two.read('RUNNING', 1));
      await until(() => second.heard.length === 1);
      second.stop();
      const third = await listenIn(one, B);
      await two.store.snapshots.add(A, two.read('SUCCEEDED', 2));
      await two.store.snapshots.add(B, two.read('RUNNING', 1));
      await until(() => third.heard.length === 1);

      expect([first.states, second.states]).toEqual([[], ['RUNNING']]);
    });

    it('give no stamp beyond the latest one there may be', async () => {
      const { one, two } = await openReplicas(2, [-5 * MINUTE_MS, 5 * MINUTE_MS]);
      for (const replica of [one, two]) {
        const { transitions } = await replica.store.snapshots.add(
          A,
          replica.read(replica === one ? 'RUNNING' : 'FAILED', 1),
        );
        for (const { store } of [one, two]) {
          expect(store.latestStamp()).toBeGreaterThanOrEqual(transitions.at(-1)?.stamp ?? Infinity);
          expect(store.latestStamp()).toBeLessThan((systemClock.now() + MINUTE_MS) * 1_000);
        }
      }
    });

    it('of another format, or of no format, count as none', async () => {
      const { one, namespace } = await openReplicas(1);
      await one.store.snapshots.add(A, one.read('RUNNING', 1));
      const [key = ''] = await redis().command<string[]>('KEYS', `gog*${namespace}*snapshot:${A}`);
      const { one: other } = await openReplicas(1);
      const name = key.replace(namespace, `world-${worlds}`);
      for (const text of ['17:{}', '17:[', 'nonsense', '18:[{"state":"NEW"},1,1,null,[]]']) {
        await redis().command('SET', name, text);
        expect(await other.store.snapshots.get([A])).toEqual([null]);
      }
      const held = await other.store.snapshots.add(A, other.read('RUNNING', 1));
      expect(await other.store.snapshots.get([A])).toEqual([held]);
      expect(other.store.isReady()).toBe(true);
    });
  });

  describe('replicas whose clocks are ten minutes apart', () => {
    const apart = [-5 * MINUTE_MS, 5 * MINUTE_MS] as const;
    /** How far clocks are compared wrongly at most: an answer that comes later counts as none. */
    const NEAR_MS = 2_000;

    it('agree on when an operation was checked, and when who has read it', async () => {
      const { one, two } = await openReplicas(2, apart);
      const at = one.clock.now();
      await one.store.snapshots.add(A, { ...one.read('RUNNING', 1), checkedAt: at });
      await one.store.proofs.put(anna, [A], at, 60_000);
      const page: HeldPage = { readAt: at, entries: [{ location: A }], nextLink: null };
      await one.store.pages.put(anna, '/list', page, 60_000);
      const [held] = await two.store.snapshots.get([A]);
      const [provedAt] = await two.store.proofs.get(anna, [A]);
      const heldPage = await two.store.pages.get(anna, '/list');

      for (const seenAt of [held?.snapshot.checkedAt, held?.transitions[0]?.observedAt, provedAt, heldPage?.readAt]) {
        expect(Math.abs((seenAt ?? 0) - (at + 2 * 5 * MINUTE_MS))).toBeLessThan(NEAR_MS);
      }
      expect(heldPage?.entries).toEqual(page.entries);
    });

    it('keep a lease and a proof for as long as they were given', async () => {
      const { one, two } = await openReplicas(2, apart);
      await two.store.proofs.put(anna, [A], two.clock.now(), MINUTE_MS);
      await two.store.proofs.put(anna, [B], two.clock.now(), 250);
      expect(await two.store.leases.take([A], MINUTE_MS)).toEqual([true]);
      expect(await two.store.leases.take([B], 250)).toEqual([true]);
      await until(async () => (await one.store.leases.take([B], 250))[0] === true);
      await until(async () => (await one.store.proofs.get(anna, [B]))[0] === null);
      expect(await one.store.leases.take([A], 250)).toEqual([false]);
      expect(await one.store.proofs.get(anna, [A])).not.toEqual([null]);
    });

    it('give back each time to the millisecond where it came from', async () => {
      const { one } = await openReplicas(1, [7 * MINUTE_MS]);
      const reading = one.read('RUNNING', 1);
      await one.store.snapshots.add(A, reading);
      await one.store.snapshots.add(A, { ...reading, checkedAt: reading.checkedAt + 1 });
      const [held] = await one.store.snapshots.get([A]);
      expect(held?.snapshot.checkedAt).toBe(reading.checkedAt + 1);
      expect(held?.transitions[0]?.observedAt).toBe(reading.checkedAt);
    });
  });

  describe('leases', () => {
    it('are one replica’s at a time, until it gives them back', async () => {
      const { one, two } = await openReplicas(2);
      expect(await one.store.leases.take([A], 10_000)).toEqual([true]);
      expect(await two.store.leases.take([B, A], 10_000)).toEqual([true, false]);
      await two.store.leases.release([A]);
      await two.store.leases.extend([A], 1);
      expect(await two.store.leases.take([A], 10_000)).toEqual([false]);
      await one.store.leases.release([A]);
      expect(await two.store.leases.take([A], 10_000)).toEqual([true]);
    });

    it('last as long as they were extended', async () => {
      const { one, two } = await openReplicas(2);
      await until(async () => {
        await one.store.leases.take([A, B], 200);
        return one.store.leases.extend([A], 60_000); // in time, once
      });
      await until(async () => (await two.store.leases.take([B], 10_000))[0] === true);
      expect(await two.store.leases.take([A], 10_000)).toEqual([false]);
      expect(await one.store.leases.take([A], 10_000)).toEqual([false]);
    });

    it('are known to be lost when Redis has lost them, or another has them', async () => {
      const { one, two, namespace } = await openReplicas(2);
      await one.store.leases.take([A, B], 10_000);
      expect(await one.store.leases.extend([A, B], 10_000)).toBe(true);
      const [key = ''] = await redis().command<string[]>('KEYS', `gog*${namespace}*lease:${A}`);
      await redis().command('DEL', key);
      expect(await one.store.leases.extend([A, B], 10_000)).toBe(false);
      await two.store.leases.take([A], 10_000);
      expect(await one.store.leases.extend([A], 10_000)).toBe(false);
      expect(await one.store.leases.extend([B], 10_000)).toBe(true);
    });

    it('are given up when their holder is closed', async () => {
      const { one, two } = await openReplicas(2);
      await one.store.leases.take([A], 10_000);
      await one.store.close();
      expect(await two.store.leases.take([A], 10_000)).toEqual([true]);
    });
  });

  it('never sets a proof back, whichever answer comes first', async () => {
    const { one, two } = await openReplicas(2);
    const at = systemClock.now();
    await one.store.proofs.put(anna, [A], at, 10_000);
    await two.store.proofs.put(anna, [A, B], at - 100, 10_000);
    const [ofA, ofB] = await one.store.proofs.get(anna, [A, B]);
    expect([ofA, ofB].map((each) => Math.round((at - (each ?? 0)) / 100))).toEqual([0, 1]);
  });

  it('counts the replicas that are there', async () => {
    const { one, two } = await openReplicas(2, [], quickClock());
    await until(() => one.store.replicas() === 2 && two.store.replicas() === 2);
    await two.store.close();
    await until(() => one.store.replicas() === 1);
  });

  it('carries notices to the others, and nothing that is none', async () => {
    const { one, two, namespace } = await openReplicas(2);
    const heard: [string, unknown][] = [];
    two.store.notices.hear('pause', (notice) => heard.push(['two', notice]));
    one.store.notices.hear('pause', (notice) => heard.push(['one', notice]));
    two.store.notices.hear('denial', (notice) => heard.push(['denial', notice]));
    await until(async () => {
      const channels = await redis().command<string[]>('PUBSUB', 'CHANNELS', `*${namespace}*notice*`);
      return channels.length === 2;
    });
    const [channel = ''] = await redis().command<string[]>('PUBSUB', 'CHANNELS', `*${namespace}*notice:pause`);
    for (const text of ['', 'x', 'x {', 'x 7', 'x []']) await redis().command('PUBLISH', channel, text);
    one.store.notices.tell('pause', { forMs: 7 });
    two.store.notices.tell('pause', { forMs: 8 });
    await until(() => heard.length >= 2);

    expect(heard.toSorted()).toEqual([
      ['one', { forMs: 8 }],
      ['two', { forMs: 7 }],
    ]);
  });

  it('goes on when a notice cannot be taken, and repeats nothing of it in the log', async () => {
    const { one, two, namespace } = await openReplicas(2);
    const heard: unknown[] = [];
    two.store.notices.hear('pause', (notice) => {
      heard.push(notice);
      throw new TypeError(JSON.stringify(notice));
    });
    await until(async () => {
      const channels = await redis().command<string[]>('PUBSUB', 'CHANNELS', `*${namespace}*notice*`);
      return channels.length === 1;
    });
    one.store.notices.tell('pause', { forMs: 7 });
    one.store.notices.tell('pause', { forMs: 8 });
    await until(() => heard.length === 2);

    expect(two.store.isReady()).toBe(true);
    const fields = { redis: `127.0.0.1:${redis().port}`, reason: 'TypeError' };
    expect(two.log.lines).toEqual([1, 2].map(() => ({ event: 'message not understood', fields })));
  });

  it('leaves nothing in Redis that stays, but for one counter, and all of it under its own names', async () => {
    const { one, namespace } = await openReplicas(1);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    await one.store.proofs.put(anna, [A], one.clock.now(), 10_000);
    await one.store.pages.put(anna, '/list', { readAt: one.clock.now(), entries: [], nextLink: null }, 10_000);
    await one.store.leases.take([A], 10_000);
    const keys = await redis().command<string[]>('KEYS', '*');
    expect(keys.every((key) => key.startsWith('gog2:'))).toBe(true);
    const own = keys.filter((key) => key.includes(`:${namespace}:`));
    const times = await Promise.all(own.map(async (key) => [key, await redis().command<number>('PTTL', key)] as const));

    expect(own).toHaveLength(6);
    expect(times.filter(([, ms]) => ms < 0).map(([key]) => key)).toEqual([expect.stringMatching(/:stamp$/)]);
  });

  it('shares nothing between gateways of different Graphs', async () => {
    const { one } = await openReplicas(1);
    const { one: other } = await openReplicas(1);
    const listener = await listenIn(other, A);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    await one.store.leases.take([A], 10_000);

    expect(await other.store.snapshots.get([A])).toEqual([null]);
    expect(await other.store.leases.take([A], 10_000)).toEqual([true]);
    expect([other.store.replicas(), listener.heard]).toEqual([1, []]);
  });

  it('shares nothing between two databases of one Redis', async () => {
    const [one, two] = await Promise.all(
      ['/0', '/1'].map((path) => openReplica({ urls: [redis().url + path], namespace: 'databases' })),
    );
    if (one === undefined || two === undefined) throw new Error('two were asked for');
    const listener = await listenIn(two, A);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));

    expect(await two.store.snapshots.get([A])).toEqual([null]);
    expect(listener.heard).toEqual([]);
  });
});
