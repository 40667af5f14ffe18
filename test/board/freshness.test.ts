import { describe, expect, it } from '@jest/globals';
import {
  aheadBy,
  askedAgain,
  dueAt,
  MAX_IDS,
  nowFor,
  toAsk,
  untilNextCheckMs,
  type Asked,
} from '../../src/board/domain/freshness.js';
import { at, operation, s } from './operations.js';

const watched = operation({ checkedAt: at(0), nextCheckAt: at(31) });

describe('a look at what checks have brought', () => {
  it('is due a moment after the check, by the clock of this machine', () => {
    expect(dueAt(watched, undefined, 0)).toBe(s(32.2));
    expect(dueAt(watched, undefined, 5_000)).toBe(s(27.2));
  });

  it('is never due for what has ended, or is not checked', () => {
    expect(dueAt({ ...watched, terminal: true }, undefined, 0)).toBeNull();
    expect(dueAt(operation({ nextCheckAt: null }), undefined, 0)).toBeNull();
  });

  it('comes ever later while a check is late, and at once again after it', () => {
    let asked: Asked | undefined;
    let now = s(32.2);
    const pauses: number[] = [];
    for (let time = 0; time < 7; time++) {
      asked = askedAgain(watched, asked, now);
      const next = dueAt(watched, asked, 0) ?? NaN;
      pauses.push((next - now) / 1_000);
      now = next;
    }
    expect(pauses).toEqual([2, 4, 8, 16, 30, 30, 30]);
    const checked = operation({ checkedAt: at(130), nextCheckAt: at(161) });
    expect(dueAt(checked, asked, 0)).toBe(s(162.2));
    expect(askedAgain(checked, asked, now).times).toBe(1);
  });

  it('takes along what is due within half a second, and nothing before anything is', () => {
    const others = [31.3, 31.4, 40].map((next, index) =>
      operation({ id: `other-${index}`, checkedAt: at(0), nextCheckAt: at(next) }),
    );
    expect(toAsk([...others, watched], new Map(), { now: s(32.1), aheadMs: 0 })).toEqual([]);
    expect(toAsk([...others, watched], new Map(), { now: s(32.2), aheadMs: 0 }).map(({ id }) => id)).toEqual([
      'one',
      'other-0',
      'other-1',
    ]);
  });

  it('asks for no more at once than the gateway answers', () => {
    const many = Array.from({ length: 250 }, (_, index) => ({ ...watched, id: String(index) }));
    expect(toAsk(many, new Map(), { now: s(60), aheadMs: 0 })).toHaveLength(MAX_IDS);
  });

  it('finds no check in the future, however lately it was told of', () => {
    expect(nowFor(operation({ checkedAt: at(31) }), s(30.4), 0)).toBe(s(31));
    expect(nowFor(operation({ checkedAt: at(31) }), s(30), 2_000)).toBe(s(32));
  });

  it('finds out how far the clock of the gateway is ahead', () => {
    expect(aheadBy({ ...watched.freshness, ageSeconds: 12 }, s(10))).toBe(2_000);
  });
});

describe('the time until the next check', () => {
  const up = { now: s(10), intervalMs: 31_000, isConnected: true };

  it.each([
    { what: 'planned', told: { nextCheckAt: at(15) }, leftMs: 5_000 },
    { what: 'not planned yet', told: {}, leftMs: 21_000 },
    { what: 'to be made by now', told: { nextCheckAt: at(8) }, leftMs: -2_000 },
    { what: 'not needed any more', told: { terminal: true }, leftMs: null },
  ])('is $leftMs ms where it is $what', ({ told, leftMs }) => {
    expect(untilNextCheckMs(operation(told), up)).toBe(leftMs);
  });

  it('is said by nobody while the connection is lost', () => {
    for (const nextCheckAt of [at(8), at(15)]) {
      expect(untilNextCheckMs(operation({ nextCheckAt }), { ...up, isConnected: false })).toBeNull();
    }
  });
});
