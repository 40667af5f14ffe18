import { describe, expect, it } from '@jest/globals';
import { GraphError } from '../../src/operation/failure.js';
import { createRef, type OperationRef } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { noteList, type ListStand } from '../../src/poll/host-group.js';
import { type Store } from '../../src/poll/ports.js';
import { type Denial } from '../../src/poll/denial.js';
import { createRegistry } from '../../src/poll/registry.js';
import { type Stand } from '../../src/poll/watch.js';
import { createWithdrawals } from '../../src/poll/withdrawals.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createFakeClock } from '../support/fake-clock.js';
import { listen } from './listener.js';
import { errorOf } from './model-graph.js';
import { by, caller, createWorld, noCost, team, TIMES } from './world.js';

const [T, U] = [team('T'), team('U')];
const [A, B, C] = [createRef(T, 'A'), createRef(T, 'B'), createRef(U, 'C')];
const [anna, ben] = [caller('anna'), caller('ben')];
const PROVED_AT = 1_000;
const SENT_AT = 2_000;

/** Two callers who watch the same operations and lists and have proved their right to all of it. */
function watchAll() {
  const clock = createFakeClock();
  const touched: string[] = [];
  const registry = createRegistry({
    bus: createMemoryStore(clock).bus,
    clock,
    maxPerHost: 10,
    hear: () => undefined,
    touch: () => undefined,
  });
  const withdraw = createWithdrawals({
    registry,
    failSeat: () => undefined,
    touchHost: ({ location }) => void touched.push(location),
  });
  const proved = (who: Caller): (Stand | ListStand)[] => [
    ...[A, B, C].map((ref) => Object.assign(registry.standIn(ref, who), { readAt: PROVED_AT, provedAt: PROVED_AT })),
    ...[T, U].map((host) => Object.assign(registry.listStandIn(host, who), { listedAt: PROVED_AT, hasListed: true })),
  ];
  const stands = new Map([anna, ben].map((who) => [who.scope, proved(who)]));
  const nameOf = (stand: Stand | ListStand): string =>
    'seats' in stand ? stand.watch.ref.operationId : `list of ${stand.group.host.location.slice(-1)}`;
  return {
    touched,
    registry,
    withdraw: (denial: Pick<Denial, 'location' | 'error'> & Partial<Denial>) =>
      withdraw({ scope: anna.scope, credential: anna.credential, sentAt: SENT_AT, ...denial }),
    /** What may be told no more to a caller of what it watches, and whether an older read could make it so again. */
    withdrawn: ({ scope }: Caller): string[] =>
      (stands.get(scope) ?? []).flatMap((stand) => {
        const provedAt = 'seats' in stand ? stand.provedAt : stand.listedAt;
        if ((provedAt === null) !== (stand.deniedSince === SENT_AT))
          throw new Error(`${nameOf(stand)} is half withdrawn`);
        return provedAt === null ? [nameOf(stand)] : [];
      }),
  };
}

describe('what is told no more', () => {
  it.each<{ what: string; location: string | null; withdrawn: string[]; hosts: string[] }>([
    { what: 'one operation', location: A.location, withdrawn: ['A'], hosts: [T.location] },
    { what: 'a host', location: T.location, withdrawn: ['A', 'B', 'list of T'], hosts: [T.location] },
    {
      what: 'everything',
      location: null,
      withdrawn: ['A', 'B', 'C', 'list of T', 'list of U'],
      hosts: [T.location, U.location],
    },
  ])('is what was denied: $what', ({ location, withdrawn: expected, hosts }) => {
    const { touched, withdraw, withdrawn } = watchAll();
    withdraw({ location, error: errorOf({ kind: location === null ? 'unauthenticated' : 'forbidden' }) });
    expect(withdrawn(anna)).toEqual(expected);
    expect(withdrawn(ben)).toEqual([]);
    expect([...new Set(touched)].sort()).toEqual(hosts); // their next reads are worked out anew
  });

  it('has no place any more where nobody is left', () => {
    const { registry, withdraw } = watchAll();
    withdraw({ location: null, error: errorOf({ kind: 'unauthenticated' }) });
    expect(registry.of(anna.scope)).toEqual({ stands: new Set(), lists: new Set() });
    expect(registry.of(ben.scope).stands.size).toBe(3);
    expect([registry.size, registry.groups.size]).toEqual([3, 2]);
    withdraw({ location: null, scope: ben.scope, error: errorOf({ kind: 'unauthenticated' }) });
    expect([registry.size, registry.groups.size]).toEqual([0, 0]);
  });

  it('is not told again because of a list that was read before', () => {
    const { registry, withdraw } = watchAll();
    const stand = registry.listStandIn(T, anna);
    const lister = registry.groups.get(T.location)?.lister;
    if (lister == null) throw new Error('nobody watches the list');
    withdraw({ location: T.location, error: errorOf({ kind: 'forbidden' }) });
    expect(noteList(lister, stand, { refs: [A], readAt: SENT_AT - 1 })).toBe(false);
    expect(stand.listedAt).toBeNull();
    expect(noteList(lister, stand, { refs: [A], readAt: SENT_AT })).toBe(true);
    expect(stand.listedAt).toBe(SENT_AT);
  });
});

