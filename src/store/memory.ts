import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Scope } from '../operation/scope.js';
import { advance, type Held, type HeldPage, type Snapshot } from '../operation/snapshot.js';

/**
 * The store of a single process. What nobody watches is kept for an hour after its last check, so that a client that
 * was away finds the transitions it missed.
 */
const KEEP_MS = 3_600_000;
/** About 3 KB each: 50,000 operations that nobody watches any more are 150 MB at the most. */
const MAX_HELD = 50_000;
/** About 300 bytes each. */
const MAX_PROOFS = 500_000;
/** A few KB each. */
const MAX_PAGES = 20_000;

type Listener = (news: { readonly held: Held; readonly isElsewhere: boolean }) => void;

export function createMemoryStore(clock: Clock) {
  const listeners = new Map<string, Set<Listener>>();
  const holding = createExpiringMap<string, Held>({ clock, maxEntries: MAX_HELD, isKept: (key) => listeners.has(key) });
  const proofs = createExpiringMap<string, number>({ clock, maxEntries: MAX_PROOFS });
  const pages = createExpiringMap<string, HeldPage>({ clock, maxEntries: MAX_PAGES });
  const leases = createExpiringMap<string, true>({ clock });
  let lastStamp = 0;

  /** Microseconds of the clock, pushed on where two transitions share one: an order that a restart does not turn back. */
  const nextStamp = (): number => (lastStamp = Math.max(lastStamp + 1, clock.now() * 1_000));

  return {
    snapshots: {
      get(locations: readonly string[]) {
        return Promise.resolve(locations.map((location) => holding.get(location) ?? null));
      },
      add(location: string, reading: Snapshot) {
        const { held, transition } = advance(holding.get(location) ?? null, reading, nextStamp());
        holding.set(location, held, clock.now() + KEEP_MS);
        if (transition !== null)
          for (const listener of listeners.get(location) ?? []) listener({ held, isElsewhere: false });
        return Promise.resolve(held);
      },
    },
    proofs: {
      put(scope: Scope, locations: readonly string[], readAt: number, keepMs: number) {
        for (const location of locations) {
          const key = `${scope} ${location}`;
          if ((proofs.get(key) ?? -Infinity) <= readAt) proofs.set(key, readAt, readAt + keepMs);
        }
        return Promise.resolve();
      },
      get(scope: Scope, locations: readonly string[]) {
        return Promise.resolve(locations.map((location) => proofs.get(`${scope} ${location}`) ?? null));
      },
    },
    pages: {
      get(scope: Scope, link: string) {
        return Promise.resolve(pages.get(`${scope} ${link}`) ?? null);
      },
      put(scope: Scope, link: string, page: HeldPage, keepMs: number) {
        pages.set(`${scope} ${link}`, page, page.readAt + keepMs);
        return Promise.resolve();
      },
    },
    leases: {
      take(locations: readonly string[], forMs: number) {
        const now = clock.now();
        return Promise.resolve(
          locations.map((location) => {
            if (leases.get(location) === true) return false;
            leases.set(location, true, now + forMs);
            return true;
          }),
        );
      },
      extend(locations: readonly string[], forMs: number) {
        const until = clock.now() + forMs;
        for (const location of locations) if (leases.get(location) === true) leases.set(location, true, until);
        return Promise.resolve();
      },
      release(locations: readonly string[]) {
        for (const location of locations) leases.delete(location);
        return Promise.resolve();
      },
    },
    bus: {
      subscribe(location: string, listener: Listener) {
        const set = listeners.get(location) ?? new Set();
        listeners.set(location, set.add(listener));
        return () => {
          set.delete(listener);
          if (set.size === 0 && listeners.get(location) === set) listeners.delete(location);
        };
      },
    },
    // There is no other process.
    notices: { tell: () => undefined, hear: () => undefined },
    replicas: () => 1,
    latestStamp: () => Math.max(lastStamp, (clock.now() + 1) * 1_000),
    isReady: () => true,
    close() {
      for (const map of [holding, proofs, pages, leases]) map.clear();
      listeners.clear();
      return Promise.resolve();
    },
  };
}
