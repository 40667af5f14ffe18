import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../../src/lib/log.js';
import { GraphError, type Reason } from '../../src/operation/failure.js';
import { createRef } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { printDenial } from '../../src/poll/denial.js';
import { type Notices } from '../../src/poll/ports.js';
import { createProofs } from '../../src/poll/proofs.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createFakeClock } from '../support/fake-clock.js';
import { errorOf } from './model-graph.js';
import { caller, team, TIMES } from './world.js';

const { intervalMs, proofMs } = TIMES;
const T = team('T');
const [A, B] = [createRef(T, 'A'), createRef(T, 'B')];
const elsewhere = createRef(team('U'), 'C');
const [anna, ben] = [caller('anna'), caller('ben')];

/** Proofs that begin to be made now; times are ms from then. */
function open() {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const { proofs: store, notices } = createMemoryStore(clock);
  const proofs = createProofs({ store, notices, clock, log: silentLog, intervalMs, proofMs });
  return {
    clock,
    proofs,
    /** A successful read. */
    read: ({ scope }: Caller, { host, location }: typeof A, at = 0) =>
      proofs.add(scope, host, [location], startedAt + at),
    fail: (who: Caller, ref: typeof A, sentAt: number, reason: Reason) =>
      proofs.hearFailure(who, ref.host, ref, startedAt + sentAt, errorOf(reason)),
    failList: (who: Caller, sentAt: number, reason: Reason) =>
      proofs.hearFailure(who, T, null, startedAt + sentAt, errorOf(reason)),
    /** Which of these operations the caller's reads still prove. */
    proved: async (who: Caller) => {
      const refs = [A, B, elsewhere];
      const worth = await proofs.of(who, refs);
      return refs.filter((_, at) => worth[at]?.provedAt != null).map(({ operationId }) => operationId);
    },
    speaks: (who: Caller, at = 0) => proofs.speaksFor(who, T, startedAt + at),
    said: (who: Caller, at = 0): Reason => proofs.refusalOf(who, T, startedAt + at).reason,
  };
}

async function openProved() {
  const all = open();
  for (const ref of [A, B, elsewhere]) for (const who of [anna, ben]) await all.read(who, ref);
  await all.clock.advance(1_000);
  return all;
}

