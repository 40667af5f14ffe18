import { describe, expect, it } from '@jest/globals';
import { type Reason } from '../../src/operation/failure.js';
import { listPath } from '../../src/operation/ref.js';
import { type Seen } from '../../src/poll/seen.js';
import { listen } from './listener.js';
import { createSharedStore, type SharedStoreView } from './shared-store.js';
import { by, caller, createWorld, noCost, team, TIMES, type World, type WorldOptions } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const T = team('T');
const { intervalMs } = TIMES;

interface Replica extends World {
  readonly view: SharedStoreView;
}

/** Gateways over one Graph and one store, each of them a process to the others. */
function createReplicas(options: WorldOptions = {}) {
  const world = createWorld(options);
  const shared = createSharedStore(world.clock);
  const another = (): Replica => {
    const view = shared.join();
    return { ...world.another(view), view };
  };
  const [first, second] = [another(), another()];
  return { ...world, first, second, another };
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at));
}

describe('what replicas cost together', () => {
  it.each([1, 2, 4])('is one read per interval, from however many of %d one operation is watched', async (count) => {
    const { clock, graph, life, another, readTimes } = createReplicas();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 200_000, 'SUCCEEDED'));
    const heard = times(count, () => listen(another().coordinator.watchOperations(by(anna), [ref], null)));
    await clock.advance(300_000);

    expect(readTimes()).toEqual(times(8, (at) => 10 + at * intervalMs));
    for (const { said, isOver } of heard) {
      expect(said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
      expect(isOver).toBe(true);
    }
  });

  it.each([
    { callers: 2, proofs: 4 },
    { callers: 4, proofs: 10 },
    { callers: 8, proofs: 10 },
    { callers: 20, proofs: 10 },
  ])('is what one costs, within a tenth: $callers callers, proofs of $proofs intervals', async (plan) => {
    const readsOf = async (count: number): Promise<number> => {
      const { clock, graph, life, another } = createReplicas({ times: { proofMs: plan.proofs * intervalMs } });
      const refs = ['A', 'B', 'C', 'D'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
      const replicas = times(count, another);
      for (let at = 0; at < plan.callers; at++) {
        const replica = replicas[at % count];
        if (replica !== undefined) listen(replica.coordinator.watchOperations(by(caller(`c${at}`)), refs, null));
        await clock.advance(3_700);
      }
      await clock.advance(40 * intervalMs);
      const settledFrom = graph.reads.length;
      await clock.advance(100 * intervalMs);
      return graph.reads.length - settledFrom;
    };
    const alone = await readsOf(1);

    expect(alone).toBeGreaterThan(60);
    expect(await readsOf(2)).toBeLessThanOrEqual(1.1 * alone);
    expect(await readsOf(4)).toBeLessThanOrEqual(1.1 * alone);
  });

  it('is one read of a host’s list, watched from each of them by the same caller', async () => {
    const { clock, graph, life, first, second } = createReplicas();
    graph.begin(T, 'A', life(0, 'RUNNING'));
    graph.begin(T, 'B', life(100_000, 'RUNNING'));
    const heard = [first, second].map(({ coordinator }) =>
      listen(coordinator.watchHost(by(anna), T, () => true, null)),
    );
    await clock.advance(10 * intervalMs + 100);

    expect(graph.reads.map(({ path }) => path)).toEqual(times(graph.reads.length, () => listPath(T)));
    expect(graph.reads.length).toBeLessThanOrEqual(11);
    for (const { said } of heard) expect(said).toEqual(['A SNAPSHOT RUNNING', 'B CHANGED RUNNING']);
  });

  it.each([
    { who: 'the same caller', callers: [anna, anna] },
    { who: 'two callers', callers: [anna, ben] },
  ])('comes down to one list for operations of a host that $who began to watch at different times', async (plan) => {
    const { clock, graph, life, first, second } = createReplicas({ latencyMs: () => 50, times: { proofMs: 900_000 } });
    const [A, B, C] = ['A', 'B', 'C'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    if (A === undefined || B === undefined || C === undefined) throw new Error('There are three.');
    const [one = anna, other = anna] = plan.callers;
    listen(first.coordinator.watchOperations(by(one), [A, C], null));
    await clock.advance(intervalMs / 2);
    listen(second.coordinator.watchOperations(by(other), [B], null));
    await clock.advance(6 * intervalMs);
    const settledFrom = graph.reads.length;
    await clock.advance(10 * intervalMs);

    expect(graph.reads.length - settledFrom).toBeLessThanOrEqual(11);
  });

  it.each([2, 4])('is one list, where a caller watches something else of a host on each of %d', async (count) => {
    const { clock, graph, life, another } = createReplicas({ latencyMs: () => 50 });
    const refs = times(count, (at) => graph.begin(T, `O${at}`, life(0, 'RUNNING', 400_000, 'SUCCEEDED')));
    const heard = [];
    for (const ref of refs) {
      heard.push(listen(another().coordinator.watchOperations(by(anna), [ref], null)));
      await clock.advance(4_300);
    }
    await clock.advance(3 * intervalMs);
    const settledFrom = graph.reads.length;
    await clock.advance(8 * intervalMs);

    expect(graph.reads.slice(settledFrom).map(({ path }) => path)).toEqual(times(8, () => listPath(T)));
    await clock.advance(3 * intervalMs);
    for (const { said } of heard) expect(said.at(-1)).toMatch(/ends|RUNNING → SUCCEEDED/);
  });

  it('is one list of the caller who watches most of a host, whoever watches some of that on another', async () => {
    const { clock, graph, life, first, second, another } = createReplicas({ times: { proofMs: 1_000 * intervalMs } });
    const [A, B] = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(T, 'B', life(0, 'RUNNING'))];
    listen(second.coordinator.watchOperations(by(anna), [A], null));
    await clock.advance(7_000);
    listen(another().coordinator.watchOperations(by(anna), [B], null));
    await clock.advance(7_000);
    listen(first.coordinator.watchOperations(by(ben), [A], null));
    await clock.advance(12 * intervalMs);
    const settledFrom = graph.reads.length;
    await clock.advance(8 * intervalMs);

    expect(graph.reads.slice(settledFrom).map(({ scope }) => scope)).toEqual(times(8, () => 'anna'));
  });

  it('is no list of one caller for what another watches on another', async () => {
    const { clock, graph, life, first, second } = createReplicas();
    const [A, B] = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(T, 'B', life(0, 'RUNNING'))];
    listen(first.coordinator.watchOperations(by(anna), [A], null));
    listen(second.coordinator.watchOperations(by(ben), [B], null));
    await clock.advance(5 * intervalMs);

    expect(new Set(graph.reads.map(({ scope, path }) => `${scope} ${path}`))).toEqual(
      new Set([`anna ${A.location}`, `ben ${B.location}`]),
    );
  });

  it('is one read, where a caller asks two of them at once', async () => {
    const { clock, graph, life, first, second } = createReplicas({ latencyMs: () => 100 });
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const asked = [first, second].map(({ checks }) => checks.look(anna, [ref], noCost()));
    const pages = [first, second].map(({ checks }) => checks.lookAtPage(ben, T, null, noCost()));
    await clock.advance(1_000);

    for (const [outcome] of await Promise.all(asked))
      expect((outcome as Seen).held.snapshot.operation.state).toBe('RUNNING');
    for (const page of await Promise.all(pages)) expect(page).toMatchObject({ entries: [{ ref }] });
    expect(graph.reads.map(({ scope }) => scope).sort()).toEqual(['anna', 'ben']);
  });
});

