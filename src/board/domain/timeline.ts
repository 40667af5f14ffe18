import { beganAt, type Operation, type State } from './operation.js';

/** A state as it was seen: from the check that found it to the check that found another. Times are epoch ms. */
export interface Stretch {
  /** Null where nobody looked yet: from Graph's own date of creation to the first check. */
  readonly state: State | null;
  readonly startAt: number;
  /** When the state was last found still the same, before this one was found: it began between then and `startAt`. */
  readonly earliestAt: number;
  readonly endAt: number;
  /** Whether it is the last, and may go on. */
  readonly isOpen: boolean;
  /** How long it can have lasted at least and at most; null for the first, whose beginning nobody saw, and for an end. */
  readonly lasted: { readonly leastMs: number; readonly mostMs: number } | null;
}

export interface Timeline {
  readonly stretches: readonly Stretch[];
  readonly startAt: number;
  /** Where the picture ends: at the last change of what has ended, else now or at the next check. */
  readonly endAt: number;
  readonly checkedAt: number;
  readonly nextCheckAt: number | null;
  readonly now: number;
  readonly isOver: boolean;
}

export interface Sight {
  /** By the gateway's clock. */
  readonly now: number;
  /** Between two checks, as far as is known. */
  readonly intervalMs: number;
  /** Checks that were heard of, in any order. */
  readonly checks: readonly number[];
}

export function timelineOf(operation: Operation, { now, intervalMs, checks }: Sight): Timeline {
  const { freshness, terminal } = operation;
  const checkedAt = Date.parse(freshness.checkedAt);
  const nextCheckAt = freshness.nextCheckAt === null ? null : Date.parse(freshness.nextCheckAt);
  const changes = changesOf(operation, checkedAt);
  const firstAt = changes[0]?.at ?? checkedAt;
  const began = beganAt(operation);
  const startAt = firstAt - began >= SHORTEST_UNSEEN_MS ? began : firstAt;
  const lastAt = changes.at(-1)?.at ?? checkedAt;
  const endAt = terminal ? lastAt : Math.max(now, checkedAt, nextCheckAt ?? 0);

  const earliest = changes.map(({ at }, index) => {
    const before = changes[index - 1]?.at ?? startAt;
    const lastLook = Math.max(...checks.filter((check) => check < at && check >= before), -Infinity);
    return Math.max(before, lastLook === -Infinity ? at - intervalMs : lastLook);
  });
  const stretches = changes.map(({ state, at }, index): Stretch => {
    const next = changes[index + 1]?.at;
    const earliestAt = earliest[index] ?? at;
    const isOpen = next === undefined && !terminal;
    return {
      state,
      startAt: at,
      earliestAt,
      endAt: next ?? (terminal ? at : Math.max(now, at)),
      isOpen,
      lasted:
        next === undefined
          ? null
          : { leastMs: Math.max(0, (earliest[index + 1] ?? at) - at), mostMs: next - earliestAt },
    };
  });
  const unseen: Stretch[] =
    startAt < firstAt
      ? [{ state: null, startAt, earliestAt: startAt, endAt: firstAt, isOpen: false, lasted: null }]
      : [];
  return { stretches: [...unseen, ...stretches], startAt, endAt, checkedAt, nextCheckAt, now, isOver: terminal };
}

/** Who looks at once has missed nothing. */
const SHORTEST_UNSEEN_MS = 1_000;

/** Each state and when it was found; two of the same in a row are one. */
function changesOf({ history, state }: Operation, checkedAt: number): { readonly state: State; readonly at: number }[] {
  const seen = history.map(({ to, observedAt }) => ({ state: to, at: Date.parse(observedAt) }));
  const changes = seen.filter((change, index) => change.state !== seen[index - 1]?.state);
  return changes.length > 0 ? changes : [{ state, at: checkedAt }];
}

/** Of a picture's width, 0 to 1. */
export interface Bar {
  readonly stretch: Stretch;
  readonly x: number;
  readonly width: number;
  /** Where the soft edge before it begins. */
  readonly softX: number;
}

export interface Picture {
  readonly bars: readonly Bar[];
  /** What nobody saw is drawn shorter than it was. */
  readonly isCut: boolean;
  readonly checkX: number;
  readonly nextCheckX: number | null;
  readonly nowX: number | null;
}

/** What went before the first check gets no more of the width than this: it may have been days. */
const MOST_UNSEEN = 0.16;
/** An end has no length; it has this much of the width to be seen by. */
const END_WIDTH = 0.1;

export function pictureOf({ stretches, startAt, endAt, checkedAt, nextCheckAt, now, isOver }: Timeline): Picture {
  const unseen = stretches[0]?.state === null ? stretches[0] : null;
  const seenFrom = unseen?.endAt ?? startAt;
  const unseenMs = seenFrom - startAt;
  const seenMs = Math.max(1, endAt - seenFrom);
  const room = isOver ? 1 - END_WIDTH : 1;
  const share = unseenMs / (unseenMs + seenMs);
  const unseenWidth = Math.min(share, MOST_UNSEEN) * room;
  const isNothingSeen = endAt <= seenFrom; // found at its end: there is no length to share
  const before = isNothingSeen && unseenMs > 0 ? room : unseenWidth;
  const x = (at: number): number => {
    if (at < seenFrom) return unseenMs === 0 ? 0 : (Math.max(0, at - startAt) / unseenMs) * before;
    return before + (Math.min(at, endAt) - seenFrom) * ((isNothingSeen ? 0 : room - before) / seenMs);
  };
  const bars = stretches.map((stretch, index): Bar => {
    const isEnd = isOver && index === stretches.length - 1;
    const left = isEnd ? room : x(stretch.startAt);
    return {
      stretch,
      x: left,
      width: (isEnd ? 1 : x(stretch.endAt)) - left,
      softX: index === 0 || stretches[index - 1]?.state === null ? left : x(stretch.earliestAt),
    };
  });
  return {
    bars,
    isCut: !isNothingSeen && share > MOST_UNSEEN,
    checkX: isOver ? room : x(checkedAt),
    nextCheckX: isOver || nextCheckAt === null ? null : x(nextCheckAt),
    nowX: isOver ? null : x(now),
  };
}
