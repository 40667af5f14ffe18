import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Log } from '../lib/log.js';
import { type Scope } from '../operation/scope.js';
import { type Held, type HeldPage, type News } from '../operation/snapshot.js';

/**
 * What nobody watches is kept for an hour after its last check, so that a client that was away finds the transitions it
 * missed.
 */
export const KEEP_MS = 3_600_000;
/** About 3 KB each: 50,000 operations that nobody watches any more are 150 MB at the most. */
const MAX_HELD = 50_000;
/** About 300 bytes each. */
const MAX_PROOFS = 500_000;
/** A few KB each. */
const MAX_PAGES = 20_000;

export type Listener = (news: News) => void;

/** A time that a scope has to one of its keys. */
export interface Noted {
  readonly scope: Scope;
  readonly key: string;
  /** Epoch ms. */
  readonly at: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** What one process holds by itself: all there is without Redis, and what it goes on from when Redis is lost. */
export interface Local {
  held(location: string): Held | null;
  hold(location: string, held: Held): void;
  /** Everything held, the longest untouched first. */
  heldLocations(): Iterable<string>;

  /** @returns an end to it, which says whether it was the last listener of the location */
  listen(location: string, listener: Listener): () => boolean;
  isListened(location: string): boolean;
  listenedLocations(): Iterable<string>;
  /** Tells each listener. One that throws has failed by itself: neither the others nor the store have. */
  tell(location: string, news: News): void;

  /** Sets a time unless a later one is there. */
  note(noted: Noted): void;
  notedAt(scope: Scope, key: string): number | null;
  /** The longest untouched first. */
  notes(): Iterable<Noted>;

  page(scope: Scope, link: string): HeldPage | null;
  keepPage(scope: Scope, link: string, page: HeldPage, expiresAt: number): void;

  /** @returns whether it was free */
  lease(key: string, expiresAt: number): boolean;
  isLeased(key: string): boolean;
  /** @returns whether it is still ours */
  extend(key: string, expiresAt: number): boolean;
  release(key: string): void;
  leases(): Iterable<readonly [key: string, expiresAt: number]>;

  clear(): void;
}

export function createLocal(clock: Clock, log: Log): Local {
  const listeners = new Map<string, Set<Listener>>();
  const holding = createExpiringMap<string, Held>({ clock, maxEntries: MAX_HELD, isKept: (key) => listeners.has(key) });
  const times = createExpiringMap<string, number>({ clock, maxEntries: MAX_PROOFS });
  const pages = createExpiringMap<string, HeldPage>({ clock, maxEntries: MAX_PAGES });
  const leases = createExpiringMap<string, true>({ clock });

  return {
    held: (location) => holding.get(location) ?? null,
    hold: (location, held) => holding.set(location, held, held.snapshot.checkedAt + KEEP_MS),
    *heldLocations() {
      for (const [location] of holding.entries()) yield location;
    },

    listen(location, listener) {
      const set = listeners.get(location) ?? new Set();
      listeners.set(location, set.add(listener));
      return () => {
        if (!set.delete(listener) || set.size > 0 || listeners.get(location) !== set) return false;
        return listeners.delete(location);
      };
    },
    isListened: (location) => listeners.has(location),
    listenedLocations: () => listeners.keys(),
    tell(location, news) {
      for (const listener of listeners.get(location) ?? []) {
        try {
          listener(news);
        } catch (error) {
          log.error({ err: error }, 'listener failed');
        }
      }
    },

    note({ scope, key, at, expiresAt }) {
      const name = `${scope} ${key}`;
      if ((times.get(name) ?? -Infinity) <= at) times.set(name, at, expiresAt);
    },
    notedAt: (scope, key) => times.get(`${scope} ${key}`) ?? null,
    *notes() {
      for (const [name, at, expiresAt] of times.entries()) {
        const end = name.indexOf(' ');
        yield { scope: name.slice(0, end) as Scope, key: name.slice(end + 1), at, expiresAt };
      }
    },

    page: (scope, link) => pages.get(`${scope} ${link}`) ?? null,
    keepPage: (scope, link, page, expiresAt) => pages.set(`${scope} ${link}`, page, expiresAt),

    lease(key, expiresAt) {
      if (leases.get(key) === true) return false;
      leases.set(key, true, expiresAt);
      return true;
    },
    isLeased: (key) => leases.get(key) === true,
    extend(key, expiresAt) {
      const isOurs = leases.get(key) === true;
      if (isOurs) leases.set(key, true, expiresAt);
      return isOurs;
    },
    release: (key) => leases.delete(key),
    *leases() {
      for (const [key, , expiresAt] of leases.entries()) yield [key, expiresAt];
    },

    clear() {
      for (const map of [holding, times, pages, leases]) map.clear();
      listeners.clear();
    },
  };
}
