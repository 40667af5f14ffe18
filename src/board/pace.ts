import { type Clock } from './clock.js';

/** Calls `tell` at once, and again no sooner than `everyMs` later: what comes in a burst is told together, and none is lost. */
export function paced(clock: Clock, everyMs: number, tell: () => void): () => void {
  let nextAt = -Infinity;
  let isPlanned = false;
  const tellNow = (): void => {
    isPlanned = false;
    nextAt = clock.now() + everyMs;
    tell();
  };
  return () => {
    if (isPlanned) return;
    const now = clock.now();
    // However far a clock was set back meanwhile, nobody waits longer than that.
    if (nextAt <= now || nextAt > now + everyMs) {
      tellNow();
      return;
    }
    isPlanned = true;
    clock.wakeAt(nextAt, tellNow);
  };
}
