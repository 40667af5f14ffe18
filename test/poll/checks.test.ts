import { describe, expect, it } from '@jest/globals';
import { GraphError, type Reason } from '../../src/operation/failure.js';
import { listPath } from '../../src/operation/ref.js';
import { type Seen } from '../../src/poll/seen.js';
import { caller, chat, createWorld, noCost, team, TIMES } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const T = team('T');
const { intervalMs, proofMs } = TIMES;

/** What a caller was answered: a state, why it is late, or why there is none. */
function said(outcomes: readonly (Seen | GraphError)[]): string[] {
  return outcomes.map((outcome) => {
    if (outcome instanceof GraphError) return outcome.reason.kind;
    const { state } = outcome.held.snapshot.operation;
    return outcome.delayedBy === null ? state : `${state} (${outcome.delayedBy})`;
  });
}

describe('a query', () => {
  it('is answered from a young snapshot without a read', async () => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 10_000, 'SUCCEEDED'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(intervalMs - 1);
    const cost = noCost();

    expect(said(await checks.look(anna, [ref], cost))).toEqual(['RUNNING']);
    expect(cost).toEqual({ requests: 0, reads: 0, snapshots: 1 });
    expect(graph.reads).toHaveLength(1);
  });

  it('is told at once of what is at hand, for the same cost, while it is young', async () => {
    const { checks, clock, graph, life, tally } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const never = graph.begin(T, 'P', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(intervalMs - 1);
    const cost = noCost();

    const atHand = checks.glance(anna, ref, cost);
    expect(cost).toEqual({ requests: 0, reads: 0, snapshots: 1 });
    expect([tally.served, tally.servedAge.sum]).toEqual([1, (intervalMs - 1) / 1_000]);
    expect([atHand]).toEqual(await checks.look(anna, [ref], noCost()));
    expect(checks.glance(anna, never, cost)).toBeNull();
    await clock.advance(1);
    expect(checks.glance(anna, ref, cost)).toBeNull();
    expect(cost.snapshots).toBe(1);
  });

  it('is told nothing at once without a proof of its own that holds', async () => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'FAILED'));
    await checks.look(anna, [ref], noCost());
    expect(checks.glance(ben, ref, noCost())).toBeNull();
    await clock.advance(proofMs - 1);
    expect(checks.glance(anna, ref, noCost())).not.toBeNull();
    await clock.advance(1);
    expect(checks.glance(anna, ref, noCost())).toBeNull();
  });

  it.each(['forbidden', 'unauthenticated'] as const)(
    'is told nothing at once after a neighbour was %s',
    async (kind) => {
      const { checks, clock, graph, life } = createWorld();
      const [ref, neighbour] = [graph.begin(T, 'O', life(0, 'RUNNING')), graph.begin(T, 'P', life(0, 'RUNNING'))];
      await checks.look(anna, [ref], noCost());
      await clock.advance(1);
      graph.deny(anna.scope, T, { kind });
      expect(said(await checks.look(anna, [neighbour], noCost()))).toEqual([kind]);

      expect(checks.glance(anna, ref, noCost())).toBeNull();
    },
  );

  it('is told nothing at once of what Graph knew no more when it was read last, though others read it since', async () => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(intervalMs);
    graph.deny(anna.scope, T, { kind: 'notFound' });
    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['notFound']);
    await checks.look(ben, [ref], noCost());

    expect(checks.glance(ben, ref, noCost())).not.toBeNull();
    expect(checks.glance(anna, ref, noCost())).toBeNull();
  });

  it('is told nothing at once where other processes have to be asked', async () => {
    const first = createWorld();
    const { atHand, ...elsewhere } = first.store;
    const { checks } = first.another(elsewhere);
    const ref = first.graph.begin(T, 'O', first.life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());

    expect(atHand?.held(ref.location)).not.toBeNull();
    expect(checks.glance(anna, ref, noCost())).toBeNull();
    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['RUNNING']);
  });

  it('is answered by a read once the snapshot is old', async () => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 10_000, 'SUCCEEDED'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(intervalMs);
    const cost = noCost();

    expect(said(await checks.look(anna, [ref], cost))).toEqual(['SUCCEEDED']);
    expect(cost).toEqual({ requests: 1, reads: 1, snapshots: 0 });
  });

  it('is answered from the last snapshot for good when the operation has ended, as long as the proof holds', async () => {
    const { checks, clock, graph, life, readTimes } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'FAILED'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(proofMs - 1);
    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['FAILED']);
    await clock.advance(1);
    await checks.look(anna, [ref], noCost());

    expect(readTimes()).toEqual([0, proofMs]);
  });

  it('of a scope without a proof reads itself, however young the snapshot of others is', async () => {
    const { checks, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    graph.deny(ben.scope, T, { kind: 'forbidden' });
    await checks.look(anna, [ref], noCost());

    expect(said(await checks.look(ben, [ref], noCost()))).toEqual(['forbidden']);
    expect(graph.reads.map(({ scope }) => scope)).toEqual(['anna', 'ben']);
  });

  it('of a scope that lost its right is not answered from what it once read', async () => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    graph.deny(anna.scope, T, { kind: 'notFound' });
    await clock.advance(intervalMs);
    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['notFound']);
    await checks.look(ben, [ref], noCost());

    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['notFound']);
    expect(graph.reads).toHaveLength(3);
  });

  it('for fifty operations of one host is one read of its list', async () => {
    const { checks, graph, life } = createWorld();
    const refs = Array.from({ length: 50 }, (_, at) => graph.begin(T, `O${at}`, life(0, 'RUNNING')));
    const cost = noCost();

    expect(said(await checks.look(anna, refs, cost))).toEqual(refs.map(() => 'RUNNING'));
    expect(cost).toEqual({ requests: 1, reads: 1, snapshots: 0 });
    expect(graph.reads.map(({ path }) => path)).toEqual([listPath(T)]);
  });

  it('answers in the order of the refs, each once for each time it is named', async () => {
    const { checks, graph, life } = createWorld();
    const [a, b] = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(T, 'B', life(0, 'FAILED'))];
    const unknown = graph.begin(T, 'C', []);

    expect(said(await checks.look(anna, [b, unknown, a, b], noCost()))).toEqual([
      'FAILED',
      'notFound',
      'RUNNING',
      'FAILED',
    ]);
  });

  it('that names one operation twice asks for it once', async () => {
    const { checks, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    await checks.look(anna, [ref, ref], noCost());

    expect(graph.reads.map(({ path }) => path)).toEqual([ref.location]);
  });

  it('joins a read that is under way', async () => {
    const { checks, clock, graph, life } = createWorld({ latencyMs: () => 500 });
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const cost = noCost();
    const looks = [noCost(), cost, cost].map((each) => checks.look(anna, [ref], each));
    await clock.advance(500);

    expect((await Promise.all(looks)).map(said)).toEqual([['RUNNING'], ['RUNNING'], ['RUNNING']]);
    expect(graph.reads).toHaveLength(1);
    expect(cost.requests).toBe(0);
  });

  it('does not read again what a read that ended between its look-up and its start has brought', async () => {
    const { checks, clock, graph, life, store } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    // Look-ups answer one by one; each read that one sets off may be over before the next goes on.
    const looks = Array.from({ length: 20 }, async (_, at) => {
      for (let turn = 0; turn < at; turn++) await store.snapshots.get([ref.location]);
      return checks.look(anna, [ref], noCost());
    });
    await Promise.all(looks);
    await clock.advance(0);

    expect(graph.reads).toHaveLength(1);
  });

  it('is told for the interval what Graph denied', async () => {
    const { checks, clock, graph, readTimes } = createWorld();
    const ref = graph.begin(T, 'O', []);
    for (let at = 0; at < 3; at++) expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['notFound']);
    await clock.advance(intervalMs);
    await checks.look(anna, [ref], noCost());

    expect(readTimes()).toEqual([0, intervalMs]);
  });

  it('is told how long Graph is throttling, and Graph is left alone until then exactly', async () => {
    const { checks, clock, graph, life, readTimes } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    graph.fail(() => ({ kind: 'throttled', retryAfterMs: 12_340 }));
    await checks.look(anna, [ref], noCost());
    await clock.advance(12_339);
    const [outcome] = await checks.look(anna, [ref], noCost());
    expect(outcome).toMatchObject({ reason: { kind: 'throttled', retryAfterMs: 1 } });
    graph.fail(null);
    await clock.advance(1);

    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['RUNNING']);
    expect(readTimes()).toEqual([0, 12_340]);
  });

  it.each([
    { reason: { kind: 'throttled', retryAfterMs: 40_000 } as const, delayedBy: 'THROTTLED' },
    { reason: { kind: 'unavailable' } as const, delayedBy: 'UPSTREAM_UNAVAILABLE' },
    { reason: { kind: 'overBudget', retryAfterMs: 1_000 } as const, delayedBy: 'BUDGET' },
  ])('is told what is held, and that it is late by $delayedBy, when a renewal fails', async ({ reason, delayedBy }) => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    graph.fail(() => reason);
    await clock.advance(intervalMs);
    expect(said(await checks.look(anna, [ref], noCost()))).toEqual([`RUNNING (${delayedBy})`]);

    expect(said(await checks.look(ben, [ref], noCost()))).toEqual([reason.kind]); // ben has proved nothing
    await clock.advance(proofMs - intervalMs);
    expect(said(await checks.look(anna, [ref], noCost()))).toEqual([reason.kind]); // and anna's proof is over
  });

  it('shares the renewal with the other scopes that have proved their right', async () => {
    const { checks, clock, graph, life } = createWorld({ latencyMs: () => 100 });
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const first = [anna, ben].map((who) => checks.look(who, [ref], noCost()));
    await clock.advance(100);
    await Promise.all(first);
    await clock.advance(intervalMs);
    const second = [anna, ben].map((who) => checks.look(who, [ref], noCost()));
    await clock.advance(100);
    await Promise.all(second);

    expect(graph.reads.map(({ scope }) => scope)).toEqual(['anna', 'ben', 'anna']);
  });

  it('does not wait for what others read of the same host', async () => {
    const { checks, clock, graph, life } = createWorld({ latencyMs: () => 100 });
    const [mine, theirs] = ['O', 'P'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    if (mine === undefined || theirs === undefined) throw new Error('two were begun');
    const first = checks.look(anna, [mine], noCost());
    await clock.advance(100);
    await first;
    await clock.advance(intervalMs);
    const looks = [checks.look(ben, [theirs], noCost()), checks.look(anna, [mine], noCost())];
    await clock.advance(100);

    expect((await Promise.all(looks)).map(said)).toEqual([['RUNNING'], ['RUNNING']]);
    expect(graph.reads.map(({ scope }) => scope)).toEqual(['anna', 'ben', 'anna']);
  });

  it('of two processes over one store is one renewal', async () => {
    const world = createWorld({ latencyMs: () => 400 });
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING', 10_000, 'UNKNOWN'));
    const second = world.another();
    const first = world.checks.look(anna, [ref], noCost());
    await world.clock.advance(400);
    await first;
    await world.clock.advance(intervalMs);
    const looks = [world, second].map(({ checks }) => checks.look(anna, [ref], noCost()));
    await world.clock.advance(2_000);

    expect((await Promise.all(looks)).map(said)).toEqual([['UNKNOWN'], ['UNKNOWN']]);
    expect(world.graph.reads).toHaveLength(2);
  });
});

