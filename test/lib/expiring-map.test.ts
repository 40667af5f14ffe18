import { describe, expect, it } from '@jest/globals';
import { createExpiringMap } from '../../src/lib/expiring-map.js';
import { createFakeClock } from '../support/fake-clock.js';

const START = 1_000_000;

describe('a map whose entries end by themselves', () => {
  it('holds an entry to its time and not beyond', async () => {
    const clock = createFakeClock(START);
    const map = createExpiringMap<string, number>({ clock });
    map.set('a', 1, START + 100);
    await clock.advance(99);
    expect(map.get('a')).toBe(1);

    await clock.advance(1);
    expect(map.get('a')).toBeUndefined();
  });

  it('takes the newer time of an entry that is set again, be it earlier or later', async () => {
    const clock = createFakeClock(START);
    const map = createExpiringMap<string, number>({ clock });
    map.set('longer', 1, START + 100);
    map.set('longer', 2, START + 300);
    map.set('shorter', 1, START + 300);
    map.set('shorter', 2, START + 100);
    await clock.advance(200);

    expect([map.get('longer'), map.get('shorter')]).toEqual([2, undefined]);
  });

  it('gives the memory back within a minute, and then asks for no further wake-up', async () => {
    const clock = createFakeClock(START);
    const map = createExpiringMap<string, number>({ clock });
    map.set('short', 1, START + 100);
    map.set('long', 1, START + 90_000);
    await clock.advance(60_000);
    expect([map.size, clock.pending]).toEqual([1, 1]);

    await clock.advance(60_000);
    expect([map.size, clock.pending]).toEqual([0, 0]);
  });

  it('begins to sweep again when something comes after all was gone', async () => {
    const clock = createFakeClock(START);
    const map = createExpiringMap<string, number>({ clock });
    map.set('a', 1, START + 1);
    await clock.advance(60_000);
    map.set('b', 1, clock.now() + 1);
    await clock.advance(60_000);

    expect([map.size, clock.pending]).toEqual([0, 0]);
  });

  it('lets the longest untouched go when there are too many', () => {
    const map = createExpiringMap<string, number>({ clock: createFakeClock(START), maxEntries: 2 });
    map.set('a', 1, START + 100);
    map.set('b', 1, START + 100);
    map.set('a', 2, START + 100);
    map.set('c', 1, START + 100);

    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([2, undefined, 1]);
  });

  it('keeps what must be kept, beyond its time and beyond the bound', async () => {
    const clock = createFakeClock(START);
    const map = createExpiringMap<string, number>({ clock, maxEntries: 1, isKept: (key) => key === 'kept' });
    map.set('kept', 1, START + 1);
    map.set('a', 1, START + 500_000);
    map.set('b', 1, START + 500_000);
    expect([map.get('kept'), map.get('a')]).toEqual([1, undefined]);

    await clock.advance(120_000);
    expect(map.get('kept')).toBe(1);
  });

  it('forgets one entry, or all of them and the sweep', () => {
    const clock = createFakeClock(START);
    const map = createExpiringMap<string, number>({ clock });
    map.set('a', 1, START + 100);
    map.set('b', 1, START + 100);
    map.delete('a');
    expect([map.get('a'), map.get('b')]).toEqual([undefined, 1]);

    map.clear();
    expect([map.get('b'), map.size, clock.pending]).toEqual([undefined, 0, 0]);
  });
});
