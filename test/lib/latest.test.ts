import { describe, expect, it } from '@jest/globals';
import { createLatest } from '../../src/lib/latest.js';

function createStream() {
  let ends = 0;
  const stream = createLatest<string, string>({ merge: (unread, newer) => `${unread}+${newer}`, onDone: () => ends++ });
  return { stream, endsSoFar: () => ends };
}

const END = { value: undefined, done: true };
const value = (text: string) => ({ value: text, done: false });

describe('a stream that holds the latest value per key', () => {
  it('gives values in the order in which they were put', async () => {
    const { stream } = createStream();
    for (const key of ['b', 'a', 'c']) stream.put(key, key);

    expect([await stream.next(), await stream.next(), await stream.next()]).toEqual(['b', 'a', 'c'].map(value));
  });

  it('merges an unread value with the one that overtakes it, and puts it behind all others', async () => {
    const { stream } = createStream();
    stream.put('a', '1');
    stream.put('b', '2');
    stream.put('a', '3');
    stream.put('a', '4');

    expect([await stream.next(), await stream.next()]).toEqual([value('2'), value('1+3+4')]);
  });

  it('merges nothing with what was read', async () => {
    const { stream } = createStream();
    stream.put('a', '1');
    await stream.next();
    stream.put('a', '2');

    expect(await stream.next()).toEqual(value('2'));
  });

  it('hands a value to a reader that waits', async () => {
    const { stream } = createStream();
    const waiting = stream.next();
    stream.put('a', '1');
    stream.put('a', '2');

    expect(await waiting).toEqual(value('1'));
    expect(await stream.next()).toEqual(value('2'));
  });

  it('gives what is held before it ends, and ends once', async () => {
    const { stream, endsSoFar } = createStream();
    stream.put('a', '1');
    stream.end();
    stream.put('b', 'too late');
    expect(endsSoFar()).toBe(0);

    expect(await stream.next()).toEqual(value('1'));
    expect(await stream.next()).toEqual(END);
    expect(await stream.next()).toEqual(END);
    expect(await stream.return()).toEqual(END);
    expect(endsSoFar()).toBe(1);
  });

  it('ends for a reader that waits', async () => {
    const { stream, endsSoFar } = createStream();
    const waiting = stream.next();
    stream.end();

    expect(await waiting).toEqual(END);
    expect(endsSoFar()).toBe(1);
  });

  it('lets a reader leave while it waits, and drops what comes later', async () => {
    const { stream, endsSoFar } = createStream();
    const waiting = stream.next();

    expect(await stream.return()).toEqual(END);
    expect(await waiting).toEqual(END);
    stream.put('a', '1');
    expect(await stream.next()).toEqual(END);
    expect(endsSoFar()).toBe(1);
  });

  it('drops what was not read when the reader leaves', async () => {
    const { stream } = createStream();
    stream.put('a', '1');
    await stream.return();

    expect(await stream.next()).toEqual(END);
  });
});
