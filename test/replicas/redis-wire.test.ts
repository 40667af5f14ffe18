import { describeWithRedis } from '../support/redis-server.js';
import { testFaults, type Fault } from './redis-faults.js';

/** There and back; a second would count as lost. */
const SLOW_MS = 300;
/** Longer than any test takes. */
const LONG_MS = '600000';

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

describeWithRedis('replicas go on, and share afterwards as before, where Redis', () => {
  testFaults([
    { what: 'answers late', fault: slow },
    { what: 'takes everything and answers nothing', fault: held },
    { what: 'is cut off from one of them, which has a connection that died without a word', fault: cutOff },
  ]);
});