describe('what a failed read disproves', () => {
  it.each<{ what: string; reason: Reason; left: string[]; list: boolean }>([
    { what: 'all of its host', reason: { kind: 'forbidden' }, left: ['C'], list: false },
    { what: 'this one operation', reason: { kind: 'notFound' }, left: ['B', 'C'], list: true },
    { what: 'everything', reason: { kind: 'unauthenticated' }, left: [], list: false },
    { what: 'nothing', reason: { kind: 'unavailable' }, left: ['A', 'B', 'C'], list: true },
    { what: 'nothing', reason: { kind: 'throttled', retryAfterMs: 1 }, left: ['A', 'B', 'C'], list: true },
    { what: 'nothing', reason: { kind: 'overBudget', retryAfterMs: 1 }, left: ['A', 'B', 'C'], list: true },
    { what: 'nothing', reason: { kind: 'malformed', detail: 'x' }, left: ['A', 'B', 'C'], list: true },
  ])('is $what: $reason.kind', async ({ reason, left, list }) => {
    const { fail, proved, speaks } = await openProved();
    await fail(anna, A, 500, reason);
    expect(await proved(anna)).toEqual(left);
    expect(await speaks(anna)).toBe(list);
    expect(await proved(ben)).toEqual(['A', 'B', 'C']); // of nobody else
    expect(await speaks(ben)).toBe(true);
  });

  it('is all of a host where its list is not found', async () => {
    const { failList, proved, speaks } = await openProved();
    await failList(anna, 500, { kind: 'notFound' });
    expect(await proved(anna)).toEqual(['C']);
    expect(await speaks(anna)).toBe(false);
  });

  it('is nothing to another token of the same caller, where it was this token that was refused', async () => {
    const { fail, proved, speaks } = await openProved();
    const other = { ...anna, credential: 'another token' };
    await fail(anna, A, 500, { kind: 'unauthenticated' });
    expect([await proved(anna), await speaks(anna)]).toEqual([[], false]);
    expect([await proved(other), await speaks(other)]).toEqual([['A', 'B', 'C'], true]);
    await fail(anna, A, 500, { kind: 'forbidden' });
    expect([await proved(other), await speaks(other)]).toEqual([['C'], false]);
  });

  it('is nothing where the gateway reads in its own name and a caller’s token has ended', async () => {
    const { fail, proved, speaks } = await openProved();
    await fail({ ...anna, graphSees: 'gateway' }, A, 500, { kind: 'unauthenticated' });
    expect(await proved(anna)).toEqual(['A', 'B', 'C']);
    expect(await speaks(anna)).toBe(true);
    await fail({ ...anna, graphSees: 'gateway' }, A, 500, { kind: 'forbidden' });
    expect(await proved(anna)).toEqual(['C']);
  });

  it.each<Reason>([{ kind: 'forbidden' }, { kind: 'notFound' }, { kind: 'unauthenticated' }])(
    'is not what was answered after it was sent, not in the same moment either: $kind',
    async (reason) => {
      const { fail, read, proved, speaks } = await openProved();
      await read(anna, A, 700);
      await fail(anna, A, 700, reason);
      expect(await proved(anna)).toContain('A');
      expect(await speaks(anna, 700)).toBe(true);
      await fail(anna, A, 701, reason);
      expect(await proved(anna)).not.toContain('A');
      expect(await speaks(anna, 700)).toBe(reason.kind === 'notFound');
    },
  );

  it('stays disproved when a refusal comes that was sent earlier', async () => {
    const { fail, read, proved } = await openProved();
    await read(anna, A, 300);
    await fail(anna, A, 400, { kind: 'forbidden' });
    await fail(anna, A, 200, { kind: 'forbidden' });
    expect(await proved(anna)).toEqual(['C']);
  });

  it('is proved by the next read that succeeds', async () => {
    const { fail, read, proved } = await openProved();
    await fail(anna, A, 500, { kind: 'unauthenticated' });
    await read(anna, A, 1_000);
    expect(await proved(anna)).toEqual(['A']);
  });

  it('stays disproved for as long as it would have counted', async () => {
    const { clock, read, fail, proved } = await openProved();
    await read(anna, A, 400);
    await fail(anna, A, 500, { kind: 'forbidden' });
    await clock.advance(proofMs - 1_000 + 399);
    expect(await proved(anna)).toEqual([]);
    expect(await proved(ben)).toEqual([]); // and as good as forgotten
  });
});

describe('when something was read', () => {
  it('is known where it proves nothing any more', async () => {
    const { proofs, fail } = await openProved();
    const [before] = await proofs.of(anna, [A]);
    await fail(anna, A, 500, { kind: 'forbidden' });
    const [after] = await proofs.of(anna, [A]);
    expect(after).toEqual({ readAt: before?.readAt, provedAt: null });
    expect(await proofs.hostsReadAt(anna.scope, [T])).toEqual([before?.readAt]);
  });

  it('is known for the interval where a proof counts for less', async () => {
    const clock = createFakeClock();
    const { proofs: store, notices } = createMemoryStore(clock);
    const proofs = createProofs({ store, notices, clock, log: silentLog, intervalMs, proofMs: intervalMs / 2 });
    await proofs.add(anna.scope, T, [A.location], clock.now());
    await clock.advance(intervalMs - 1);
    expect((await proofs.of(anna, [A]))[0]?.readAt).not.toBeNull();
  });
});

