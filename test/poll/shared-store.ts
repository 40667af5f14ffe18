import { type Clock } from '../../src/lib/clock.js';
import { type News } from '../../src/operation/snapshot.js';
import { type NoticeTopic, type Store } from '../../src/poll/ports.js';
import { createMemoryStore } from '../../src/store/memory.js';

type Notice = Readonly<Record<string, unknown>>;

/** One store that several gateways of a test share, each of which sees the others as other processes. */
export interface SharedStore {
  /** The store as one more process sees it. */
  join(): SharedStoreView;
}

export interface SharedStoreView extends Store {
  /**
   * The process dies: it tells nothing, hears nothing and gives nothing back any more. Or it dies a moment later, once
   * it has written down that it read, and not yet what.
   */
  kill(lastWords?: 'proof'): void;
}

interface Process {
  readonly listeners: Map<string, Set<(news: News) => void>>;
  readonly noticed: Map<NoticeTopic, ((notice: Notice) => void)[]>;
  isAlive: boolean;
  writesProofs: boolean;
}

export function createSharedStore(clock: Clock): SharedStore {
  const memory = createMemoryStore(clock);
  const processes: Process[] = [];
  /** Who took each lease last. */
  const holders = new Map<string, Process>();

  const tellOthers = (of: Process, location: string, held: News['held']): void => {
    for (const other of processes) {
      if (other === of || !other.isAlive) continue;
      for (const listener of other.listeners.get(location) ?? []) listener({ held, isElsewhere: true });
    }
  };

  return {
    join() {
      const process: Process = { listeners: new Map(), noticed: new Map(), isAlive: true, writesProofs: true };
      processes.push(process);
      const never = <T>(): Promise<T> => new Promise(() => undefined);
      return {
        ...memory,
        snapshots: {
          get: (locations) => memory.snapshots.get(locations),
          async add(location, reading) {
            if (!process.isAlive) return never();
            const [before] = await memory.snapshots.get([location]);
            const held = await memory.snapshots.add(location, reading);
            if (held.transitions.at(-1) !== before?.transitions.at(-1)) {
              for (const listener of process.listeners.get(location) ?? []) listener({ held, isElsewhere: false });
            }
            tellOthers(process, location, held);
            return held;
          },
        },
        proofs: {
          get: (scope, keys) => memory.proofs.get(scope, keys),
          put: (...proof) => (process.writesProofs ? memory.proofs.put(...proof) : never()),
        },
        pages: {
          get: (scope, link) => memory.pages.get(scope, link),
          put: (...page) => (process.isAlive ? memory.pages.put(...page) : never()),
        },
        leases: {
          async take(keys, forMs) {
            if (!process.isAlive) return never();
            const taken = await memory.leases.take(keys, forMs);
            for (const [at, key] of keys.entries()) if (taken[at] === true) holders.set(key, process);
            return taken;
          },
          async extend(keys, forMs) {
            if (!process.isAlive) return never();
            const ours = keys.filter((key) => holders.get(key) === process);
            return (await memory.leases.extend(ours, forMs)) && ours.length === keys.length;
          },
          release: (keys) =>
            process.isAlive ? memory.leases.release(keys.filter((key) => holders.get(key) === process)) : never(),
        },
        bus: {
          subscribe(location, listener) {
            const set = process.listeners.get(location) ?? new Set();
            process.listeners.set(location, set.add(listener));
            return () => void set.delete(listener);
          },
        },
        notices: {
          tell(topic, notice) {
            if (!process.isAlive) return;
            for (const other of processes) {
              if (other === process || !other.isAlive) continue;
              for (const listener of other.noticed.get(topic) ?? []) listener(notice);
            }
          },
          hear(topic, listener) {
            process.noticed.set(topic, [...(process.noticed.get(topic) ?? []), listener]);
          },
        },
        replicas: () => processes.filter(({ isAlive }) => isAlive).length,
        kill(lastWords) {
          process.isAlive = false;
          process.writesProofs = lastWords === 'proof';
        },
      };
    },
  };
}
