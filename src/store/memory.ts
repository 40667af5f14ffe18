import { type Clock } from '../lib/clock.js';
import { silentLog, type Log } from '../lib/log.js';
import { type Scope } from '../operation/scope.js';
import { advance, type HeldPage, type Snapshot } from '../operation/snapshot.js';
import { createLocal, type Listener } from './local.js';
import { createStamps } from './stamps.js';

/** The store of a single process. */
export function createMemoryStore(clock: Clock, log: Log = silentLog) {
  const local = createLocal(clock, log);
  const stamps = createStamps(() => clock.now());

  return {
    snapshots: {
      get: (locations: readonly string[]) => Promise.resolve(locations.map((location) => local.held(location))),
      add(location: string, reading: Snapshot) {
        const { held, transition } = advance(local.held(location), reading, stamps.next());
        local.hold(location, held);
        if (transition !== null) local.tell(location, { held, isElsewhere: false });
        return Promise.resolve(held);
      },
    },
    proofs: {
      put(scope: Scope, keys: readonly string[], at: number, keepMs: number) {
        for (const key of keys) local.note({ scope, key, at, expiresAt: at + keepMs });
        return Promise.resolve();
      },
      get: (scope: Scope, keys: readonly string[]) => Promise.resolve(keys.map((key) => local.notedAt(scope, key))),
    },
    atHand: {
      held: (location: string) => local.held(location),
      notedAt: (scope: Scope, key: string) => local.notedAt(scope, key),
    },
    pages: {
      get: (scope: Scope, link: string) => Promise.resolve(local.page(scope, link)),
      put(scope: Scope, link: string, page: HeldPage, keepMs: number) {
        local.keepPage(scope, link, page, page.readAt + keepMs);
        return Promise.resolve();
      },
    },
    leases: {
      take(keys: readonly string[], forMs: number) {
        const until = clock.now() + forMs;
        return Promise.resolve(keys.map((key) => local.lease(key, until)));
      },
      extend(keys: readonly string[], forMs: number) {
        const until = clock.now() + forMs;
        const held = keys.filter((key) => local.extend(key, until));
        return Promise.resolve(held.length === keys.length);
      },
      release(keys: readonly string[]) {
        for (const key of keys) local.release(key);
        return Promise.resolve();
      },
    },
    bus: {
      subscribe(location: string, listener: Listener) {
        const stop = local.listen(location, listener);
        return () => void stop();
      },
    },
    // There is no other process.
    notices: { tell: () => undefined, hear: () => undefined },
    replicas: () => 1,
    latestStamp: () => Math.max(stamps.last, (clock.now() + 1) * 1_000),
    isReady: () => true,
    close() {
      local.clear();
      return Promise.resolve();
    },
  };
}