describe('a denial that another process tells of', () => {
  it('is noted here too, for the time when this process is without the others', async () => {
    const clock = createFakeClock();
    const { proofs: store } = createMemoryStore(clock);
    let tell: (notice: Readonly<Record<string, unknown>>) => void = () => undefined;
    const notices: Notices = { tell: () => undefined, hear: (_topic, listener) => (tell = listener) };
    const proofs = createProofs({ store, notices, clock, log: silentLog, intervalMs, proofMs });
    await proofs.add(anna.scope, T, [A.location], clock.now());
    await clock.advance(1_000);
    const error = errorOf({ kind: 'forbidden' });
    const denial = { scope: anna.scope, location: T.location, credential: 'anna', sentAt: clock.now(), error };
    tell(printDenial(denial, clock) ?? {});
    await clock.advance(0);

    expect((await proofs.of(anna, [A]))[0]?.provedAt).toBeNull();
    expect((await store.get(anna.scope, [`denied ${T.location}`]))[0]).toBe(clock.now());
  });
});

describe('what is said of something that may not be read again yet', () => {
  it('is Graph’s refusal of the token, to whoever comes with that token', async () => {
    const { fail, said } = await openProved();
    await fail(anna, elsewhere, 500, { kind: 'unauthenticated', claims: 'eyJ4Ijoxfq' });
    expect(said(anna)).toEqual({ kind: 'unauthenticated', claims: 'eyJ4Ijoxfq' });
    expect(said({ ...anna, credential: 'another token' })).toMatchObject({ kind: 'overBudget' });
    expect(said({ ...ben, credential: anna.credential })).toMatchObject({ kind: 'overBudget' });
  });

  it('is Graph’s refusal of the host, to that caller with any token', async () => {
    const { fail, said } = await openProved();
    await fail(anna, A, 500, { kind: 'forbidden' });
    expect(said(anna)).toEqual({ kind: 'forbidden' });
    expect(said({ ...anna, credential: 'another token' })).toEqual({ kind: 'forbidden' });
    expect(said(ben)).toMatchObject({ kind: 'overBudget' });
  });

  it('is otherwise when that may be', async () => {
    const { clock, said } = open();
    await clock.advance(1_000);
    expect(said(anna)).toEqual({ kind: 'overBudget', retryAfterMs: intervalMs - 1_000 });
    await clock.advance(intervalMs);
    expect(said(anna)).toEqual({ kind: 'overBudget', retryAfterMs: 0 });
  });

  it.each(['after the interval', 'when all is over'])('is forgotten %s', async (when) => {
    const { clock, proofs, fail, said } = await openProved();
    await fail(anna, A, 500, { kind: 'forbidden' });
    await fail(anna, A, 500, { kind: 'unauthenticated' });
    if (when === 'when all is over') proofs.close();
    else await clock.advance(intervalMs);
    expect(said(anna)).toMatchObject({ kind: 'overBudget' });
  });
});

describe('whoever listens', () => {
  it('hears of each withdrawal whose it is, of what, and why, and of nothing else', async () => {
    const { proofs, fail, failList } = await openProved();
    const heard: unknown[] = [];
    proofs.onDenial(({ scope, location, credential, error }) => {
      expect(error).toBeInstanceOf(GraphError);
      heard.push([scope, location, credential, error.reason.kind]);
    });
    await fail(anna, A, 500, { kind: 'unavailable' });
    await fail(anna, A, 500, { kind: 'notFound' });
    await fail(anna, A, 500, { kind: 'forbidden' });
    await failList(ben, 500, { kind: 'notFound' });
    await fail(ben, A, 500, { kind: 'unauthenticated' });
    expect(heard).toEqual([
      [anna.scope, A.location, anna.credential, 'notFound'],
      [anna.scope, T.location, anna.credential, 'forbidden'],
      [ben.scope, T.location, ben.credential, 'notFound'],
      [ben.scope, null, ben.credential, 'unauthenticated'],
    ]);
  });
});

describe('a link to a further page', () => {
  it('is good for the caller that Graph gave it to, for an hour', async () => {
    const { clock, proofs } = open();
    await proofs.addLink(anna.scope, '/next', clock.now());
    expect(await proofs.hasLink(anna.scope, '/next')).toBe(true);
    expect(await proofs.hasLink(ben.scope, '/next')).toBe(false);
    expect(await proofs.hasLink(anna.scope, '/other')).toBe(false);
    await clock.advance(3_600_000);
    expect(await proofs.hasLink(anna.scope, '/next')).toBe(false);
  });
});
