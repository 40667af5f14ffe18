import { describe, expect, it } from '@jest/globals';
import { listPath } from '../../src/operation/ref.js';
import { dueLists, dueOfHost, dueReads, type DueRead, type HeldBack } from '../../src/poll/dues.js';
import { type Along, type Stand, type Watch } from '../../src/poll/watch.js';
import { createLister, createListStand, createStand, createWatch, heldAt } from './polling-states.js';
import { team, TIMES } from './world.js';

const T = team('T');
const { intervalMs, proofMs } = TIMES;
const free: HeldBack = () => null;
const NOW = 1_000_000;

/** Stands whose proofs were read so long before now; null for none. */
function watched(
  ages: Record<string, number | null>,
  options: Partial<Stand> = {},
  states = ['RUNNING'] as const,
): Watch {
  const read = Object.values(ages).filter((age) => age !== null);
  const held = read.length === 0 ? null : heldAt(states, NOW - Math.min(...read));
  const watch = createWatch(T, 'O', held, []);
  for (const [name, age] of Object.entries(ages)) {
    const stand = createStand(name, watch, { readAt: age === null ? null : NOW - age, ...options });
    watch.stands.set(stand.caller.scope, stand);
  }
  return watch;
}

const tell = (reads: readonly DueRead<{ readonly caller: { readonly scope: string } }>[]): string[] =>
  reads.map(({ stand, at, why }) => `${stand.caller.scope} ${why} ${at - NOW}`).sort();

describe('an operation', () => {
  it.each<{ because: string; watch: Watch; due: string[] }>([
    {
      because: 'a first read gathers company for a moment',
      watch: watched({ anna: null }, { since: NOW }),
      due: ['anna first 10'],
    },
    {
      because: 'the shared check comes after the interval, the renewal before the proof ends',
      watch: watched({ anna: 1_000 }),
      due: ['anna renewal 89000', 'anna shared 29000'],
    },
    {
      because: 'the token with the oldest proof makes the shared check',
      watch: watched({ anna: 1_000, ben: 20_000 }),
      due: ['anna renewal 89000', 'ben renewal 70000', 'ben shared 29000'],
    },
    {
      because: 'a proof that is over is a first read again, and no token for the others',
      watch: watched({ anna: 1_000, ben: proofMs }, { since: NOW - proofMs }),
      due: ['anna renewal 89000', 'anna shared 29000', `ben first ${intervalMs - proofMs}`],
    },
    {
      because: 'who awaits a first event makes the shared check urgent',
      watch: watched({ anna: 40_000 }, { isAwaited: true }),
      due: ['anna first -10000', 'anna renewal 50000'],
    },
    { because: 'what is being checked is not due', watch: watched({ anna: 40_000 }, { checking: true }), due: [] },
    {
      because: 'a scope that lingers needs no renewal, and its token serves on',
      watch: watched({ anna: 1_000 }, { seats: new Set() }),
      due: ['anna shared 29000'],
    },
  ])('is due so that $because', ({ watch, due }) => {
    expect(tell(dueReads(watch, NOW, TIMES, free))).toEqual(due);
  });

  it('that is taken along is renewed, and not read by a scope that has not proved its right', () => {
    const along: Along = { company: { leader: createStand('anna', watched({})), stands: new Set() }, until: Infinity };
    const taken = (age: number | null) => watched({ anna: age }, { seats: new Set(), along });

    expect(tell(dueReads(taken(1_000), NOW, TIMES, free))).toEqual(['anna renewal 89000', 'anna shared 29000']);
    expect(tell(dueReads(taken(null), NOW, TIMES, free))).toEqual([]);
  });

  it('that has ended is read only by those who have not proved their right', () => {
    const watch = createWatch(T, 'O', heldAt(['SUCCEEDED'], NOW), []);
    for (const stand of [createStand('anna', watch, { readAt: NOW }), createStand('ben', watch, { since: NOW })]) {
      watch.stands.set(stand.caller.scope, stand);
    }

    expect(tell(dueReads(watch, NOW, TIMES, free))).toEqual(['ben first 10']);
  });

  it('is not due before a failure lets it, nor before another process is done', () => {
    const heldBack: HeldBack = ({ scope }) => (scope === 'anna' ? NOW + 100_000 : null);
    expect(tell(dueReads(watched({ anna: 1_000 }), NOW, TIMES, heldBack))).toEqual([
      'anna renewal 100000',
      'anna shared 100000',
    ]);
    const elsewhere = watched({ anna: 40_000 }, { notBefore: NOW + 1_000 });
    expect(tell(dueReads(elsewhere, NOW, TIMES, free))).toContain('anna shared 1000');
  });

  it('is renewed no sooner than the interval, even where a proof lasts no longer than that', () => {
    const times = { ...TIMES, proofMs: intervalMs };
    expect(tell(dueReads(watched({ anna: 1_000 }), NOW, times, free))).toContain('anna renewal 29000');
  });
});

