import { describe, expect, it } from '@jest/globals';
import { type Reason } from '../../src/operation/failure.js';
import { createFailures, remaining } from '../../src/poll/failures.js';
import { createFakeClock } from '../support/fake-clock.js';
import { errorOf } from './model-graph.js';
import { caller } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const PATH = '/v1.0/teams/T/operations/O';
const INTERVAL_MS = 30_000;

function remember(chance = 0) {
  const clock = createFakeClock(1_000_000);
  return { clock, failures: createFailures({ clock, random: () => chance, intervalMs: INTERVAL_MS }) };
}

/** The delays after so many failures in a row, each made when the last delay was over. */
async function delays(reason: Reason, count: number, chance = 0): Promise<number[]> {
  const { clock, failures } = remember(chance);
  const all: number[] = [];
  for (let at = 0; at < count; at++) {
    const { until } = failures.record(anna, PATH, errorOf(reason));
    all.push(until - clock.now());
    await clock.advance(until - clock.now());
  }
  return all;
}

describe('a read that failed', () => {
  it('is tried again after a delay that doubles with each failure, to three minutes', async () => {
    expect(await delays({ kind: 'unavailable' }, 9)).toEqual([
      3_000, 6_000, 12_000, 24_000, 48_000, 96_000, 120_000, 120_000, 120_000,
    ]);
  });

  it('is put off by chance to half as long again, and never beyond three minutes', async () => {
    const latest = await delays({ kind: 'unavailable' }, 9, 0.999_999);
    expect(latest.map(Math.round)).toEqual([4_500, 9_000, 18_000, 36_000, 72_000, 144_000, 180_000, 180_000, 180_000]);
    expect(Math.max(...latest)).toBeLessThanOrEqual(180_000);
  });

  it.each([0.5, 1_250, 86_400_000])('is tried again exactly when Graph said: after %d ms', async (retryAfterMs) => {
    expect(await delays({ kind: 'throttled', retryAfterMs }, 1, 0.9)).toEqual([retryAfterMs]);
  });

  it('is tried again no earlier than Graph said, and later where our own delay is longer', async () => {
    const reason: Reason = { kind: 'unavailable', retryAfterMs: 9_500 };
    expect(await delays(reason, 5)).toEqual([9_500, 9_500, 12_000, 24_000, 48_000]);
    expect(await delays(reason, 2, 0.9)).toEqual([9_500, 9_500]);
    expect(await delays({ kind: 'unavailable', retryAfterMs: 86_400_000 }, 1)).toEqual([86_400_000]);
    expect(await delays({ kind: 'notFound', retryAfterMs: 9_500 }, 1)).toEqual([INTERVAL_MS]);
    expect(await delays({ kind: 'forbidden', retryAfterMs: 40_250 }, 1)).toEqual([40_250]);
  });

  it('comes back for a place in the budget when there is one, and the later the longer it has waited in vain', async () => {
    const reason: Reason = { kind: 'overBudget', retryAfterMs: 1_000 };
    expect(await delays(reason, 3, 0)).toEqual([1_000, 1_000, 1_000]);
    expect(await delays(reason, 7, 0.5)).toEqual([1_250, 1_500, 2_000, 3_000, 5_000, 5_000, 5_000]);
  });

  it.each<Reason>([
    { kind: 'notFound' },
    { kind: 'forbidden' },
    { kind: 'unauthenticated' },
    { kind: 'refused' },
    { kind: 'malformed', detail: 'status' },
  ])('is tried again after the interval when it was $kind', async (reason) => {
    expect(await delays(reason, 3)).toEqual([INTERVAL_MS, INTERVAL_MS, INTERVAL_MS]);
  });

  it.each<Reason>([
    { kind: 'unavailable' },
    { kind: 'throttled', retryAfterMs: 5_000 },
    { kind: 'overBudget', retryAfterMs: 5_000 },
    { kind: 'notFound' },
    { kind: 'forbidden' },
    { kind: 'unauthenticated' },
    { kind: 'malformed', detail: 'status' },
  ])('holds back its own scope alone when it was $kind', (reason) => {
    const { failures } = remember();
    const failure = failures.record(anna, PATH, errorOf(reason));

    expect(failures.active(anna, PATH)).toBe(failure);
    expect(failures.active(ben, PATH)).toBeNull();
    expect(failures.active(anna, `${PATH}2`)).toBeNull();
  });

  it('holds nobody of its scope back who brings another token than the one that was refused', () => {
    const { failures } = remember();
    failures.record(anna, PATH, errorOf({ kind: 'unauthenticated' }));
    const renewed = { ...anna, credential: 'another token of anna' };
    expect(failures.active(renewed, PATH)).toBeNull();
    expect(failures.active(anna, PATH)).not.toBeNull();

    failures.record(anna, PATH, errorOf({ kind: 'forbidden' }));
    expect(failures.active(renewed, PATH)).not.toBeNull();
  });

  it('holds nobody back once its time is over, and is still counted with the next one', async () => {
    const { clock, failures } = remember();
    failures.record(anna, PATH, errorOf({ kind: 'unavailable' }));
    await clock.advance(2_999);
    expect(failures.active(anna, PATH)).not.toBeNull();
    await clock.advance(1);
    expect(failures.active(anna, PATH)).toBeNull();

    expect(failures.record(anna, PATH, errorOf({ kind: 'unavailable' })).attempts).toBe(2);
  });

  it('is forgotten when a read succeeds', () => {
    const { failures } = remember();
    failures.record(anna, PATH, errorOf({ kind: 'unavailable' }));
    failures.record(anna, PATH, errorOf({ kind: 'forbidden' }));
    failures.clear(anna.scope, PATH);

    expect(failures.active(anna, PATH)).toBeNull();
    expect(failures.record(anna, PATH, errorOf({ kind: 'unavailable' })).attempts).toBe(1);
  });

  it('is forgotten some minutes after its last one', async () => {
    const { clock, failures } = remember();
    failures.record(anna, PATH, errorOf({ kind: 'unavailable' }));
    await clock.advance(700_000);

    expect(failures.record(anna, PATH, errorOf({ kind: 'unavailable' })).attempts).toBe(1);
  });

  it('says what is left of its delay', async () => {
    const { clock, failures } = remember();
    const failure = failures.record(anna, PATH, errorOf({ kind: 'throttled', retryAfterMs: 10_000 }));
    await clock.advance(7_500);

    expect(remaining(failure, clock.now()).reason).toEqual({ kind: 'throttled', retryAfterMs: 2_500 });
    const unavailable = failures.record(ben, PATH, errorOf({ kind: 'unavailable', retryAfterMs: 1_000 }));
    expect(remaining(unavailable, clock.now()).reason).toEqual({ kind: 'unavailable', retryAfterMs: 3_000 });
    const denied = failures.record(anna, PATH, errorOf({ kind: 'forbidden' }));
    expect(remaining(denied, clock.now())).toBe(denied.error);
  });
});
