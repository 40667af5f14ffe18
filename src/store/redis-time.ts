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
  /** Whether something can have been read then, epoch ms of Redis' clock: what is later than now is nobody's word. */
  isPast(at: unknown): at is number;
  /**
   * Whether a stamp, in microseconds of Redis' clock, can have been given out. Stamps run ahead of the clock where it was
   * set back; one that is far ahead, if it were taken, would be behind all that come after it for as long.
   */
  isStamp(stamp: unknown): stamp is number;
  /** Redis said `redisAt` to a question that was sent and answered then; all epoch ms. */
  compare(sentAt: number, redisAt: number, answeredAt: number): void;
}

/** Below this a difference is as likely to be the network's: times that go out and come back should stay the same. */
const IGNORED_MS = 20;
/** Clocks are compared every two seconds, and one that is set goes wrong between. The scripts have the same two bounds. */
const MAX_READ_AHEAD_MS = 60_000;
const MAX_STAMP_AHEAD_MS = 86_400_000;

export function createRedisTime(clock: Clock): RedisTime {
  let aheadMs = 0;
  const now = (): number => clock.now() + aheadMs;
  return {
    now,
    isPast: (at): at is number => typeof at === 'number' && at >= 0 && at <= now() + MAX_READ_AHEAD_MS,
    isStamp: (stamp): stamp is number =>
      typeof stamp === 'number' &&
      Number.isSafeInteger(stamp) &&
      stamp >= 0 &&
      stamp <= (now() + MAX_STAMP_AHEAD_MS) * 1_000,
    toRedis: (at) => at + aheadMs,
    fromRedis: (at) => at - aheadMs,
    compare(sentAt, redisAt, answeredAt) {
      const seen = Math.round(redisAt - (sentAt + answeredAt) / 2);
      if (Math.abs(seen - aheadMs) > IGNORED_MS + (answeredAt - sentAt) / 2) aheadMs = seen;
    },
  };
}
