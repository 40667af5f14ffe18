import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type TeamsAsyncOperation } from '../../src/operation/kinds/teams-async-operation.js';
import { type Scope } from '../../src/operation/scope.js';
import { type HeldPage, type Snapshot, type Transition } from '../../src/operation/snapshot.js';
import { type OperationState } from '../../src/operation/state.js';
import { type Store } from '../../src/poll/ports.js';

/** A store that is empty, and the time it lives by. */
export interface OpenStore {
  readonly store: Store;
  /** Epoch ms, as the store sees it. */
  now(): number;
  /** Goes on by `ms`. A store with a clock of its own waits. */
  pass(ms: number): Promise<void>;
}

const A = '/v1.0/teams/T/operations/A';
const B = '/v1.0/teams/T/operations/B';
const anna = 'anna' as Scope;
const ben = 'ben' as Scope;

/** What every form of the store promises to polling. */
export function describeStore(form: string, openStore: () => Promise<OpenStore>): void {
  describe(`a store ${form}`, () => {
    let open: OpenStore;
    let store: Store;

    beforeEach(async () => {
      open = await openStore();
      store = open.store;
    });
    afterEach(() => store.close());

    const read = (state: OperationState, seconds: number): Snapshot => ({
      operation: operation(state, seconds),
      checkedAt: open.now(),
    });

    it('holds nothing of what was never read', async () => {
      expect(await store.snapshots.get([A, B])).toEqual([null, null]);
    });

    it('gives back what it was given, in the order it is asked', async () => {
      const reading = read('RUNNING', 1);
      const added = await store.snapshots.add(A, reading);
      const [heldB, heldA] = await store.snapshots.get([B, A]);

      expect(heldB).toBeNull();
      expect(heldA).toEqual(added);
      expect(heldA?.snapshot).toEqual(reading);
      expect(heldA?.transitions.map(({ from, operation: { state } }) => [from, state])).toEqual([[null, 'RUNNING']]);
    });

    it('loses no reading when many of one operation come at once', async () => {
      const states: OperationState[] = ['NOT_STARTED', 'RUNNING', 'UNKNOWN', 'RUNNING', 'SUCCEEDED'];
      await Promise.all(states.map((state, at) => store.snapshots.add(A, read(state, at))));
      const [held] = await store.snapshots.get([A]);

      expect(held?.transitions.map((transition) => transition.operation.state)).toEqual(states);
      expect(held?.transitions.map(({ from }) => from)).toEqual([null, ...states.slice(0, -1)]);
    });

    it('keeps the end, whatever a later reading says', async () => {
      await store.snapshots.add(A, read('SUCCEEDED', 5));
      const held = await store.snapshots.add(A, read('RUNNING', 6));

      expect(held.snapshot.operation.state).toBe('SUCCEEDED');
      expect(held.transitions).toHaveLength(1);
    });

    it('stamps transitions in one order over all operations, also within one millisecond', async () => {
      const stamps: number[] = [];
      for (const [location, state, seconds] of [
        [A, 'NOT_STARTED', 1],
        [B, 'RUNNING', 1],
        [A, 'RUNNING', 2],
        [B, 'FAILED', 2],
        [A, 'SUCCEEDED', 3],
      ] as const) {
        const held = await store.snapshots.add(location, read(state, seconds));
        stamps.push(held.transitions.at(-1)?.stamp ?? 0);
      }

      expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b));
      expect(stamps[0]).toBeGreaterThanOrEqual((open.now() - 60_000) * 1_000); // so that a restart does not go back
    });

    it('tells those who listen of each change, once and in order, and of nothing that is none', async () => {
      const heard: Transition[] = [];
      store.bus.subscribe(A, ({ held }) => heard.push(...held.transitions.slice(-1)));
      for (const state of ['NOT_STARTED', 'NOT_STARTED', 'RUNNING', 'RUNNING', 'SUCCEEDED'] as const) {
        await store.snapshots.add(A, read(state, heard.length));
      }
      await store.snapshots.add(B, read('RUNNING', 1));
      await open.pass(0);

      expect(heard.map(({ operation: { state } }) => state)).toEqual(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
      expect(heard.map(({ stamp }) => stamp)).toEqual(heard.map(({ stamp }) => stamp).sort((a, b) => a - b));
    });

    it('tells each listener what is held, and no longer than it listens', async () => {
      const states: OperationState[][] = [[], []];
      const ends = states.map((each) =>
        store.bus.subscribe(A, ({ held }) => void each.push(held.snapshot.operation.state)),
      );
      await store.snapshots.add(A, read('NOT_STARTED', 1));
      await open.pass(0);
      ends[0]?.();
      ends[0]?.();
      await store.snapshots.add(A, read('RUNNING', 2));
      await open.pass(0);
      ends[1]?.();
      await store.snapshots.add(A, read('SUCCEEDED', 3));
      await open.pass(0);

      expect(states).toEqual([['NOT_STARTED'], ['NOT_STARTED', 'RUNNING']]);
    });

    it('remembers who has read what, and when, for each scope by itself', async () => {
      const at = open.now();
      await store.proofs.put(anna, [A, B], at, 10_000);
      await store.proofs.put(ben, [B], at + 1, 10_000);

      expect(await store.proofs.get(anna, [A, B])).toEqual([at, at]);
      expect(await store.proofs.get(ben, [A, B])).toEqual([null, at + 1]);
    });

    it('forgets a proof after its time, counted from the read', async () => {
      await store.proofs.put(anna, [A], open.now() - 600, 1_000);
      await store.proofs.put(anna, [B], open.now(), 60_000);
      await store.proofs.put(ben, [A], open.now() - 600, 60_000);
      await open.pass(450);

      expect(await store.proofs.get(anna, [A])).toEqual([null]);
      expect(await store.proofs.get(anna, [B])).not.toEqual([null]);
      expect(await store.proofs.get(ben, [A])).not.toEqual([null]);
    });

    it('holds the pages of a list for the scope that read them, and for a time', async () => {
      const page: HeldPage = {
        readAt: open.now(),
        entries: [{ location: A }, { malformed: 'status should be a non-empty string and is missing' }],
        nextLink: '/v1.0/teams/T/operations?$skiptoken=2',
      };
      await store.pages.put(anna, '/v1.0/teams/T/operations', page, 60_000);
      await store.pages.put(anna, '/v1.0/teams/U/operations', page, 400);

      expect(await store.pages.get(anna, '/v1.0/teams/T/operations')).toEqual(page);
      expect(await store.pages.get(ben, '/v1.0/teams/T/operations')).toBeNull();
      expect(await store.pages.get(anna, '/v1.0/teams/T/operations?$skiptoken=2')).toBeNull();
      await open.pass(450);
      expect(await store.pages.get(anna, '/v1.0/teams/U/operations')).toBeNull();
      expect(await store.pages.get(anna, '/v1.0/teams/T/operations')).toEqual(page);
    });

    it('leases each operation to one at a time', async () => {
      expect(await store.leases.take([A], 10_000)).toEqual([true]);
      expect(await store.leases.take([A, B], 10_000)).toEqual([false, true]);
      await store.leases.release([A]);
      expect(await store.leases.take([A, B], 10_000)).toEqual([true, false]);
    });

    it('ends a lease that nobody gave back', async () => {
      await store.leases.take([A], 400);
      await open.pass(450);

      expect(await store.leases.take([A], 400)).toEqual([true]);
    });

    it('extends what is still leased, and says whether that was all', async () => {
      await store.leases.take([A], 10_000);
      expect(await store.leases.extend([A], 10_000)).toBe(true);
      expect(await store.leases.extend([A, B], 10_000)).toBe(false);
      await store.leases.release([A]);
      expect(await store.leases.extend([A], 10_000)).toBe(false);
    });

    it('tells the others though one listener throws, and keeps what it was given', async () => {
      const heard: OperationState[] = [];
      store.bus.subscribe(A, () => {
        throw new Error('a listener that cannot listen');
      });
      store.bus.subscribe(A, ({ held }) => void heard.push(held.snapshot.operation.state));
      const held = await store.snapshots.add(A, read('RUNNING', 1));
      await open.pass(0);

      expect(heard).toEqual(['RUNNING']);
      expect(await store.snapshots.get([A])).toEqual([held]);
      expect(store.isReady()).toBe(true);
    });

    it('can be reached', () => {
      expect(store.isReady()).toBe(true);
    });
  });
}

export function operation(state: OperationState, seconds: number): TeamsAsyncOperation {
  return {
    kind: 'teamsAsyncOperation',
    operationId: 'A',
    state,
    rawStatus: state.toLowerCase(),
    createdDateTime: '2026-01-01T00:00:00.0000000Z',
    lastActionDateTime: new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString(),
    error: null,
    operationType: 'ARCHIVE_TEAM',
    rawOperationType: 'archiveTeam',
    status: 'IN_PROGRESS',
    attemptsCount: 1,
    targetResourceId: null,
    targetResourceLocation: null,
    steps: [],
  };
}
