import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/lib/clock.js';
import { type Scope } from '../../src/operation/scope.js';
import { createFakeClock } from '../support/fake-clock.js';
import { describeWithRedis, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { together } from '../support/together.js';
import {
  A,
  afterThisTest,
  B,
  clockAhead,
  listenIn,
  openReplica,
  quickClock,
  until,
  type Replica,
} from './redis-stores.js';

const anna = 'anna' as Scope;
const ben = 'ben' as Scope;

/** More begin when these are over: a process that begins everything at once is late for all of it. */
const AT_ONCE = 6;
const LIMIT_MS = 120_000;
/** How far two clocks may be compared wrongly on a busy machine. */
const NEAR_MS = 5_000;
/** Half a proof's life ago: what was proved then is not taken for proved just now, however long a test takes. */
const LONG_AGO_MS = 30_000;
/** Longer than anybody waits for Redis. */
const SLOW_MS = 60_000;
/** How long an end waits for Redis. */
const FAREWELL_MS = 1_000;

describeWithRedis('a replica and its Redis', () => {
  const itWaits = together(AT_ONCE, LIMIT_MS);
  const startServer = async (): Promise<RedisServer> => {
    const server = await startRedisServer();
    afterThisTest(() => server.stop());
    return server;
  };
  /** A replica behind a wire of its own that can be cut. */
  const openBehindProxy = async (server: RedisServer, clock = quickClock()) => {
    const proxy = await startTcpProxy(server.port);
    afterThisTest(() => proxy.stop());
    const replica = await openReplica({ urls: [`redis://127.0.0.1:${proxy.port}`], clock });
    const cut = async (): Promise<void> => {
      const losses = replica.store.health().losses;
      proxy.silence();
      await replica.store.proofs.get(anna, ['something']); // notices it
      await until(() => replica.store.health().losses > losses);
    };
    const mend = async (): Promise<void> => {
      proxy.restore();
      await until(() => replica.store.isReady());
    };
    return { ...replica, cut, mend, proxy };
  };
  const states = (replica: Replica, location: string) =>
    replica.store.snapshots
      .get([location])
      .then(([held]) => held?.transitions.map(({ operation: { state } }) => state));

  describe('that is killed', () => {
    itWaits('goes on alone from what it knows, at once and with every promise, and says so', async () => {
      const server = await startServer();
      const replica = await openReplica({ urls: [server.url] });
      const { store, log, read } = replica;
      const listener = await listenIn(replica, A);
      await store.snapshots.add(A, read('NOT_STARTED', 1));
      const provedAt = systemClock.now();
      await store.proofs.put(anna, [A], provedAt, 60_000);
      await store.pages.put(anna, '/list', { readAt: provedAt, entries: [], nextLink: null }, 60_000);
      await store.leases.take([A], 60_000);
      await server.kill();
      await log.said('store lost');

      expect(store.isReady()).toBe(false);
      await store.snapshots.add(A, read('RUNNING', 2));
      await store.snapshots.add(A, read('RUNNING', 3));
      expect(listener.states).toEqual(['NOT_STARTED', 'RUNNING']);
      expect(listener.heard.map(({ isElsewhere }) => isElsewhere)).toEqual([false, false]);
      expect(await states(replica, A)).toEqual(['NOT_STARTED', 'RUNNING']);
      expect(await store.proofs.get(anna, [A])).toEqual([provedAt]);
      expect(await store.pages.get(anna, '/list')).not.toBeNull();
      expect(await store.leases.take([A, B], 60_000)).toEqual([false, true]);
      store.notices.tell('pause', { forMs: 1 });
      expect(store.health()).toMatchObject({ isUp: false, losses: 1, returns: 0 });
      expect(log.lines.filter(({ event }) => event === 'store lost')).toHaveLength(1);
    });

    itWaits('gives back to one that comes again empty all that it holds, so that others find it there', async () => {
      const server = await startServer();
      const replica = await openReplica({ urls: [server.url] });
      const { store, log, read } = replica;
      const listener = await listenIn(replica, A);
      await store.snapshots.add(A, read('NOT_STARTED', 1));
      await store.snapshots.add(B, read('RUNNING', 1));
      const provedAt = systemClock.now() - LONG_AGO_MS;
      await store.proofs.put(anna, [A], provedAt, 60_000);
      await store.leases.take([A], 60_000);
      await server.kill();
      await log.said('store lost');
      const alone = await store.snapshots.add(A, read('RUNNING', 2));
      await store.proofs.put(ben, [B], provedAt, 60_000);
      await store.leases.take([B], 60_000);
      await server.restart();
      await log.said('store back');

      const other = await openReplica({ urls: [server.url] });
      expect(store.isReady()).toBe(true);
      const [heldA, heldB] = await other.store.snapshots.get([A, B]);
      expect(heldA?.transitions.map(({ stamp }) => stamp)).toEqual(alone.transitions.map(({ stamp }) => stamp));
      expect(heldA?.completeSince).toBe(alone.completeSince);
      expect(heldB?.snapshot.operation.state).toBe('RUNNING');
      for (const [scope, location] of [
        [anna, A],
        [ben, B],
      ] as const) {
        const [at] = await other.store.proofs.get(scope, [location]);
        expect(Math.abs((at ?? 0) - provedAt)).toBeLessThan(NEAR_MS);
      }
      expect(await other.store.leases.take([A, B], 1_000)).toEqual([false, false]);
      const next = await other.store.snapshots.add(A, other.read('SUCCEEDED', 3));
      await until(() => listener.states.includes('SUCCEEDED'));

      expect(next.transitions.at(-1)?.stamp).toBeGreaterThan(alone.transitions.at(-1)?.stamp ?? Infinity);
      expect(new Set(listener.states)).toEqual(new Set(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']));
      expect(store.health()).toMatchObject({ losses: 1, returns: 1 });
    });

    itWaits('stamps on behind all that was stamped before, also with a clock that is set far ahead', async () => {
      const server = await startServer();
      const ahead = await openReplica({ urls: ['redis://127.0.0.1:1'], clock: clockAhead(3_600_000) });
      const { transitions } = await ahead.store.snapshots.add(A, ahead.read('RUNNING', 1));
      const proxied = await openReplica({ urls: [server.url], clock: clockAhead(3_600_000) });
      await proxied.store.snapshots.add(A, proxied.read('RUNNING', 1));
      const before = proxied.store.latestStamp();
      await server.restart();
      await proxied.log.said('store back');
      const { transitions: after } = await proxied.store.snapshots.add(A, proxied.read('SUCCEEDED', 2));

      expect(transitions).toHaveLength(1);
      expect(after.at(-1)?.stamp).toBeGreaterThan(after[0]?.stamp ?? Infinity);
      expect(proxied.store.latestStamp()).toBeGreaterThanOrEqual(before);
    });
  });

  itWaits('that is not there yet at the start is joined when it comes', async () => {
    const server = await startServer();
    await server.kill();
    const replica = await openReplica({ urls: [server.url], clock: quickClock() });
    const listener = await listenIn(replica, A);
    expect(replica.store.isReady()).toBe(false);
    await replica.store.snapshots.add(A, replica.read('RUNNING', 1));
    expect(listener.states).toEqual(['RUNNING']);
    await server.restart();
    await replica.log.said('store back');
    const other = await openReplica({ urls: [server.url] });

    expect(await states(other, A)).toEqual(['RUNNING']);
    await other.store.snapshots.add(A, other.read('SUCCEEDED', 2));
    await until(() => listener.states.includes('SUCCEEDED'));
  });

  itWaits(
    'that stops in the middle of everything holds nobody up, and what it does when it goes on does no harm',
    async () => {
      const server = await startServer();
      const options = { urls: [server.url], clock: quickClock() };
      const [one, two] = [await openReplica(options), await openReplica(options)];
      const [atOne, atTwo] = [await listenIn(one, A), await listenIn(two, A)];
      await one.store.snapshots.add(A, one.read('NOT_STARTED', 1));
      await until(() => atTwo.heard.length === 1);
      server.pause();
      const adding = [
        one.store.snapshots.add(A, one.read('RUNNING', 2)),
        one.store.snapshots.add(A, one.read('SUCCEEDED', 3)),
        two.store.snapshots.add(A, two.read('RUNNING', 2)),
      ];
      const proving = one.store.proofs.put(anna, [A], systemClock.now(), 60_000);
      const leasing = one.store.leases.take([A], 60_000);
      await Promise.all([...adding, proving, leasing]);
      expect(atOne.states).toEqual(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
      await Promise.all([one.log.said('store lost'), two.log.said('store lost')]);
      for (const { log } of [one, two]) expect(log.lines[0]?.fields).toMatchObject({ reason: 'no answer in 1000 ms' });
      server.resume();
      await Promise.all([one.log.said('store back'), two.log.said('store back')]);
      await until(() => atTwo.states.includes('SUCCEEDED'));

      const [heldOne, heldTwo] = await Promise.all([states(one, A), states(two, A)]);
      expect(heldOne).toEqual(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
      expect(heldTwo).toEqual(heldOne);
      expect(await two.store.leases.take([A], 60_000)).toEqual([false]);
      await one.store.leases.release([A]);
      expect(await two.store.leases.take([A], 60_000)).toEqual([true]);
    },
  );

  itWaits('that is too slow counts as lost, and is taken back when it is quick again', async () => {
    const server = await startServer();
    const { store, log, proxy } = await openBehindProxy(server);
    proxy.delay(SLOW_MS);
    expect(await store.proofs.get(anna, [A])).toEqual([null]);
    expect(store.isReady()).toBe(false);
    proxy.delay(0);
    await log.said('store back');
  });

  it('that answers in time is not lost because the process was too busy to look', async () => {
    const server = await startServer();
    const { store, log } = await openReplica({ urls: [server.url] });
    const asking = store.proofs.get(anna, [A]);
    beBusy(1_500);
    setImmediate(() => beBusy(150)); // and is again, before it could read anything
    await asking;
    expect(store.isReady()).toBe(true);
    expect(log.lines).toEqual([]);
  });

  itWaits('that is full counts as lost until it takes what is written', async () => {
    const server = await startServer();
    const options = { urls: [server.url], clock: quickClock() };
    const [one, two] = [await openReplica(options), await openReplica(options)];
    const listener = await listenIn(two, A);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    await until(() => listener.heard.length === 1);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    const held = await two.store.snapshots.add(A, two.read('SUCCEEDED', 2));

    expect(held.snapshot.operation.state).toBe('SUCCEEDED');
    expect(listener.states).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(two.store.isReady()).toBe(false);
    await one.log.said('store lost');
    // It can be read all the while, and that does not count.
    const tries = two.store.health().failures;
    await until(() => two.store.health().failures > tries);
    expect(two.store.isReady()).toBe(false);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await Promise.all([one.log.said('store back'), two.log.said('store back')]);
    expect(await states(one, A)).toEqual(['RUNNING', 'SUCCEEDED']);
  });

  itWaits('behind a connection that has died without a word is missed though nobody asks for anything', async () => {
    const server = await startServer();
    const { store, log, proxy } = await openBehindProxy(server);
    proxy.silence();
    await log.said('store lost');
    expect(store.isReady()).toBe(false);
    proxy.restore();
    await log.said('store back');
  });

  describe('from which it was cut off while others went on', () => {
    itWaits('hears afterwards of everything that happened, in the order of the stamps, each once', async () => {
      const server = await startServer();
      const away = await openBehindProxy(server);
      const other = await openReplica({ urls: [server.url] });
      await other.store.snapshots.add(A, other.read('NOT_STARTED', 1));
      await other.store.snapshots.add(B, other.read('NOT_STARTED', 1));
      const told: [string, string, number][] = [];
      for (const location of [A, B]) {
        away.store.bus.subscribe(location, ({ held }) => {
          const { operation, stamp } = held.transitions.at(-1) ?? {};
          told.push([location, operation?.state ?? '', stamp ?? 0]);
        });
      }
      await away.store.snapshots.get([A, B]); // from now on nothing is missed
      await other.store.snapshots.add(A, other.read('NOT_STARTED', 2));
      await other.store.snapshots.add(B, other.read('NOT_STARTED', 2));
      await until(() => told.length === 2);
      await away.cut();
      await other.store.snapshots.add(A, other.read('RUNNING', 3));
      await other.store.snapshots.add(B, other.read('RUNNING', 3));
      await other.store.snapshots.add(A, other.read('SUCCEEDED', 4));
      await other.store.snapshots.add(B, other.read('FAILED', 4));
      await away.mend();

      expect(told.slice(2).map(([location, state]) => [location.slice(-1), state])).toEqual([
        ['A', 'RUNNING'],
        ['B', 'RUNNING'],
        ['A', 'SUCCEEDED'],
        ['B', 'FAILED'],
      ]);
      expect(told.map(([, , stamp]) => stamp)).toEqual(told.map(([, , stamp]) => stamp).toSorted((a, b) => a - b));
    });

    itWaits(
      'brings what it saw alone together with what they saw: no end is lost, and what both saw is one',
      async () => {
        const server = await startServer();
        const away = await openBehindProxy(server);
        const other = await openReplica({ urls: [server.url] });
        const [atAway, atOther] = [await listenIn(away, A), await listenIn(other, A)];
        await other.store.snapshots.add(A, other.read('NOT_STARTED', 1));
        await until(() => atAway.heard.length === 1 && atOther.heard.length === 1);
        await away.cut();
        await away.store.snapshots.add(A, away.read('RUNNING', 2));
        await other.store.snapshots.add(A, other.read('RUNNING', 2));
        await away.store.snapshots.add(A, away.read('SUCCEEDED', 3));
        const last = await other.store.snapshots.add(A, other.read('RUNNING', 3));
        await away.mend();
        await until(() => atOther.states.includes('SUCCEEDED'));

        const [heldAway] = await away.store.snapshots.get([A]);
        const [heldOther] = await other.store.snapshots.get([A]);
        expect(heldAway?.transitions.map(({ stamp }) => stamp)).toEqual(
          heldOther?.transitions.map(({ stamp }) => stamp),
        );
        expect(heldOther?.transitions.map(({ operation: { state } }) => state)).toEqual([
          'NOT_STARTED',
          'RUNNING',
          'SUCCEEDED',
        ]);
        // Whoever was told of what the other saw, and nothing more, has not passed the end by.
        expect(heldOther?.transitions.at(-1)?.stamp).toBeGreaterThan(last.transitions.at(-1)?.stamp ?? Infinity);
      },
    );

    itWaits('gives back afterwards what it had leased and gave back meanwhile', async () => {
      const server = await startServer();
      const away = await openBehindProxy(server);
      const other = await openReplica({ urls: [server.url] });
      expect(await away.store.leases.take([A, B], 60_000)).toEqual([true, true]);
      await away.cut();
      await away.store.leases.release([A]);
      await away.mend();

      expect(await other.store.leases.take([A, B], 60_000)).toEqual([true, false]);
    });

    itWaits('knows by itself whether a lease is still its own', async () => {
      const server = await startServer();
      const away = await openBehindProxy(server);
      await away.store.leases.take([A], 60_000);
      await away.cut();

      expect(await away.store.leases.extend([A], 60_000)).toBe(true);
      expect(await away.store.leases.extend([A, B], 60_000)).toBe(false);
    });

    itWaits('remembers when others have read, or were denied, what it has looked up', async () => {
      const server = await startServer();
      const [one, two] = [await openReplica({ urls: [server.url] }), await openReplica({ urls: [server.url] })];
      const at = systemClock.now() - LONG_AGO_MS;
      await one.store.proofs.put(anna, [`denied ${A}`], at, 60_000);
      const [seenAt] = await two.store.proofs.get(anna, [`denied ${A}`]);
      await server.kill();
      await two.log.said('store lost');

      expect(await two.store.proofs.get(anna, [`denied ${A}`])).toEqual([seenAt]);
      expect(Math.abs((seenAt ?? 0) - at)).toBeLessThan(NEAR_MS);
    });

    itWaits('keeps the floor of its own reads, though Redis has lost them', async () => {
      const server = await startServer();
      const { store, log } = await openReplica({ urls: [server.url] });
      const at = systemClock.now();
      await store.proofs.put(anna, [A], at, 60_000);
      await server.command('FLUSHALL');
      expect(await store.proofs.get(anna, [A])).toEqual([at]);
      expect(log.lines).toEqual([]);
    });

    itWaits('restores what it holds of an operation that Redis has thrown out', async () => {
      const server = await startServer();
      const replica = await openReplica({ urls: [server.url] });
      await replica.store.snapshots.add(A, replica.read('NOT_STARTED', 1));
      await server.command('FLUSHALL');
      expect(await states(replica, A)).toEqual(['NOT_STARTED']);
      await replica.store.snapshots.add(A, replica.read('RUNNING', 2));
      const other = await openReplica({ urls: [server.url] });
      expect(await states(other, A)).toEqual(['NOT_STARTED', 'RUNNING']);
    });
  });

  itWaits('that has forgotten everything is brought all of it again, though it was never away', async () => {
    const server = await startServer();
    const { store, log, read, clock } = await openReplica({ urls: [server.url], clock: quickClock() });
    await store.snapshots.add(A, read('RUNNING', 1));
    await store.proofs.put(anna, [A], clock.now(), 600_000);
    await store.leases.take([A], 600_000);
    await server.command('FLUSHALL');
    await log.said('store back');

    const other = await openReplica({ urls: [server.url] });
    expect(await other.store.snapshots.get([A])).not.toEqual([null]);
    expect(await other.store.proofs.get(anna, [A])).not.toEqual([null]);
    expect(await other.store.leases.take([A], 1_000)).toEqual([false]);
    expect(log.lines[0]).toMatchObject({ event: 'store lost', fields: { reason: 'it has forgotten this process' } });
  });

  itWaits('that refuses one command is not lost by it, and that counts as a failure', async () => {
    const server = await startServer();
    const { store, log } = await openReplica({ urls: [server.url] });
    expect(await store.leases.take([A], 0)).toEqual([true]); // no lease of Redis' ends at once

    expect(store.isReady()).toBe(true);
    expect(store.health()).toMatchObject({ losses: 0, failures: 1 });
    expect(log.lines.map(({ event }) => event)).toEqual(['store refused']);
  });

  itWaits('that cannot be connected to has failed at no command', async () => {
    const { store, log } = await openReplica({ urls: ['redis://127.0.0.1:1'] });
    expect(log.lines.map(({ event }) => event)).toEqual(['store lost']);
    expect(store.health()).toMatchObject({ isUp: false, failures: 0 });
  });

  itWaits('takes a script that Redis has forgotten with it again', async () => {
    const server = await startServer();
    const { store, read, log } = await openReplica({ urls: [server.url] });
    await store.snapshots.add(A, read('RUNNING', 1));
    await server.command('SCRIPT', 'FLUSH');
    await store.snapshots.add(A, read('SUCCEEDED', 2));
    expect(log.lines).toEqual([]);
  });

  itWaits('is left in time, though it hangs, and with no timer behind', async () => {
    const server = await startServer();
    const clock = createFakeClock();
    const hurried = await openReplica({ urls: [server.url], clock });
    await hurried.store.leases.take([A], 60_000);
    server.pause();
    const closing = hurried.store.close();
    await clock.advance(FAREWELL_MS);
    await closing;
    expect(clock.pending).toBe(0);

    server.resume();
    const other = await openReplica({ urls: [server.url], clock });
    await other.store.proofs.put(anna, [A], clock.now(), 1_000);
    await other.store.close();
    expect(clock.pending).toBe(0);
  });
});

/** Lets nothing else happen in this process for so long. */
function beBusy(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}
