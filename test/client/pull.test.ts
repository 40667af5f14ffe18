import { describe, expect, it } from '@jest/globals';
import { pull, type Inlet } from '../../src/client/pull.js';

function startPull(squeeze?: (unread: readonly number[]) => number[]) {
  let inlet: Inlet<number> | undefined;
  const left: string[] = [];
  const pulled = pull<number>({
    begin(given) {
      inlet = given;
      return () => void left.push('left');
    },
    onOver: () => void left.push('over'),
    ...(squeeze !== undefined && { squeeze }),
  });
  const put = (...values: readonly number[]): void => {
    for (const value of values) inlet?.put(value);
  };
  const end = (failure?: unknown): void => inlet?.end(failure);
  return { pulled, put, end, left, hasBegun: () => inlet !== undefined };
}

const DONE = { done: true, value: undefined };

describe('values that come by themselves', () => {
  it('come when the first is asked for, and not before', async () => {
    const { pulled, put, hasBegun } = startPull();
    expect(hasBegun()).toBe(false);
    const first = pulled.next();
    put(1);
    expect(await first).toEqual({ done: false, value: 1 });
  });

  it('are read in order, by however many who ask at once', async () => {
    const { pulled, put, end } = startPull();
    const three = Promise.all([pulled.next(), pulled.next(), pulled.next()]);
    put(1, 2);
    end();
    expect(await three).toEqual([{ done: false, value: 1 }, { done: false, value: 2 }, DONE]);
    expect(await pulled.next()).toEqual(DONE);
  });

  it('are read to the last before a failure is told, once', async () => {
    const { pulled, put, end } = startPull();
    const first = pulled.next();
    put(1, 2);
    end(new Error('broken'));
    put(3);
    expect([await first, await pulled.next()].map(({ value }) => value)).toEqual([1, 2]);
    await expect(pulled.next()).rejects.toThrow('broken');
    expect(await pulled.next()).toEqual(DONE);
  });

  it('are dropped when it is cut', async () => {
    const { pulled, put, left } = startPull();
    const first = pulled.next();
    put(1, 2);
    await first;
    pulled.cut(new Error('enough'));
    await expect(pulled.next()).rejects.toThrow('enough');
    expect(left).toEqual(['left', 'over']);
  });

  it('can be left while somebody waits', async () => {
    const { pulled, left } = startPull();
    const waiting = pulled.next();
    expect(await pulled.return()).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
    await pulled.return();
    expect(left).toEqual(['left', 'over']); // once
  });

  it('become fewer where a thousand are not read', async () => {
    const squeezed: number[] = [];
    const { pulled, put } = startPull((unread) => {
      squeezed.push(unread.length);
      return unread.slice(-1);
    });
    const first = pulled.next();
    put(0);
    await first;
    put(...Array.from({ length: 2_500 }, (_, number) => number));
    expect(squeezed).toEqual([1_000, 1_000]);
    expect(await pulled.next()).toEqual({ done: false, value: 1_998 });
  });
});
