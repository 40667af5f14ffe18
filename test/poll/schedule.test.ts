import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createSchedule, type Due } from '../../src/poll/schedule.js';

const due = (at: number, latestAt = at, lane = 'anna'): Due => ({ at, latestAt, lane });

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
