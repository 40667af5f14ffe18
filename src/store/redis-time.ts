import { type Clock } from '../lib/clock.js';

/**
 * Times in Redis are of Redis' clock, because those of the replicas may be minutes apart; the clock here and that one are
 * compared with every greeting.
 */
export interface RedisTime {
  /** Redis' epoch ms now, as far as is known. */
  now(): number;
  toRedis(at: number): number;
  fromRedis(at: number): number;
  /** Redis said `redisAt` to a question that was sent and answered then; all epoch ms. */
  compare(sentAt: number, redisAt: number, answeredAt: number): void;
}

/** Below this a difference is as likely to be the network's: times that go out and come back should stay the same. */
const IGNORED_MS = 20;

export function createRedisTime(clock: Clock): RedisTime {
  let aheadMs = 0;
  return {
    now: () => clock.now() + aheadMs,
    toRedis: (at) => at + aheadMs,
    fromRedis: (at) => at - aheadMs,
    compare(sentAt, redisAt, answeredAt) {
      const seen = Math.round(redisAt - (sentAt + answeredAt) / 2);
      if (Math.abs(seen - aheadMs) > IGNORED_MS + (answeredAt - sentAt) / 2) aheadMs = seen;
    },
  };
}
