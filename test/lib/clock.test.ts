import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';

import { sleepUntil, systemClock, type Clock } from '../../src/lib/clock.js';
import { createFakeClock, settle } from '../support/fake-clock.js';

describe("the machine's clock", () => {
  it('tells whole milliseconds, near the wall clock, and never runs backwards', () => {
    const times = Array.from({ length: 10_000 }, () => systemClock.now());

    expect(times.every(Number.isInteger)).toBe(true);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000);
  });

  it('wakes once, and not before the time', async () => {
    const at = systemClock.now() + 5;
    const wokenAt = await new Promise<number>((resolve) => systemClock.wakeAt(at, () => resolve(systemClock.now())));

    expect(wokenAt).toBeGreaterThanOrEqual(at);
  });
});

/** Node's timers and its monotonic counter in our hands, apart from one another: a timer may be early. */
describe("the machine's clock over timers that are given", () => {
  let elapsedMs = 0;
  const wokenAt: number[] = [];
  const wake = (): void => void wokenAt.push(elapsedMs);
  const inMs = (ms: number): number => Math.floor(performance.timeOrigin) + ms;

  /** Both go on; the timers are ahead of the counter by `earlyMs`. */
  function goOn(ms: number, earlyMs = 0): void {
    elapsedMs += ms - earlyMs;
    jest.advanceTimersByTime(ms);
    elapsedMs += earlyMs;
  }

  beforeEach(() => {
    elapsedMs = 0;
    wokenAt.length = 0;
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'queueMicrotask', 'setImmediate'] });
    const fraction = performance.timeOrigin % 1;
    jest.spyOn(performance, 'now').mockImplementation(() => elapsedMs - fraction + 0.5);
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('wakes when the time is there, once', () => {
    systemClock.wakeAt(inMs(100), wake);

    goOn(99);
    expect(wokenAt).toEqual([]);
    goOn(1);
    goOn(1_000);
    expect(wokenAt).toEqual([100]);
  });

  it('waits on when a timer fires early', () => {
    systemClock.wakeAt(inMs(100), wake);

    goOn(100, 1);
    expect(wokenAt).toEqual([]);
    goOn(1);
    expect(wokenAt).toEqual([101]);
  });

  it('wakes at once, but never within the call, for a time that is past', () => {
    systemClock.wakeAt(inMs(-5_000), wake);
    expect(wokenAt).toEqual([]);

    goOn(1);
    expect(wokenAt).toEqual([1]);
  });

  it('reaches a time that is farther off than a timer of Node goes', () => {
    const days40 = 40 * 24 * 3_600_000;
    systemClock.wakeAt(inMs(days40), wake);

    goOn(2 ** 31 - 1);
    goOn(days40 - 2 ** 31);
    expect(wokenAt).toEqual([]);
    goOn(1);
    expect(wokenAt).toEqual([days40]);
  });

  it('lets itself be cancelled, also twice, also after it woke', () => {
    const cancel = systemClock.wakeAt(inMs(100), wake);
    cancel();
    cancel();
    goOn(1_000);
    expect(wokenAt).toEqual([]);

    const cancelLate = systemClock.wakeAt(inMs(1_100), wake);
    goOn(100);
    cancelLate();
    expect(wokenAt).toEqual([1_100]);
  });

  it('lets itself be cancelled between two steps of one wait', () => {
    const cancel = systemClock.wakeAt(inMs(100), wake);
    goOn(100, 1);
    cancel();
    goOn(1_000);

    expect(wokenAt).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('a sleep until a time', () => {
  it('ends at that time', async () => {
    const clock = createFakeClock(0);
    let isOver = false;
    const sleep = sleepUntil(clock, 100).then(() => (isOver = true));

    await clock.advance(99);
    expect(isOver).toBe(false);
    await clock.advance(1);
    expect(isOver).toBe(true);
    await sleep;
  });

  it('ends at once when it is aborted, and leaves no wake-up behind', async () => {
    const clock = createFakeClock(0);
    let cancelled = 0;
    const counting = {
      now: () => clock.now(),
      wakeAt(at: number, wake: () => void) {
        const cancel = clock.wakeAt(at, wake);
        return () => {
          cancelled++;
          cancel();
        };
      },
    };
    const controller = new AbortController();
    const sleep = sleepUntil(counting, 100, controller.signal);

    controller.abort();
    await sleep;
    expect(clock.now()).toBe(0);
    expect(cancelled).toBe(1);
  });

  it('does not begin when it was aborted before', async () => {
    const begun: number[] = [];
    const clock: Clock = {
      now: () => 0,
      wakeAt(at) {
        begun.push(at);
        return () => undefined;
      },
    };
    await sleepUntil(clock, 100, AbortSignal.abort());

    expect(begun).toEqual([]);
  });
});

describe('a clock that stands still until it is told to go', () => {
  it('wakes whoever is due, in the order of the times, each at its own time', async () => {
    const clock = createFakeClock(1_000);
    const woken: [string, number][] = [];
    const wake = (name: string) => (): void => void woken.push([name, clock.now()]);
    clock.wakeAt(1_200, wake('second'));
    clock.wakeAt(1_100, wake('first'));
    clock.wakeAt(1_200, wake('third, which came later'));
    clock.wakeAt(1_301, wake('not yet'));

    await clock.advance(300);

    expect(woken).toEqual([
      ['first', 1_100],
      ['second', 1_200],
      ['third, which came later', 1_200],
    ]);
    expect(clock.now()).toBe(1_300);
  });

  it('wakes for what is asked for on the way, too', async () => {
    const clock = createFakeClock(0);
    const woken: number[] = [];
    const every31 = (): void => {
      woken.push(clock.now());
      void Promise.resolve().then(() => clock.wakeAt(clock.now() + 31, every31));
    };
    clock.wakeAt(0, every31);

    await clock.advance(100);

    expect(woken).toEqual([0, 31, 62, 93]);
  });

  it('wakes for a time that is past without going back', async () => {
    const clock = createFakeClock(1_000);
    const woken: number[] = [];
    clock.wakeAt(10, () => void woken.push(clock.now()));

    await clock.advance(0);

    expect(woken).toEqual([1_000]);
  });

  it('never wakes what was cancelled, nor anything twice', async () => {
    const clock = createFakeClock(0);
    const woken: string[] = [];
    const cancel = clock.wakeAt(10, () => void woken.push('cancelled'));
    const cancelLate = clock.wakeAt(20, () => void woken.push('woken'));
    cancel();
    cancel();

    await clock.advance(50);
    cancelLate();
    await clock.advance(50);

    expect(woken).toEqual(['woken']);
  });

  it('lets promises settle that hang on one another', async () => {
    let depth = 0;
    const descend = async (): Promise<void> => {
      for (; depth < 50; depth++) await Promise.resolve();
    };
    void descend();
    await settle();

    expect(depth).toBe(50);
  });
});
