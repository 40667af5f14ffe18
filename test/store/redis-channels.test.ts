import { describe, expect, it } from '@jest/globals';
import { createChannels } from '../../src/store/redis-channels.js';
import { type Ask } from '../../src/store/redis-link.js';
import { type Session } from '../../src/store/redis-session.js';
import { settlePromises } from '../support/fake-clock.js';

/** A line to a Redis that confirms what is subscribed when it is told to. */
function startSession() {
  const heard = new Set<string>();
  const unconfirmed: (() => void)[] = [];
  const refuse = (): Promise<never> => Promise.reject(new Error('nothing but channels'));
  const session: Session = {
    connect: refuse,
    mGet: refuse,
    set: refuse,
    run: refuse,
    publish: refuse,
    remove: refuse,
    subscribe: (channels) =>
      new Promise((resolve) => {
        unconfirmed.push(() => {
          for (const channel of channels) heard.add(channel);
          resolve();
        });
      }),
    unsubscribe(channels) {
      for (const channel of channels) heard.delete(channel);
      return Promise.resolve();
    },
    destroy: () => undefined,
  };
  const line = { isUp: true };
  const ask: Ask = (work) => work(session);
  const askWhileUp: Ask = (work) => (line.isUp ? work(session) : Promise.resolve(undefined));
  return {
    heard,
    line,
    ask,
    channels: createChannels(askWhileUp),
    confirm: async (): Promise<void> => {
      await settlePromises();
      unconfirmed.shift()?.();
      await settlePromises();
    },
  };
}

describe('the channels of a process', () => {
  it('stand again when they are left and taken while others are still being subscribed', async () => {
    const { channels, confirm } = startSession();
    for (let at = 0; at < 600; at++) channels.add(`c${at}`);
    await confirm();
    const before = channels.subscriptionOf('c0');
    expect([before, channels.subscriptionOf('c599')]).toEqual([expect.any(Number), undefined]);
    channels.remove('c0');
    channels.add('c0');
    await confirm();

    expect(channels.subscriptionOf('c0')).toBeGreaterThan(before ?? Infinity);
    expect(channels.isComplete).toBe(true);
  });

  it('are left once they are subscribed when nobody wants them any more by then', async () => {
    const { channels, confirm, heard } = startSession();
    channels.add('c');
    await settlePromises();
    channels.remove('c');
    await confirm();

    expect([...heard]).toEqual([]);
    expect(channels.isComplete).toBe(true);
  });

  it('are left after joining when they were taken back while joining', async () => {
    const { channels, confirm, heard, line, ask } = startSession();
    line.isUp = false;
    channels.add('a');
    channels.add('b');
    const joining = channels.subscribeAll(ask);
    await confirm();
    expect(await joining).toBe(true);
    channels.remove('a');
    await settlePromises();
    expect([...heard]).toEqual(['a', 'b']);
    expect(channels.isComplete).toBe(false);

    await channels.subscribeAll(ask);
    expect([...heard]).toEqual(['b']);
    expect(channels.isComplete).toBe(true);
  });

  it('are subscribed though they were left and taken back while joining, before their turn had come', async () => {
    const { channels, confirm, heard, line, ask } = startSession();
    line.isUp = false;
    channels.add('a');
    await settlePromises();
    channels.remove('a');
    channels.add('a');
    expect(channels.subscriptionOf('a')).toBeUndefined();
    const joining = channels.subscribeAll(ask);
    await confirm();
    await joining;

    expect([...heard]).toEqual(['a']);
    expect(channels.subscriptionOf('a')).toEqual(expect.any(Number));
  });
});
