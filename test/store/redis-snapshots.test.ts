import { expect, it } from '@jest/globals';
import { silentLog } from '../../src/lib/log.js';
import { advance, type Held } from '../../src/operation/snapshot.js';
import { type OperationState } from '../../src/operation/state.js';
import { printHeld } from '../../src/store/held-text.js';
import { createLocal } from '../../src/store/local.js';
import { createNames } from '../../src/store/redis-names.js';
import { type Ask } from '../../src/store/redis-link.js';
import { type Session } from '../../src/store/redis-session.js';
import { createSharedSnapshots } from '../../src/store/redis-snapshots.js';
import { createRedisTime } from '../../src/store/redis-time.js';
import { createStamps } from '../../src/store/stamps.js';
import { createFakeClock } from '../support/fake-clock.js';
import { operation } from './promises.js';
import { A, B } from './redis-stores.js';

/** The snapshots of one replica over a Redis whose answers and publications come in the order that a test wants. */
function startReplica() {
  const clock = createFakeClock();
  const local = createLocal(clock, silentLog);
  const names = createNames('graph.test', 0);
  const time = createRedisTime(clock);
  const refuse = (): Promise<never> => Promise.reject(new Error('nothing but looks'));
  const kept = new Map<string, string>();
  const session: Session = {
    connect: refuse,
    mGet: (keys) => Promise.resolve(keys.map((key) => kept.get(key) ?? null)),
    set: refuse,
    run: refuse,
    publish: refuse,
    remove: refuse,
    subscribe: refuse,
    unsubscribe: refuse,
    destroy: () => undefined,
  };
  const ask: Ask = (work) => work(session);
  const replica = createSharedSnapshots({
    local,
    link: { isUp: true, ask },
    channels: {
      add: () => undefined,
      remove: () => undefined,
      confirmed: () => null,
      subscriptionOf: () => 1,
      subscribeAll: () => Promise.resolve(true),
      isComplete: true,
      forget: () => undefined,
    },
    names,
    time,
    stamps: createStamps(() => time.now()),
    processId: 'here',
    intervalMs: 31_000,
  });
  const told: (readonly [location: string, stamp: number])[] = [];
  for (const location of [A, B]) {
    replica.bus.subscribe(location, ({ held }) => {
      const stamp = held.transitions.at(-1)?.stamp ?? 0;
      if (told.every(([, each]) => each !== stamp)) told.push([location, stamp]);
    });
  }
  return {
    replica,
    told,
    /** What another replica reads of an operation: as Redis keeps it, version by version. */
    textsOf: (readings: readonly (readonly [version: number, state: OperationState])[]): string[] => {
      let held: Held | null = null;
      return readings.map(([version, state]) => {
        held = advance(held, { operation: operation(state, version), checkedAt: clock.now() }, version).held;
        return `${version}:${printHeld(held, time)}`;
      });
    },
    keep: (location: string, text: string) => void kept.set(names.snapshot(location), text),
    close: () => local.clear(),
  };
}

it('tells transitions in the order of all operations, where a look was quicker than the publications too', async () => {
  const { replica, told, textsOf, keep, close } = startReplica();
  const [begun = '', again = '', ended = ''] = textsOf([
    [1, 'RUNNING'],
    [2, 'RUNNING'],
    [4, 'SUCCEEDED'],
  ]);
  const [ofB = ''] = textsOf([[3, 'RUNNING']]);
  replica.hear(A, `there + ${begun}`);
  keep(A, ended);
  const [held] = await replica.snapshots.get([A]);
  expect(held?.snapshot.operation.state).toBe('SUCCEEDED');

  replica.hear(A, `there = ${again}`);
  replica.hear(B, `there + ${ofB}`);
  replica.hear(A, `there + ${ended}`);

  expect(told).toEqual([
    [A, 1],
    [B, 3],
    [A, 4],
  ]);
  close();
});
