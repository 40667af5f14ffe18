import { describe, expect, it } from '@jest/globals';
import { createRef, listPath } from '../../src/operation/ref.js';
import { type HeldBack } from '../../src/poll/dues.js';
import { planChecks, type HostGroup } from '../../src/poll/plan.js';
import { createGroup, createLister, createListStand, createStand, createWatch, heldAt } from './polling-states.js';
import { team, TIMES } from './world.js';

const T = team('T');
const NOW = 1_000_000;
const free: HeldBack = () => null;

/** A watch that is due, with scopes that read it so long ago; null for one that never did. */
function due(id: string, ages: Record<string, number | null>) {
  const watch = createWatch(T, id, heldAt(['RUNNING'], NOW - 40_000), []);
  for (const [name, age] of Object.entries(ages)) {
    const stand = createStand(name, watch, { readAt: age === null ? null : NOW - age });
    watch.stands.set(stand.caller.scope, stand);
  }
  return watch;
}

const plan = (group: HostGroup, heldBack: HeldBack = free): string[] =>
  planChecks(group, NOW, TIMES, heldBack)
    .map(({ caller, job: { refs, others = [], list } }) => {
      const besides = others.map((location) => location.slice(-1)).sort();
      const line = `${caller.scope}: ${refs.map(({ operationId }) => operationId).join('')} ${list}`;
      return besides.length === 0 ? line : `${line}, with ${besides.join('')}`;
    })
    .sort();

/** Another process watches this operation, and checked it so long ago. */
function withCompany(group: HostGroup, id: string, ageMs: number): HostGroup {
  const { location } = createRef(T, id);
  group.company.set(location, { checkedAt: NOW - ageMs, until: NOW + 1 });
  return group;
}

describe('the reads of a host', () => {
  it('are made with as few tokens as can make them', () => {
    const group = createGroup(T, [
      due('A', { anna: 50_000, cleo: 45_000 }),
      due('B', { ben: 50_000, cleo: 45_000 }),
      due('C', { anna: 50_000, cleo: 45_000 }),
    ]);
    expect(plan(group)).toEqual(['cleo: ABC ifCheaper']);
  });

  it('are made among equals with the token whose proof is oldest', () => {
    const group = createGroup(T, [due('A', { anna: 45_000, ben: 50_000 })]);
    expect(plan(group)).toEqual(['ben: A ifCheaper']);
  });

  const severally = (ages: { readonly anna: number; readonly ben: number }): HostGroup =>
    createGroup(T, [due('A', { anna: ages.anna }), due('B', { anna: ages.anna }), due('C', { ben: ages.ben })]);

  it('are one list with one token, which may tell of what others have proved as well', () => {
    expect(plan(severally({ anna: 50_000, ben: 45_000 }))).toEqual(['anna: AB ifCheaper, with C']);
  });

  it('take a second token only for what the first one’s list has not told of', () => {
    const group = severally({ anna: 50_000, ben: 45_000 });
    group.sharedList.triedAt = NOW - 200;
    expect(plan(group)).toEqual(['anna: AB ifCheaper', 'ben: C ifCheaper']);
  });

  it('are a list with a token that it is not too early for, nor refused', () => {
    const group = severally({ anna: 50_000, ben: 45_000 });
    const refused: HeldBack = ({ scope }, location) => (scope === 'anna' && location === listPath(T) ? NOW + 1 : null);
    expect(plan(group, refused)).toEqual(['ben: C ifCheaper, with AB']);

    const early = due('D', { anna: 29_999 });
    early.held = heldAt(['RUNNING'], NOW - 29_999);
    const watches = [...group.watches.values(), early];
    expect(plan(createGroup(T, watches))).toEqual(['ben: C ifCheaper, with ABD']);
  });

  it('are a list where others watch something of the host in another process that is due, or about to be', () => {
    const lone = (): HostGroup => createGroup(T, [due('A', { anna: 50_000 })]);
    expect(plan(withCompany(lone(), 'B', 28_500))).toEqual(['anna: A ifCheaper, with B']);
    expect(plan(withCompany(lone(), 'B', 20_000))).toEqual(['anna: A ifCheaper']);
  });

  it('are a list for a renewal that is the next check of the others, if somewhat early', () => {
    const renewed = (): HostGroup => {
      const watch = due('A', { anna: 95_000, ben: 5_000 });
      watch.held = heldAt(['RUNNING'], NOW - 5_000);
      return createGroup(T, [watch]);
    };
    expect(plan(withCompany(renewed(), 'B', 20_000))).toEqual(['anna: A ifCheaper, with B']);
    expect(plan(withCompany(renewed(), 'B', 10_000))).toEqual(['anna: A ifCheaper']);
  });

  it('are none while the list that serves all is under way, or awaited from another process', () => {
    const group = severally({ anna: 50_000, ben: 45_000 });
    for (const awaitedUntil of [Infinity, NOW + 1]) {
      group.sharedList.awaitedUntil = awaitedUntil;
      expect(plan(group)).toEqual([]);
    }
    const unproved = due('D', { ben: null });
    group.watches.set(unproved.ref.location, unproved);
    expect(plan(group)).toEqual(['ben: D ifCheaper']);
    group.sharedList.awaitedUntil = NOW;
    expect(plan(group)).toContain('anna: AB ifCheaper, with C');
  });

  it('are made by a scope itself that has no proof, and then serve all', () => {
    const group = createGroup(T, [due('A', { anna: 50_000, ben: null })]);
    expect(plan(group)).toEqual(['ben: A ifCheaper']);
  });

  it('are made for each scope whose proof is about to end', () => {
    const group = createGroup(T, [due('A', { anna: 95_000, ben: 100_000, cleo: 50_000 })]);
    expect(plan(group)).toEqual(['anna: A ifCheaper', 'ben: A ifCheaper']);
  });

  it('go along with a list that is read anyway, where its reader takes part in them', () => {
    const lister = createLister([createListStand('anna', { listedAt: NOW - 40_000 })], NOW - 40_000);
    const group = createGroup(T, [due('A', { anna: 45_000, ben: 50_000 }), due('B', { ben: 50_000 })], lister);
    expect(plan(group)).toEqual(['anna: A due']);
  });

  it('begin with a list that is asked for, where a scope has not read it yet', () => {
    const lister = createLister([createListStand('anna')], null);
    expect(plan(createGroup(T, [], lister))).toEqual(['anna:  asked']);
  });

  it('are none while the list is under way, but for what nobody else can prove', () => {
    const lister = createLister([createListStand('anna', { checking: true })], NOW - 40_000);
    const group = createGroup(T, [due('A', { anna: 45_000 }), due('B', { ben: null })], lister);
    expect(plan(group)).toEqual(['ben: B ifCheaper']);
  });

  it('are none when nothing is due', () => {
    const watch = due('A', { anna: 1_000 });
    watch.held = heldAt(['RUNNING'], NOW - 1_000);
    expect(plan(createGroup(T, [watch]))).toEqual([]);
  });
});
