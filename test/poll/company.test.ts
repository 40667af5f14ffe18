import { describe, expect, it } from '@jest/globals';
import { createRef } from '../../src/operation/ref.js';
import { nextChecks, noteCompany, parseCompany, printCompany, type CompanyNotice } from '../../src/poll/company.js';
import { createFakeClock } from '../support/fake-clock.js';
import { createGroup, createStand, createWatch, heldAt } from './polling-states.js';
import { team } from './world.js';

const T = team('T');
const NOW = 1_000_000;
const INTERVAL_MS = 30_000;
const clock = createFakeClock(NOW);
const location = (id: string): string => createRef(T, id).location;

function watch(id: string, ageMs: number, states: Parameters<typeof heldAt>[0] = ['RUNNING']) {
  const made = createWatch(T, id, heldAt(states, NOW - ageMs), []);
  const stand = createStand('anna', made, { readAt: NOW - ageMs });
  made.stands.set(stand.caller.scope, stand);
  return made;
}

function told(...entries: CompanyNotice['watched']): CompanyNotice {
  return { host: T.location, watched: entries };
}

describe('what a process tells others of a host', () => {
  it('is what somebody watches there, and how long ago that was checked', () => {
    const unread = createWatch(T, 'B', null, []);
    const over = watch('C', 1_000, ['SUCCEEDED']);
    const left = watch('D', 1_000);
    for (const stand of left.stands.values()) stand.seats.clear();
    const notice = printCompany(createGroup(T, [watch('A', 5_000), unread, over, left]), clock);

    expect(notice).toEqual(told([location('A'), 5_000]));
    expect(parseCompany(JSON.parse(JSON.stringify(notice)))).toEqual(notice);
  });

  it('is nothing where nobody watches any of it', () => {
    expect(printCompany(createGroup(T, []), clock)).toBeNull();
  });

  it('is no longer than it takes for a list to be worth it', () => {
    const watches = Array.from({ length: 30 }, (_, at) => watch(`O${at}`, 1_000));
    expect(printCompany(createGroup(T, watches), clock)?.watched).toHaveLength(11);
  });

  it.each([
    null,
    'A',
    {},
    { host: 1, watched: [] },
    { host: T.location, watched: {} },
    { host: T.location, watched: [['A']] },
    { host: T.location, watched: [[1, 1]] },
    { host: T.location, watched: [['A', '1']] },
    { host: T.location, watched: [['A', -1]] },
    { host: T.location, watched: Array.from({ length: 12 }, () => ['A', 1]) },
  ])('is not believed where it is no such notice: %j', (notice) => {
    expect(parseCompany(notice)).toBeNull();
  });
});

describe('the checks of a host', () => {
  it('are those of what is watched here and of what others watch, until they say so no more', () => {
    const group = createGroup(T, [watch('A', 5_000)]);
    noteCompany(group.company, told([location('A'), 20_000], [location('B'), 10_000]), NOW, 60_000);

    expect([...nextChecks(group, NOW, INTERVAL_MS)]).toEqual([
      [location('A'), NOW + 25_000],
      [location('B'), NOW + 20_000],
    ]);
    expect([...nextChecks(group, NOW + 60_000, INTERVAL_MS)]).toEqual([[location('A'), NOW + 25_000]]);

    noteCompany(group.company, told([location('C'), 0]), NOW + 60_000, 60_000);
    expect([...group.company.keys()]).toEqual([location('C')]);
  });

  it('are kept of so many that others told of, and no more', () => {
    const group = createGroup(T, []);
    for (let at = 0; at < 1_000; at++) noteCompany(group.company, told([location(`O${at}`), 0]), NOW, 60_000);
    expect(group.company.size).toBe(110);

    noteCompany(group.company, told([location('O0'), 0]), NOW + 30_000, 60_000);
    noteCompany(group.company, told([location('P'), 0]), NOW + 60_000, 60_000);
    expect([...group.company.keys()]).toEqual([location('O0'), location('P')]);
  });
});
