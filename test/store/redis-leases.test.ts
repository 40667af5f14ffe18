import { expect, it } from '@jest/globals';
import { silentLog } from '../../src/lib/log.js';
import { createLocal } from '../../src/store/local.js';
import { createSharedLeases } from '../../src/store/redis-leases.js';
import { type Ask } from '../../src/store/redis-link.js';
import { createNames } from '../../src/store/redis-names.js';
import { describeWithRedis, useRedisServer } from '../support/redis-server.js';
import { createSessions, type Session } from '../../src/store/redis-session.js';
import { createFakeClock } from '../support/fake-clock.js';
import { afterThisTest, openReplica } from './redis-stores.js';

describeWithRedis('leases that a replica brings to a Redis that is there again', () => {
  const redis = useRedisServer();

  it('are those that it has at the end: what was given back meanwhile is given back there too', async () => {
    const session: Session = createSessions({ urls: [redis().url] })({
      onMessage: () => undefined,
      onLost: () => undefined,
    });
    afterThisTest(() => {
      session.destroy();
      return Promise.resolve();
    });
    await session.connect();
    const clock = createFakeClock();
    const local = createLocal(clock, silentLog);
    const names = createNames('graph.test', 0);
    const isAway: Ask = () => Promise.resolve(undefined);
    const shared = createSharedLeases({
      local,
      link: { ask: isAway },
      names,
      clock,
      processId: 'one',
    });
    const { leases } = shared;
    await leases.take(['/a', '/b', '/c'], 60_000);
    const asked: Promise<unknown>[] = [];
    const ask: Ask = async (work) => {
      const answer = await work(session);
      asked.push(leases.release(['/a'])); // while the others are on their way
      return answer;
    };
    expect(await shared.join(ask)).toBe(true);
    await Promise.all(asked);
    await leases.release(['/b']);
    await leases.take(['/d'], 60_000);
    expect(await shared.saveRest(ask)).toBe(true);

    const other = await openReplica({ urls: [redis().url] });
    expect(await other.store.leases.take(['/a', '/b', '/c', '/d'], 1_000)).toEqual([true, true, false, false]);
    shared.clear();
    local.clear();
  });
});
