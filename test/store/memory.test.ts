import { describe, expect, it } from '@jest/globals';
import { type Scope } from '../../src/operation/scope.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createFakeClock, settlePromises, type FakeClock } from '../support/fake-clock.js';
import { describeStore, operation } from './promises.js';

const HOUR_MS = 3_600_000;
const MAX_HELD = 50_000;

const openMemory = (): { clock: FakeClock; store: ReturnType<typeof createMemoryStore> } => {
  const clock = createFakeClock(undefined, settlePromises);
  return { clock, store: createMemoryStore(clock) };
};

describeStore('in memory', () => {
  const { clock, store } = openMemory();
  return Promise.resolve({ store, now: () => clock.now(), pass: (ms) => clock.advance(ms) });
});

describe('the memory of a process', () => {
  const reading = (clock: FakeClock) => ({ operation: operation('RUNNING', 1), checkedAt: clock.now() });

  it('keeps what nobody watches for an hour after its last check', async () => {
    const { clock, store } = openMemory();
    await store.snapshots.add('/a', reading(clock));
    await clock.advance(HOUR_MS / 2);
    await store.snapshots.add('/a', reading(clock));
    await clock.advance(HOUR_MS - 1);
    expect(await store.snapshots.get(['/a'])).not.toEqual([null]);

    await clock.advance(1);
    expect(await store.snapshots.get(['/a'])).toEqual([null]);
  });

  it('keeps what is watched for as long as it is', async () => {
    const { clock, store } = openMemory();
    const stop = store.bus.subscribe('/a', () => undefined);
    await store.snapshots.add('/a', reading(clock));
    await clock.advance(3 * HOUR_MS);
    expect(await store.snapshots.get(['/a'])).not.toEqual([null]);

    stop();
    expect(await store.snapshots.get(['/a'])).toEqual([null]);
  });

  it('holds so many operations that nobody watches and no more, and lets the longest unread go first', async () => {
    const { clock, store } = openMemory();
    store.bus.subscribe('/0', () => undefined);
    for (let at = 0; at < MAX_HELD + 2; at++) await store.snapshots.add(`/${at}`, reading(clock));
    const held = await store.snapshots.get(['/0', '/1', '/2', '/3', `/${MAX_HELD + 1}`]);

    expect(held.map((each) => each !== null)).toEqual([true, false, false, true, true]);
  });

  it('leaves no timer behind when it is closed', async () => {
    const { clock, store } = openMemory();
    await store.snapshots.add('/a', reading(clock));
    await store.proofs.put('anna' as Scope, ['/a'], clock.now(), 1_000);
    await store.leases.take(['/a'], 1_000);
    expect(clock.pending).toBeGreaterThan(0);

    await store.close();
    expect(clock.pending).toBe(0);
    expect(await store.snapshots.get(['/a'])).toEqual([null]);
  });
});
