import { describeWithRedis } from '../support/redis-server.js';
import { testFaults, type Fault } from './redis-faults.js';

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

describeWithRedis('replicas go on alone, say so, and share again afterwards, where Redis', () => {
  testFaults([
    { what: 'is killed, and comes back empty', fault: killed },
    { what: 'stops in the middle of everything', fault: paused },
    { what: 'is full', fault: full },
  ]);
});