describe('a list', () => {
  it('is due at once for a new scope, after the interval for all, and in time for each proof', () => {
    const lister = createLister(
      [
        createListStand('anna', { listedAt: NOW - 1_000 }),
        createListStand('ben', { listedAt: NOW - 20_000 }),
        createListStand('cleo', { since: NOW }),
      ],
      NOW - 1_000,
    );

    expect(tell(dueLists(lister, listPath(T), NOW, TIMES, free))).toEqual([
      'anna renewal 89000',
      'ben renewal 70000',
      'ben shared 29000',
      'cleo first 10',
    ]);
  });

  it('is read again by who has fallen behind another, but not within the interval', () => {
    const lister = createLister([createListStand('anna', { listedAt: NOW - 1_000, isBehind: true })], NOW);

    expect(tell(dueLists(lister, listPath(T), NOW, TIMES, free))).toContain('anna renewal 29000');
  });

  it('is not due before it would check something of the host too early', () => {
    const lister = createLister([createListStand('anna', { since: NOW, notBefore: NOW + 12_000 })], null);

    expect(tell(dueLists(lister, listPath(T), NOW, TIMES, free))).toEqual(['anna first 12000']);
  });
});

describe('a host', () => {
  const stand = createListStand('anna');
  const reads = (...entries: readonly [why: DueRead<Stand>['why'], at: number, since?: number][]) =>
    entries.map(([why, at, since]) => ({ stand, why, at, ...(since !== undefined && { since }) }));

  it.each([
    { reads: reads(), due: null, because: 'nothing is to be read' },
    { reads: reads(['first', 5]), due: [5, 5], because: 'a first read waits for nobody' },
    {
      reads: reads(['shared', 1_000]),
      due: [1_000, 11_000],
      because: 'a check waits a third of the interval for company',
    },
    {
      reads: reads(['shared', 1_000], ['shared', 15_999]),
      due: [15_999, 15_999],
      because: 'checks of one host come into step',
    },
    {
      reads: reads(['shared', 1_000], ['renewal', 16_000]),
      due: [16_000, 16_000],
      because: 'half an interval is worth it',
    },
    {
      reads: reads(['shared', 1_000], ['standby', 19_000]),
      due: [19_000, 19_000],
      because: 'so are the moments for which another process, and Graph, is waited for',
    },
    { reads: reads(['shared', 1_000], ['shared', 19_001]), due: [1_000, 11_000], because: 'more is not' },
    {
      reads: reads(['shared', 7_000, 1_000], ['shared', 19_001]),
      due: [7_000, 11_000],
      because: 'nor is it for one that had to wait for another process first',
    },
    {
      reads: reads(['shared', 25_000, 1_000], ['shared', 25_001]),
      due: [25_000, 25_000],
      because: 'one that had to wait for so long waits no more',
    },
    {
      reads: reads(['shared', 1_000], ['shared', 14_000], ['first', 9_000]),
      due: [9_000, 9_000],
      because: 'a first read takes the others along',
    },
    {
      reads: reads(['shared', 1_000], ['first', 20_000]),
      due: [1_000, 11_000],
      because: 'a later first read does not hold up a check',
    },
  ])('is due when $because', ({ reads: each, due }) => {
    const found = dueOfHost(each, TIMES);

    expect(found === null ? null : [found.at, found.latestAt]).toEqual(due);
    expect(found?.lane ?? 'anna').toBe('anna');
  });
});
