import { hash } from 'node:crypto';
import { type Clock } from '../lib/clock.js';

/**
 * What was made of bodies, for the same bodies a moment later. A caller may have written anything into one, a token too:
 * a body itself is not held, and what was read of it goes some seconds after it came last.
 */
export interface KeptBodies<T> {
  /** What is kept of the body; it counts as used. */
  find(body: string): T | undefined;
  keep(body: string, made: T): void;
  /** Forgets all, for good: what is kept later holds no process back. */
  close(): void;
}

/** From the last use. */
export const KEPT_FOR_MS = 5_000;
/** Longer bodies are not kept. */
const MAX_BODY_LENGTH = 2_000;
/** Of all bodies. What is read of one takes up to ten times its length, and two kilobytes besides: some 3 MB in all. */
const MAX_LENGTH = 200_000;
const MAX_BODIES = 500;

interface Kept<T> {
  readonly made: T;
  readonly length: number;
  usedAt: number;
}

export function createKeptBodies<T>(clock: Clock): KeptBodies<T> {
  /** By the hash of the body, the longest unused first. */
  const kept = new Map<string, Kept<T>>();
  let length = 0;
  let cancel: (() => void) | null = null;
  let isClosed = false;

  const drop = (key: string, one: Kept<T>): void => {
    kept.delete(key);
    length -= one.length;
  };

  const put = (key: string, one: Kept<T>): void => {
    const before = kept.get(key);
    if (before !== undefined) drop(key, before);
    one.usedAt = clock.now();
    kept.set(key, one);
    length += one.length;
  };

  const sweep = (): void => {
    cancel = null;
    for (const [key, one] of kept) {
      if (one.usedAt + KEPT_FOR_MS > clock.now()) {
        cancel = clock.wakeAt(one.usedAt + KEPT_FOR_MS, sweep);
        return;
      }
      drop(key, one);
    }
  };

  return {
    find(body) {
      if (kept.size === 0 || body.length > MAX_BODY_LENGTH) return undefined;
      const key = hashOf(body);
      const one = kept.get(key);
      if (one === undefined || one.usedAt + KEPT_FOR_MS <= clock.now()) return undefined;
      put(key, one);
      return one.made;
    },
    keep(body, made) {
      if (isClosed || body.length > MAX_BODY_LENGTH) return;
      put(hashOf(body), { made, length: body.length, usedAt: clock.now() });
      for (const [key, one] of kept) {
        if (length <= MAX_LENGTH && kept.size <= MAX_BODIES) break;
        drop(key, one);
      }
      cancel ??= clock.wakeAt(clock.now() + KEPT_FOR_MS, sweep);
    },
    close() {
      isClosed = true;
      kept.clear();
      length = 0;
      cancel?.();
      cancel = null;
    },
  };
}

function hashOf(body: string): string {
  return hash('sha256', body, 'base64');
}
