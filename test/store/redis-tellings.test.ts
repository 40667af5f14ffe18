import { expect, it } from '@jest/globals';
import { silentLog } from '../../src/lib/log.js';
import { advance, type Held } from '../../src/operation/snapshot.js';
import { createLocal } from '../../src/store/local.js';
import { createTellings } from '../../src/store/redis-tellings.js';
import { createFakeClock } from '../support/fake-clock.js';
import { operation } from './promises.js';

it('remembers nothing of an operation that nobody listens to', () => {
  const clock = createFakeClock();
  const local = createLocal(clock, silentLog);
  const tellings = createTellings(local);
  const { held } = advance(null, { operation: operation('RUNNING', 1), checkedAt: clock.now() }, 1);
  local.hold('/a', held);
  tellings.tell('/a', held, false);
  const heard: Held[] = [];
  const stop = local.listen('/a', (news) => void heard.push(news.held));
  tellings.catchUp(['/a'], true);
  tellings.catchUp(['/a'], true);

  expect(heard).toEqual([held]); // whoever had been told of it before would not be told again
  stop();
  local.clear();
});
