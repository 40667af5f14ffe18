import { describe, expect, it } from '@jest/globals';
import { type HeldBack } from '../../src/poll/dues.js';
import { type HostGroup } from '../../src/poll/host-group.js';
import { planChecks } from '../../src/poll/plan.js';
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

const plan = (group: HostGroup): string[] =>
  planChecks(group, NOW, TIMES, free)
    .map(({ caller, job }) => `${caller.scope}: ${job.refs.map(({ operationId }) => operationId).join('')} ${job.list}`)
    .sort();

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

  it('take a second token only for what the first may not see', () => {
    const group = createGroup(T, [due('A', { anna: 50_000 }), due('B', { anna: 45_000 }), due('C', { ben: 45_000 })]);
    expect(plan(group)).toEqual(['anna: AB ifCheaper', 'ben: C ifCheaper']);
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
