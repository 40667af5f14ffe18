import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSchedule, type Due } from '../../src/poll/schedule.js';

const due = (at: number, latestAt = at, lane = 'anna'): Due => ({ at, latestAt, lane });

const INTERVAL_MS = 31_000;

/** Hosts that first come due in parties, at such a distance, and again an interval after each read. What an interval costs. */
function playIntervals(
  parties: readonly number[],
  apartMs: number,
  intervals: number,
): { requests: number; waitedMs: number }[] {
  const schedule = createSchedule();
  const ats = new Map<string, number>();
  const put = (key: string, at: number): void => {
    ats.set(key, at);
    schedule.put(key, due(at, at + INTERVAL_MS / 3));
  };
  for (const [nth, size] of parties.entries()) {
    for (let host = 0; host < size; host++) put(`${nth}-${host}`, Math.floor(nth * apartMs));
  }
  const costs = Array.from({ length: intervals }, () => ({ requests: 0, waitedMs: 0 }));
  for (;;) {
    const now = schedule.nextWakeAt() ?? 0;
    const cost = costs[Math.floor(now / INTERVAL_MS)];
    if (cost === undefined) return costs;
    const taken = schedule.take(now);
    cost.requests += Math.ceil(taken.length / 20);
    for (const key of taken) {
      cost.waitedMs = Math.max(cost.waitedMs, now - (ats.get(key) ?? now));
      put(key, now + INTERVAL_MS);
    }
  }
}

describe('a schedule', () => {
  it('holds any number of hosts', () => {
    const schedule = createSchedule();
    for (let nth = 0; nth < 200_000; nth++) schedule.put(String(nth), due(nth % 1_000, 2_000));

    expect(schedule.nextWakeAt()).toBe(0); // a batch is full at once
    expect(schedule.take(1_000)).toHaveLength(200_000);
  });

  it.each<{ because: string; dues: Record<string, Due>; wakeAt: number; taken: string[] }>([
    { because: 'what cannot wait goes at once', dues: { a: due(5) }, wakeAt: 5, taken: ['a'] },
    { because: 'company is worth a wait', dues: { a: due(5, 9), b: due(8) }, wakeAt: 8, taken: ['a', 'b'] },
    { because: 'not beyond the patience of the first', dues: { a: due(5, 7), b: due(8) }, wakeAt: 5, taken: ['a'] },
    {
      because: 'what comes last in time is waited for',
      dues: { a: due(5, 9), b: due(6, 9), c: due(7, 12) },
      wakeAt: 7,
      taken: ['a', 'b', 'c'],
    },
    { because: 'another token is no company', dues: { a: due(5, 9), b: due(8, 8, 'ben') }, wakeAt: 5, taken: ['a'] },
    {
      because: 'an urgent one takes along what is due',
      dues: { a: due(5, 50), b: due(6) },
      wakeAt: 6,
      taken: ['a', 'b'],
    },
  ])('wakes when $because', ({ dues, wakeAt, taken }) => {
    const schedule = createSchedule();
    for (const [key, each] of Object.entries(dues)) schedule.put(key, each);

    expect(schedule.nextWakeAt()).toBe(wakeAt);
    expect(schedule.take(wakeAt - 1)).toEqual([]);
    expect(schedule.take(wakeAt).sort()).toEqual(taken);
  });

  it('waits no more once a batch is full', () => {
    const schedule = createSchedule();
    for (let at = 1; at <= 30; at++) schedule.put(`host ${at}`, due(at, 1_000));

    expect(schedule.nextWakeAt()).toBe(20);
    expect(schedule.take(20)).toHaveLength(20);
    expect(schedule.nextWakeAt()).toBe(30);
  });

  it('fills batches with what is left over, where that makes fewer of them', () => {
    const intervals = playIntervals([24, 33, 31, 12], 100, 4);

    expect(intervals.map(({ requests }) => requests)).toEqual([5, 5, 5, 5]);
    expect(intervals.map(({ waitedMs }) => waitedMs).slice(1)).toEqual([0, 0, 0]);
  });

  it('lets nobody wait interval after interval, wherever over it they are spread', () => {
    const parties = fc.array(fc.integer({ min: 1, max: 45 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(parties, (sizes) => {
        const intervals = playIntervals(sizes, INTERVAL_MS / sizes.length, 12);
        const unfilled = sizes.reduce((sum, size) => sum + Math.ceil(size / 20), 0);

        expect(intervals.at(-1)?.waitedMs).toBe(0);
        expect(intervals.at(-1)?.requests).toBeLessThanOrEqual(unfilled);
      }),
      { numRuns: 40 },
    );
  });

  it('holds the newest time of each, also under another token', () => {
    const schedule = createSchedule();
    schedule.put('a', due(5));
    schedule.put('a', due(9, 9, 'ben'));

    expect(schedule.take(5)).toEqual([]);
    expect(schedule.nextWakeAt()).toBe(9);
    expect(schedule.take(9)).toEqual(['a']);
  });

  it('forgets what is removed, and takes the removal of what it does not hold', () => {
    const schedule = createSchedule();
    schedule.put('a', due(5));
    schedule.remove('a');
    schedule.remove('b');

    expect(schedule.nextWakeAt()).toBeNull();
    expect(schedule.take(100)).toEqual([]);
  });

  it('takes everything once, never early, never later than its patience', () => {
    const entries = fc.array(
      fc.record({ at: fc.nat(100), patience: fc.nat(40), lane: fc.constantFrom('anna', 'ben') }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(entries, (list) => {
        const schedule = createSchedule();
        for (const [key, { at, patience, lane }] of list.entries())
          schedule.put(`${key}`, due(at, at + patience, lane));
        const takenAt = new Map<string, number>();
        for (let now = schedule.nextWakeAt(); now !== null; now = schedule.nextWakeAt()) {
          const taken = schedule.take(now);
          expect(taken).not.toEqual([]); // a wake-up that takes nothing would come again for ever
          for (const key of taken) {
            expect(takenAt.has(key)).toBe(false);
            takenAt.set(key, now);
          }
        }

        for (const [key, { at, patience }] of list.entries()) {
          expect(takenAt.get(`${key}`)).toBeGreaterThanOrEqual(at);
          expect(takenAt.get(`${key}`)).toBeLessThanOrEqual(at + patience);
        }
      }),
    );
  });
});