describe('the way to many operations', () => {
  it('is one list also for forty queries that ask for one operation each at the same moment', async () => {
    const { checks, graph, life } = createWorld();
    const refs = Array.from({ length: 40 }, (_, at) => graph.begin(T, `O${at}`, life(0, 'RUNNING')));
    const answers = await Promise.all(refs.map((ref) => checks.look(anna, [ref], noCost())));

    expect(answers.map(said)).toEqual(refs.map(() => ['RUNNING']));
    expect(graph.reads).toHaveLength(1);
  });

  it('is the item for one operation of a team, and the list for one of a chat', async () => {
    const { checks, graph, life } = createWorld();
    const C = chat('C');
    const refs = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(C, 'B', life(0, 'RUNNING'))];
    const cost = noCost();
    await checks.look(anna, refs, cost);

    expect(graph.reads.map(({ path }) => path).sort()).toEqual([listPath(C), refs[0]?.location].sort());
    expect(cost).toMatchObject({ requests: 1, reads: 2 });
  });

  it('is the item after the list when the list does not show it', async () => {
    const { checks, graph, life } = createWorld();
    const refs = ['A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    const [, b] = refs;
    if (b === undefined) throw new Error('there are two');
    graph.unlist(b);

    expect(said(await checks.look(anna, refs, noCost()))).toEqual(['RUNNING', 'RUNNING']);
    expect(graph.reads.map(({ path }) => path)).toEqual([listPath(T), b.location]);
  });

  it('goes through the pages until all are found, and no further', async () => {
    const { checks, graph, life } = createWorld({ pageSize: 2 });
    const refs = ['A', 'B', 'C', 'D', 'E', 'F'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    await checks.look(anna, refs.slice(0, 3), noCost());

    expect(graph.reads).toHaveLength(2);
    expect(graph.reads.every(({ type }) => type === 'page')).toBe(true);
  });

  it.each<Reason>([{ kind: 'forbidden' }, { kind: 'unavailable' }, { kind: 'malformed', detail: 'not JSON' }])(
    'is the items at once where the list fails: $kind',
    async (reason) => {
      const { checks, graph, life } = createWorld();
      const refs = ['A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
      graph.fail(({ path }) => (path === listPath(T) ? reason : null));
      const outcomes = await checks.look(anna, refs, noCost());

      expect(outcomes).toMatchObject(refs.map((ref) => ({ ref })));
      expect(graph.reads.map(({ type }) => type)).toEqual(['page', 'item', 'item']);
    },
  );

  it.each<Reason>([{ kind: 'forbidden' }, { kind: 'notFound' }])(
    'leaves proved only what is read singly where the list is refused: $kind',
    async (reason) => {
      const { checks, clock, graph, life } = createWorld();
      const [other, ...refs] = ['O', 'A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
      if (other === undefined) throw new Error('There is nothing to look at.');
      await checks.look(anna, [other], noCost());
      await clock.advance(intervalMs);
      graph.fail(({ path }) => (path === listPath(T) ? reason : null));
      await checks.look(anna, refs, noCost());

      const proofs = await checks.proofs(anna, [other, ...refs]);
      expect(proofs.map(({ provedAt }) => provedAt)).toEqual([null, clock.now(), clock.now()]);
    },
  );

  it('is not tried again for as long as a proof lasts where the list was refused', async () => {
    const { checks, clock, graph, life } = createWorld();
    const refs = ['A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    graph.fail(({ path }) => (path === listPath(T) ? { kind: 'forbidden' } : null));
    await checks.look(anna, refs, noCost());
    await clock.advance(intervalMs);
    await checks.look(anna, refs, noCost());
    expect(graph.reads.map(({ type }) => type)).toEqual(['page', 'item', 'item', 'item', 'item']);
  });

  it.each([
    { count: 30, reason: { kind: 'unavailable' as const }, because: 'there are too many' },
    { count: 2, reason: { kind: 'throttled' as const, retryAfterMs: 5_000 }, because: 'Graph wants a pause' },
    { count: 2, reason: { kind: 'unauthenticated' as const }, because: 'the token is refused' },
  ])('is nothing after a list that failed where $because', async ({ count, reason }) => {
    const { checks, graph, life } = createWorld();
    const refs = Array.from({ length: count }, (_, at) => graph.begin(T, `O${at}`, life(0, 'RUNNING')));
    graph.fail(() => reason);
    const outcomes = await checks.look(anna, refs, noCost());

    expect(outcomes).toMatchObject(refs.map(() => ({ reason: { kind: reason.kind } })));
    expect(graph.reads.map(({ type }) => type)).toEqual(['page']);
  });

  it('ends after ten pages, and goes on by items', async () => {
    const { checks, graph, life } = createWorld({ pageSize: 1 });
    const refs = Array.from({ length: 14 }, (_, at) => graph.begin(T, `O${at}`, life(0, 'RUNNING')));
    await checks.look(anna, refs, noCost());

    expect(graph.reads.filter(({ type }) => type === 'page')).toHaveLength(10);
    expect(graph.reads.filter(({ type }) => type === 'item')).toHaveLength(4);
  });

  it('is the items where the list turned out longer than they are many', async () => {
    const { checks, clock, graph, life } = createWorld({ pageSize: 2 });
    const refs = Array.from({ length: 8 }, (_, at) => graph.begin(T, `O${at}`, life(0, 'RUNNING')));
    const ends = refs.slice(-3);
    await checks.look(anna, ends, noCost());
    expect(graph.reads.map(({ type }) => type)).toEqual(['page', 'page', 'page', 'page']);
    await clock.advance(intervalMs);
    await checks.look(anna, ends, noCost());

    expect(graph.reads.slice(4).map(({ type }) => type)).toEqual(['item', 'item', 'item']);
  });

  it('is the item while anything of the host is younger than the interval: a list would read that again', async () => {
    const { checks, clock, graph, life } = createWorld();
    const [a, b, c] = ['A', 'B', 'C'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are three');
    await checks.look(anna, [a], noCost());
    await clock.advance(intervalMs - 1);
    await checks.look(anna, [b, c], noCost());

    expect(graph.reads.map(({ type }) => type)).toEqual(['item', 'item', 'item']);
  });

  it('proves everything that a list shows', async () => {
    const { checks, graph, life } = createWorld();
    const refs = ['A', 'B', 'C'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    await checks.look(anna, refs.slice(0, 2), noCost());
    const cost = noCost();

    expect(said(await checks.look(anna, refs, cost))).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
    expect(cost).toEqual({ requests: 0, reads: 0, snapshots: 3 });
  });
});

describe('a query for a list', () => {
  it('reads it once per interval, and says what came from a snapshot', async () => {
    const { checks, clock, graph, life, readTimes } = createWorld();
    for (const id of ['A', 'B']) graph.begin(T, id, life(0, 'RUNNING'));
    const costs = [noCost(), noCost(), noCost()];
    for (const cost of costs) {
      const page = await checks.lookAtPage(anna, T, null, cost);
      if (page instanceof GraphError) throw page;
      expect(said(page.entries)).toEqual(['RUNNING', 'RUNNING']);
      await clock.advance(intervalMs / 2);
    }

    expect(readTimes()).toEqual([0, intervalMs]);
    expect(costs.map(({ snapshots }) => snapshots)).toEqual([0, 2, 0]);
  });

  it('goes up though single operations are young, and renews them', async () => {
    const { checks, clock, graph, life } = createWorld();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING', 5_000, 'SUCCEEDED'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(10_000);
    await checks.lookAtPage(anna, T, null, noCost());

    expect(said(await checks.look(anna, [ref], noCost()))).toEqual(['SUCCEEDED']);
    expect(graph.reads.map(({ type }) => type)).toEqual(['item', 'page']);
  });

  it('shows each scope its own', async () => {
    const { checks, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'RUNNING'));
    graph.deny(ben.scope, T, { kind: 'forbidden' });
    await checks.lookAtPage(anna, T, null, noCost());

    expect(await checks.lookAtPage(ben, T, null, noCost())).toMatchObject({ reason: { kind: 'forbidden' } });
    expect(await checks.lookAtPage(ben, T, null, noCost())).toMatchObject({ reason: { kind: 'forbidden' } });
    expect(graph.reads.map(({ scope }) => scope)).toEqual(['anna', 'ben']);
  });

  it('follows the pages, each with its own floor', async () => {
    const { checks, graph, life } = createWorld({ pageSize: 2 });
    for (const id of ['A', 'B', 'C']) graph.begin(T, id, life(0, 'RUNNING'));
    const page = await checks.lookAtPage(anna, T, null, noCost());
    if (page instanceof GraphError) throw page;
    for (let times = 0; times < 2; times++) {
      const second = await checks.lookAtPage(anna, T, page.nextLink, noCost());
      expect(second).toMatchObject({ entries: [{ delayedBy: null }], nextLink: null });
    }

    expect(page.entries).toHaveLength(2);
    expect(graph.reads).toHaveLength(2);
  });

  it('that many make at once goes up once', async () => {
    const { checks, clock, graph, life } = createWorld({ latencyMs: () => 300 });
    graph.begin(T, 'A', life(0, 'RUNNING'));
    const looks = Array.from({ length: 10 }, () => checks.lookAtPage(anna, T, null, noCost()));
    await clock.advance(1_000);
    await Promise.all(looks);

    expect(graph.reads).toHaveLength(1);
  });
});
