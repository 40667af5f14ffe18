import { afterEach } from '@jest/globals';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { type Log } from '../../src/lib/log.js';
import { systemRandom } from '../../src/lib/random.js';
import { type Held, type Snapshot } from '../../src/operation/snapshot.js';
import { type OperationState } from '../../src/operation/state.js';
import { openRedisStore, type RedisStore, type RedisStoreOptions } from '../../src/store/redis.js';
import { hearLogLine } from '../support/secrets-log.js';
import { operation } from './promises.js';

export const A = '/v1.0/teams/T/operations/A';
export const B = '/v1.0/teams/T/operations/B';

/** One replica's store. */
export interface Replica {
  readonly store: RedisStore;
  readonly clock: Clock;
  readonly log: HeardLog;
  /** A reading of now. */
  readonly read: (state: OperationState, seconds: number) => Snapshot;
}

export interface HeardLog extends Log {
  readonly lines: readonly { readonly event: string; readonly fields: object }[];
  /** Resolves when an event has been logged so many times. */
  said(event: string, times?: number): Promise<void>;
}

const closers: (() => Promise<void>)[] = [];
/** The stores of a test are closed after it. */
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Runs after the test, before the stores that were opened earlier are closed. */
export function afterThisTest(close: () => Promise<void>): void {
  closers.push(close);
}

export async function openReplica(
  options: Partial<RedisStoreOptions> & { readonly urls: readonly string[] },
): Promise<Replica> {
  const log = createHeardLog();
  const { clock = systemClock } = options;
  const defaults = { namespace: 'graph.test', clock, random: systemRandom, log, intervalMs: 31_000 };
  const store = await openRedisStore({ ...defaults, ...options });
  closers.push(() => store.close());
  return {
    store,
    clock,
    log,
    read: (state, seconds) => ({ operation: operation(state, seconds), checkedAt: clock.now() }),
  };
}

/** The machine's clock as one sees it that is set wrong. */
export function clockAhead(byMs: number): Clock {
  return {
    now: () => systemClock.now() + byMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - byMs, wake),
  };
}

/** The machine's clock, so many times as quick: for waits whose length says nothing. */
export function quickClock(times = 3): Clock {
  const from = systemClock.now();
  return {
    now: () => from + (systemClock.now() - from) * times,
    wakeAt: (at, wake) => systemClock.wakeAt(Math.ceil(from + (at - from) / times), wake),
  };
}

/** What one listener hears of a location. */
export function listen({ store }: Replica, location: string) {
  const heard: { held: Held; isElsewhere: boolean }[] = [];
  const stop = store.bus.subscribe(location, (news) => void heard.push(news));
  return {
    heard,
    stop,
    get states() {
      return heard.map(({ held }) => held.snapshot.operation.state);
    },
  };
}

/** The same once Redis knows that it listens. */
export async function listenIn(replica: Replica, location: string): Promise<ReturnType<typeof listen>> {
  const listener = listen(replica, location);
  await replica.store.snapshots.get([location]);
  return listener;
}

/** Looks again and again until it is so; the time limit of the test ends it. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo()))
    await new Promise((resolve) => systemClock.wakeAt(systemClock.now() + 5, () => resolve(null)));
}

function createHeardLog(): HeardLog {
  const lines: { event: string; fields: object }[] = [];
  const say = (level: keyof Log) => (fields: object, event: string) => {
    hearLogLine({ level, event, fields });
    lines.push({ event, fields });
  };
  return {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    lines,
    said: (event, times = 1) => until(() => lines.filter((line) => line.event === event).length >= times),
  };
}
