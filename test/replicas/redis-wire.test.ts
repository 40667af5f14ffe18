import { it } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { liveThrough, type Fault } from './redis-faults.js';

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

describeWithRedis('two replicas and a Redis', () => {
  it('that answers late do as they do at all times', () => liveThrough(slow));

  it.each([
    { what: 'that takes everything and answers nothing', fault: held },
    { what: 'to which one has a connection that has died without a word', fault: cutOff },
  ])('$what go on alone and say so, and share again afterwards', ({ fault }) => liveThrough(fault));
});
