import { describe, expect, it } from '@jest/globals';

import { once } from '../../src/lib/once.js';

describe('work that is done once', () => {
  it('starts with the first call, and every later call gets the same promise', async () => {
    let runs = 0;
    const stop = once(() => Promise.resolve(++runs));
    expect(runs).toBe(0);

    const first = stop();
    const second = stop();

    expect(second).toBe(first);
    expect(await first).toBe(1);
    expect(await stop()).toBe(1);
    expect(runs).toBe(1);
  });

  it('is not tried again after it failed: everyone hears of the one failure', async () => {
    let runs = 0;
    const stop = once(() => Promise.reject(new Error(`failure ${++runs}`)));

    await expect(stop()).rejects.toThrow('failure 1');
    await expect(stop()).rejects.toThrow('failure 1');
  });
});
