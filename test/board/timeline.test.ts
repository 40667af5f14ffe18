import { describe, expect, it } from '@jest/globals';
import { pictureOf, timelineOf } from '../../src/board/domain/timeline.js';
import { at, operation, s } from './operations.js';

const sight = (seconds: number, checks: readonly number[] = []) => ({
  now: s(seconds),
  intervalMs: 31_000,
  checks: checks.map(s),
});

describe('the timeline of an operation', () => {
  const moved = operation({
    state: 'RUNNING',
    history: [
      { to: 'NOT_STARTED', observedAt: at(0) },
      { to: 'RUNNING', observedAt: at(31) },
    ],
    checkedAt: at(62),
    nextCheckAt: at(93),
  });

  it('knows of each state when it was found, and how early it can have begun', () => {
    const { stretches } = timelineOf(moved, sight(70));
    expect(stretches).toEqual([
      {
        state: 'NOT_STARTED',
        startAt: s(0),
        earliestAt: s(0),
        endAt: s(31),
        isOpen: false,
        lasted: { leastMs: 0, mostMs: 31_000 },
      },
      { state: 'RUNNING', startAt: s(31), earliestAt: s(0), endAt: s(70), isOpen: true, lasted: null },
    ]);
  });

  it('is as sure as the last check that found the old state, where it heard of that', () => {
    const [first, second] = timelineOf(moved, sight(70, [0, 20, 31, 62])).stretches;
    expect(second?.earliestAt).toBe(s(20));
    expect(first?.lasted).toEqual({ leastMs: 20_000, mostMs: 31_000 });
  });

  it('counts no check before the state began, nor the one that found the next', () => {
    const [, second] = timelineOf(moved, sight(70, [-50, 31, 62])).stretches;
    expect(second?.earliestAt).toBe(s(0));
  });

  it('begins where Graph says that the operation did, unseen until the first check', () => {
    const { stretches, startAt } = timelineOf({ ...moved, createdDateTime: at(-120) }, sight(70));
    expect(startAt).toBe(s(-120));
    expect(stretches[0]).toMatchObject({ state: null, startAt: s(-120), endAt: s(0) });
    expect(timelineOf({ ...moved, createdDateTime: at(-0.2) }, sight(70)).stretches[0]?.state).toBe('NOT_STARTED');
  });

  it('takes two of the same in a row for one', () => {
    const again = operation({
      history: [
        { to: 'RUNNING', observedAt: at(0) },
        { to: 'RUNNING', observedAt: at(31) },
      ],
      checkedAt: at(31),
    });
    expect(timelineOf(again, sight(40)).stretches).toHaveLength(1);
  });

  it('has the state now, also where nothing of it is kept', () => {
    const bare = operation({ state: 'FAILED', terminal: true, history: [], checkedAt: at(5) });
    expect(timelineOf(bare, sight(70)).stretches).toMatchObject([{ state: 'FAILED', startAt: s(5), isOpen: false }]);
  });
});

describe('the picture of a timeline', () => {
  const ended = operation({
    state: 'SUCCEEDED',
    terminal: true,
    history: [
      { to: 'RUNNING', observedAt: at(0) },
      { to: 'SUCCEEDED', observedAt: at(90) },
    ],
    checkedAt: at(90),
  });

  it('gives an end a width of its own, after everything else', () => {
    const { bars, nowX, nextCheckX, checkX } = pictureOf(timelineOf(ended, sight(500)));
    expect(bars.map(({ x, width }) => [x, Number(width.toFixed(3))])).toEqual([
      [0, 0.9],
      [0.9, 0.1],
    ]);
    expect({ nowX, nextCheckX, checkX }).toEqual({ nowX: null, nextCheckX: null, checkX: 0.9 });
  });

  it('has a soft edge of one interval before each change', () => {
    const [, end] = pictureOf(timelineOf(ended, sight(500))).bars;
    expect(end?.softX).toBeCloseTo(((90 - 31) / 90) * 0.9);
  });

  it('goes on to the next check, and past it while that is late', () => {
    const running = operation({
      history: [{ to: 'RUNNING', observedAt: at(0) }],
      checkedAt: at(31),
      nextCheckAt: at(62),
    });
    const early = pictureOf(timelineOf(running, sight(46.5)));
    expect([early.checkX, early.nowX, early.nextCheckX]).toEqual([0.5, 0.75, 1]);
    const late = pictureOf(timelineOf(running, sight(124)));
    expect([late.checkX, late.nextCheckX, late.nowX]).toEqual([0.25, 0.5, 1]);
  });

  it('draws days that nobody saw shorter than they were, and says so', () => {
    const found = { ...ended, createdDateTime: at(-86_400) };
    const { bars, isCut } = pictureOf(timelineOf(found, sight(500)));
    expect(isCut).toBe(true);
    expect(bars[0]?.width).toBeCloseTo(0.16 * 0.9);
    const lately = pictureOf(timelineOf({ ...ended, createdDateTime: at(-10) }, sight(500)));
    expect(lately.isCut).toBe(false);
    expect(lately.bars[0]?.width).toBeCloseTo(0.1 * 0.9);
  });

  it.each([
    { what: 'found at its end', history: [{ to: 'SUCCEEDED' as const, observedAt: at(0) }], terminal: true },
    { what: 'found just now', history: [{ to: 'RUNNING' as const, observedAt: at(0) }], terminal: false },
  ])('stays within its frame: $what', ({ history, terminal }) => {
    for (const createdDateTime of [null, at(-60), at(60)]) {
      const one = { ...operation({ history, terminal, checkedAt: at(0) }), createdDateTime };
      for (const { x, width, softX } of pictureOf(timelineOf(one, sight(0))).bars) {
        expect(x).toBeGreaterThanOrEqual(0);
        expect(width).toBeGreaterThanOrEqual(0);
        expect(softX).toBeLessThanOrEqual(x);
        expect(x + width).toBeLessThanOrEqual(1.000001);
      }
    }
  });
});