describe('a replica that dies', () => {
  it('between two checks leaves them to another one, a moment late', async () => {
    const { clock, graph, life, first, second, readTimes } = createReplicas();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 65_000, 'SUCCEEDED'));
    listen(first.coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(1_000);
    const heard = listen(second.coordinator.watchOperations(by(ben), [ref], null));
    await clock.advance(40_000);
    first.view.kill();
    await clock.advance(2 * intervalMs);

    const [secondOfBen, ...later] = readTimes().filter((at) => at > 1_100);
    expect(secondOfBen).toBeLessThanOrEqual(1_010 + intervalMs);
    for (const [at, time] of later.entries()) {
      const gap = time - (later[at - 1] ?? secondOfBen ?? 0);
      expect(gap).toBeGreaterThanOrEqual(intervalMs);
      expect(gap).toBeLessThanOrEqual(intervalMs + 3_500);
    }
    expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
    expect(graph.reads.at(-1)?.scope).toBe('ben');
  });

  it.each([
    { when: 'while it reads', lastWords: undefined, readUntil: 0 },
    { when: 'before it has written down what it read', lastWords: 'proof', readUntil: 500 },
  ] as const)(
    '$when is taken over from an interval after that read, and no earlier',
    async ({ lastWords, readUntil }) => {
      const { clock, graph, life, first, second, readTimes } = createReplicas({ latencyMs: () => 500 });
      const ref = graph.begin(T, 'O', life(0, 'RUNNING', 20_000, 'SUCCEEDED'));
      listen(first.coordinator.watchOperations(by(anna), [ref], null));
      await clock.advance(1_000);
      const heard = listen(second.coordinator.watchOperations(by(anna), [ref], null));
      await clock.advance(intervalMs - 400);
      const sentAt = 510 + intervalMs;
      expect(heard.said).toEqual(['O SNAPSHOT RUNNING']);
      first.view.kill(lastWords); // its second read is under way
      await clock.advance(2 * intervalMs);

      expect(readTimes().slice(0, 2)).toEqual([10, sentAt]);
      const takenOverAt = readTimes()[2] ?? 0;
      expect(takenOverAt).toBeGreaterThanOrEqual(sentAt + readUntil + intervalMs);
      expect(takenOverAt).toBeLessThanOrEqual(sentAt + readUntil + (4 / 3) * intervalMs + 1_500);
      expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
    },
  );
});

