import { describeWithRedis } from '../support/redis-server.js';
import { together } from '../support/together.js';
import { liveThrough, type Fault } from './redis-faults.js';
import { TEST_LIMIT_MS } from './replicas.js';

/**
 * There and back. Six answers come one after the other between a check and the first events that it brings, which have to
 * be younger than the interval; a second would count as lost.
 */
const SLOW_MS = 80;
/** Longer than any test takes. */
const LONG_MS = '600000';
const AT_ONCE = 6;

const killed: Fault = {
  begin: ({ redis }) => redis.kill(),
  end: ({ redis }) => redis.restart(), // it comes back empty
  lost: 2,
};
const paused: Fault = { begin: ({ redis }) => redis.pause(), end: ({ redis }) => redis.resume(), lost: 2 };
const full: Fault = {
  begin: ({ redis }) => redis.command('CONFIG', 'SET', 'maxmemory', '1'),
  end: ({ redis }) => redis.command('CONFIG', 'SET', 'maxmemory', '0'),
  lost: 2,
};
const slow: Fault = {
  begin: (_, ways) => ways.forEach((way) => way.delay(SLOW_MS / 2)),
  end: (_, ways) => ways.forEach((way) => way.delay(0)),
  lost: null,
};
const held: Fault = {
  begin: ({ redis }) => redis.command('CLIENT', 'PAUSE', LONG_MS, 'WRITE'),
  end: ({ redis }) => redis.command('CLIENT', 'UNPAUSE'),
  lost: 2,
};
const cutOff: Fault = {
  begin: (_, [way]) => way?.silence(),
  end: (_, [way]) => way?.restore(),
  lost: 1,
};

describeWithRedis('replicas go on, say when they are alone, and share again afterwards, where Redis', () => {
  const itWaits = together(AT_ONCE, TEST_LIMIT_MS);

  itWaits('is killed, and comes back empty', () => liveThrough(killed));
  itWaits('stops in the middle of everything', () => liveThrough(paused));
  itWaits('is full', () => liveThrough(full));
  itWaits('answers late', () => liveThrough(slow));
  itWaits('takes everything and answers nothing', () => liveThrough(held));
  itWaits('is cut off from one of them, which has a connection that died without a word', () => liveThrough(cutOff));
});
