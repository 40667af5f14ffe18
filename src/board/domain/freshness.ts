import { type Operation } from './operation.js';

/**
 * When to ask the gateway what its checks have brought. A check that changes nothing is no event, yet it is news: that
 * is asked for once it should have been made, of all operations that are due in one query, which the gateway answers from
 * what it holds. So there are never more questions than checks, and Graph has no request more.
 */

/** An answer of Graph's takes a moment to arrive. */
const AFTER_CHECK_MS = 1_200;
/** While a check is late: twice as long each time, up to the last of these. */
const FIRST_PAUSE_MS = 2_000;
const LAST_PAUSE_MS = 30_000;
/** What is due so soon is asked for along with the rest. */
const TOGETHER_MS = 500;
/** The gateway's bound, unless it is told otherwise. */
export const MAX_IDS = 100;

/** How often an operation was asked for since a check of it was last made, and when; epoch ms of this machine. */
export interface Asked {
  readonly checkedAt: string;
  readonly times: number;
  readonly at: number;
}

/**
 * When an operation is to be asked for; null where no check will come.
 *
 * @param aheadMs how far the gateway's clock is ahead of this machine's
 */
export function dueAt({ freshness, terminal }: Operation, asked: Asked | undefined, aheadMs: number): number | null {
  const { nextCheckAt, checkedAt } = freshness;
  if (terminal || nextCheckAt === null) return null;
  const madeAt = Date.parse(nextCheckAt) - aheadMs + AFTER_CHECK_MS;
  if (asked?.checkedAt !== checkedAt) return madeAt;
  return Math.max(madeAt, asked.at + Math.min(FIRST_PAUSE_MS * 2 ** (asked.times - 1), LAST_PAUSE_MS));
}

/** Which operations to ask for now, at most so many, the longest overdue first; none while none is due. */
export function toAsk(
  operations: readonly Operation[],
  asked: ReadonlyMap<string, Asked>,
  { now, aheadMs, most = MAX_IDS }: { readonly now: number; readonly aheadMs: number; readonly most?: number },
): readonly Operation[] {
  const dues = operations
    .map((operation) => ({ operation, at: dueAt(operation, asked.get(operation.id), aheadMs) ?? Infinity }))
    .filter(({ at }) => at <= now + TOGETHER_MS)
    .sort((one, other) => one.at - other.at);
  if (dues[0] === undefined || dues[0].at > now) return [];
  return dues.slice(0, most).map(({ operation }) => operation);
}

export function askedAgain({ freshness: { checkedAt } }: Operation, before: Asked | undefined, now: number): Asked {
  return { checkedAt, times: before?.checkedAt === checkedAt ? before.times + 1 : 1, at: now };
}

/**
 * The time by the gateway's clock, for an operation: a check that was told of since the last second is not later than now.
 *
 * @param now epoch ms of this machine
 */
export function nowFor({ freshness }: Operation, now: number, aheadMs: number): number {
  return Math.max(now + aheadMs, Date.parse(freshness.checkedAt));
}

/**
 * How long it is until the next check, ms; none or less while it should be made. Null where no check will come, and where
 * nobody can say it: whoever makes them cannot be heard.
 *
 * @param now by the gateway's clock
 */
export function untilNextCheckMs(
  { freshness: { checkedAt, nextCheckAt }, terminal }: Operation,
  {
    now,
    intervalMs,
    isConnected,
  }: { readonly now: number; readonly intervalMs: number; readonly isConnected: boolean },
): number | null {
  if (terminal || !isConnected) return null;
  return (nextCheckAt === null ? Date.parse(checkedAt) + intervalMs : Date.parse(nextCheckAt)) - now;
}

/** How far the gateway's clock is ahead of this machine's, by an answer that has just come. */
export function aheadBy({ checkedAt, ageSeconds }: Operation['freshness'], now: number): number {
  return Date.parse(checkedAt) + ageSeconds * 1_000 - now;
}