describe('what one caller watches on two replicas', () => {
  /** Each watches one operation of the host, and the first makes the checks of both. */
  async function apart(options: WorldOptions = {}) {
    const replicas = createReplicas(options);
    const { clock, graph, life, first, second } = replicas;
    const [A, B] = [
      graph.begin(T, 'A', life(0, 'RUNNING')),
      graph.begin(T, 'B', life(0, 'RUNNING', 400_000, 'FAILED')),
    ];
    const ofA = listen(first.coordinator.watchOperations(by(anna), [A], null));
    const ofB = listen(second.coordinator.watchOperations(by(anna), [B], null));
    await clock.advance(3 * intervalMs + 5_000);
    return { ...replicas, A, B, ofA, ofB };
  }

  it('is watched on both only while both are there', async () => {
    const { clock, first, second, ofA, ofB } = await apart();
    expect([first.coordinator.watches, second.coordinator.watches]).toEqual([2, 2]);
    await ofB.leave();
    await clock.advance(TIMES.lingerMs + 1);
    expect([first.coordinator.watches, second.coordinator.watches]).toEqual([1, 0]);
    await ofA.leave();
    await clock.advance(TIMES.lingerMs + 1);
    expect(first.coordinator.watches).toBe(0);
  });

  it.each(['first', 'second'] as const)(
    'goes on in time when the %s dies, and is forgotten by the other',
    async (which) => {
      const replicas = await apart();
      const { clock, graph, first, second } = replicas;
      const [dead, left, ref] = which === 'first' ? [first, second, replicas.B] : [second, first, replicas.A];
      dead.view.kill();
      await clock.advance(2 * intervalMs);
      const times = graph.reads.filter(({ covered }) => covered.includes(ref.location)).map(({ at }) => at);
      for (const [at, time] of times.slice(1).entries()) {
        expect(time - (times[at] ?? 0)).toBeLessThanOrEqual(intervalMs + 3_500);
      }
      expect(clock.now() - (times.at(-1) ?? 0)).toBeLessThanOrEqual(intervalMs + 3_500);
      await clock.advance(3 * intervalMs);
      expect(left.coordinator.watches).toBeLessThanOrEqual(1);
    },
  );

  it.each<Reason>([{ kind: 'forbidden' }, { kind: 'unavailable' }])(
    'is told of also where lists fail: $kind',
    async (reason) => {
      const { clock, graph, ofA, ofB } = await apart();
      graph.fail(({ path }) => (path === listPath(T) ? reason : null));
      await clock.advance(12 * intervalMs);

      expect(ofA.said).toEqual(['A SNAPSHOT RUNNING']);
      expect(ofB.said).toEqual(['B SNAPSHOT RUNNING', 'B CHANGED RUNNING → FAILED']);
    },
  );

  it('is read by neither because a notice says so, where the caller has not proved its right', async () => {
    const { clock, graph, life, first, second, A } = await apart();
    for (const id of ['S', 'U']) graph.unlist(graph.begin(T, id, life(0, 'RUNNING'))); // nor has a list proved it
    const planted = { scope: 'anna', host: T.location, watched: ['S', 'U'], left: [], inAll: 2 };
    first.view.notices.tell('watched', planted);
    for (const wrong of [{}, { ...planted, watched: ['../../users'] }, { ...planted, scope: 'cleo' }]) {
      second.view.notices.tell('watched', wrong);
    }
    await clock.advance(2 * intervalMs);

    expect(graph.reads.filter(({ path }) => /operations\/[SU]$/.test(path))).toEqual([]);
    expect(graph.reads.at(-1)?.covered).toContain(A.location);
  });
});