/** A store whose proofs may come late. */
function slowStore(store: Store) {
  let gate: Promise<void> = Promise.resolve();
  return {
    store: {
      ...store,
      proofs: {
        ...store.proofs,
        get: async (...asked: Parameters<Store['proofs']['get']>) => {
          const waits = gate;
          const answer = await store.proofs.get(...asked);
          await waits;
          return answer;
        },
      },
    },
    /** What is asked for until `work` is done stays away until the returned function is called. */
    holdWhile: (work: () => void): (() => void) => {
      let release: () => void = () => undefined;
      gate = new Promise((resolve) => (release = resolve));
      work();
      gate = Promise.resolve();
      return release;
    },
  };
}

describe('a stream', () => {
  it('is not begun with what was looked up before it was denied', async () => {
    const first = createWorld();
    const { store, holdWhile } = slowStore(first.store);
    const { checks, clock, coordinator, graph, life } = first.another(store);
    const ref: OperationRef = graph.begin(T, 'A', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(1_000);
    graph.deny(anna.scope, T, { kind: 'forbidden' });
    const streams: ReturnType<typeof listen>[] = [];
    const release = holdWhile(() => void streams.push(listen(coordinator.watchOperations(by(anna), [ref], null))));
    expect(await checks.lookAtPage(anna, T, null, noCost())).toBeInstanceOf(GraphError);
    release();
    await clock.advance(TIMES.intervalMs);
    expect(streams.map(({ said }) => said)).toEqual([['A ends: forbidden']]);
  });

  it('of a host is not begun with the list that was read before it was denied', async () => {
    const { checks, clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'RUNNING'));
    const later = graph.begin(T, 'B', life(500, 'RUNNING'));
    await checks.lookAtPage(anna, T, null, noCost());
    await clock.advance(1_000);
    graph.deny(anna.scope, T, { kind: 'forbidden' });
    expect(await checks.look(anna, [later], noCost())).toEqual([expect.any(GraphError)]);
    const list = listen(coordinator.watchHost(by(anna), T, () => true, null));
    await clock.advance(TIMES.intervalMs * 2);
    expect(list.said).toEqual(['the list ends: forbidden']);
  });

  it('of a host that was listed ends at once when that is not found, and waits where it never was', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'RUNNING'));
    graph.deny(anna.scope, U, { kind: 'notFound' });
    const [listed, not] = [T, U].map((host) => listen(coordinator.watchHost(by(anna), host, () => true, null)));
    await clock.advance(1_000);
    graph.deny(anna.scope, T, { kind: 'notFound' });
    await clock.advance(TIMES.intervalMs * 2);
    expect(listed?.said.at(-1)).toBe('the list ends: notFound');
    expect(not?.said).toEqual([]);
    await not?.leave();
  });

  it.each(['of the host', 'of everything'])(
    'is told nothing by the reads of others once a query was denied it: %s',
    async (what) => {
      const { checks, clock, coordinator, graph, life } = createWorld();
      const ref = graph.begin(T, 'A', life(0, 'RUNNING', 4_000, 'SUCCEEDED'));
      const own = listen(coordinator.watchOperations(by(anna), [ref], null));
      await clock.advance(1_000);
      graph.deny(anna.scope, T, { kind: what === 'of the host' ? 'forbidden' : 'unauthenticated' });
      expect(await checks.lookAtPage(anna, T, null, noCost())).toBeInstanceOf(GraphError);
      await clock.advance(5_000);
      const other = listen(coordinator.watchOperations(by(ben), [ref], null));
      await clock.advance(1_000);
      expect(other.said).toEqual(['A SNAPSHOT SUCCEEDED']);
      expect(own.said.filter((line) => line.includes('SUCCEEDED'))).toEqual([]);
      await clock.advance(TIMES.intervalMs);
      expect(own.said.at(-1)).toMatch(/^A ends: /);
    },
  );
});
