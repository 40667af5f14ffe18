import { it } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { liveThrough, type Fault } from './redis-faults.js';

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

describeWithRedis('two replicas and a Redis', () => {
  it.each([
    { what: 'is killed, and comes back empty', fault: killed },
    { what: 'stops for a while', fault: paused },
    { what: 'is full', fault: full },
  ])('that $what go on alone and say so, and share again afterwards', ({ fault }) => liveThrough(fault));
});