describe('what one replica finds out', () => {
  it('of a right that was taken away is heard by all who watch with it, on every one', async () => {
    const { clock, graph, life, first, second } = createReplicas();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 40_000, 'RUNNING'));
    const [annas, bens] = [anna, ben].map((who) => listen(second.coordinator.watchOperations(by(who), [ref], null)));
    await clock.advance(1_000);
    graph.deny(anna.scope, T, { kind: 'forbidden' });
    const other = graph.begin(T, 'P', life(0, 'RUNNING'));
    expect(await Promise.race([first.checks.look(anna, [other], noCost()), clock.advance(1_000)])).toMatchObject([
      { reason: { kind: 'forbidden' } },
    ]);
    await clock.advance(2 * intervalMs);

    expect(annas?.said).toEqual(['O SNAPSHOT NOT_STARTED', 'O ends: forbidden']);
    expect(bens?.said).toEqual(['O SNAPSHOT NOT_STARTED', 'O CHANGED NOT_STARTED → RUNNING']);
  });

  it('of a token that ended is heard by those who came with it', async () => {
    const { clock, graph, life, first, second } = createReplicas();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 40_000, 'RUNNING'));
    const heard = listen(second.coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(1_000);
    graph.deny(anna.scope, T, { kind: 'unauthenticated', claims: 'eyJ4Ijoxfq' });
    const other = graph.begin(T, 'P', life(0, 'RUNNING'));
    await Promise.race([first.checks.look(anna, [other], noCost()), clock.advance(1_000)]);
    await clock.advance(0);

    expect(heard.said).toEqual(['O SNAPSHOT NOT_STARTED', 'O ends: unauthenticated']);
    expect(heard.endings[0]?.error).toMatchObject({ reason: { claims: 'eyJ4Ijoxfq' } });
  });

  it('of a host’s list brings what is new on it to those who watch it elsewhere', async () => {
    const { clock, graph, life, first, second } = createReplicas({ latencyMs: () => 50 });
    graph.begin(T, 'A', life(0, 'RUNNING'));
    listen(first.coordinator.watchHost(by(anna), T, () => true, null));
    await clock.advance(5_000);
    const heard = listen(second.coordinator.watchHost(by(ben), T, () => true, null));
    await clock.advance(5_000);
    const readsBefore = graph.reads.length;
    graph.begin(T, 'B', life(10_000, 'RUNNING'));
    await clock.advance(2 * intervalMs + 5_000);

    expect(heard.said).toEqual(['A SNAPSHOT RUNNING', 'B CHANGED RUNNING']);
    expect(graph.reads.length - readsBefore).toBeLessThanOrEqual(3);
  });

  it('is not believed where it is no such notice', async () => {
    const { clock, graph, life, first, second } = createReplicas();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 40_000, 'RUNNING'));
    const heard = listen(second.coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(1_000);
    const denial = { scope: 'anna', location: ref.location, credential: 'anna', ageMs: 0, message: '' };
    for (const wrong of [{}, denial, { ...denial, kind: 'throttled' }, { ...denial, kind: 'forbidden', ageMs: '0' }]) {
      first.view.notices.tell('denial', wrong);
    }
    for (const wrong of [{}, { host: T.location, locations: [1], ageMs: 0 }]) first.view.notices.tell('list', wrong);
    await clock.advance(2 * intervalMs);

    expect(heard.said).toEqual(['O SNAPSHOT NOT_STARTED', 'O CHANGED NOT_STARTED → RUNNING']);
  });
});
