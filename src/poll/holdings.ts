import { type Clock } from '../lib/clock.js';
import { type Leases } from './ports.js';

/** Leases are extended so often in an interval while the reads that they are for go on. */
const EXTENSIONS_PER_INTERVAL = 6;

/**
 * Leases, held while something is read under them. A read that is sent while its lease is held stays the only one for an
 * interval from then on, also when this process dies of it: whoever takes over finds the lease taken until that is over.
 */
export interface Holdings {
  /** @param patienceMs how long a read may wait before it is sent */
  take(keys: readonly string[], patienceMs?: number): Promise<Taken>;
  /**
   * Works while the leases are held, however long that takes, and gives them back.
   *
   * @param work is told whether it may still send a read: not where this process was so late that another may have come
   */
  during<T>(taken: Taken, work: (mayRead: () => Promise<boolean>) => Promise<T>): Promise<T>;
}

export interface Taken {
  /** Those that are ours. */
  readonly keys: ReadonlySet<string>;
  /** Since when at the latest, epoch ms, and for how long. */
  readonly askedAt: number;
  readonly forMs: number;
}

export interface HoldingsOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly intervalMs: number;
}

export function createHoldings({ leases, clock, intervalMs }: HoldingsOptions): Holdings {
  const extendEveryMs = Math.ceil(intervalMs / EXTENSIONS_PER_INTERVAL);
  /** One extension may come late, or not at all. */
  const spareMs = 2 * extendEveryMs;

  return {
    async take(keys, patienceMs = 0) {
      const askedAt = clock.now();
      const forMs = intervalMs + spareMs + patienceMs;
      const taken = keys.length === 0 ? [] : await leases.take(keys, forMs);
      return { keys: new Set(keys.filter((_, at) => taken[at] === true)), askedAt, forMs };
    },
    async during(taken, work) {
      const { askedAt: takenAt, forMs } = taken;
      const keys = [...taken.keys];
      if (keys.length === 0) return work(() => Promise.resolve(true));
      let safeUntil = takenAt + spareMs;
      const extend = async (): Promise<boolean> => {
        const askedAt = clock.now();
        const areOurs = await leases.extend(keys, forMs);
        if (areOurs) safeUntil = askedAt + spareMs;
        return areOurs;
      };
      let cancel: () => void = () => undefined;
      const extendLater = (): void => {
        cancel = clock.wakeAt(clock.now() + extendEveryMs, () => {
          extend().catch(() => undefined); // whoever is about to send asks again, and is told
          extendLater();
        });
      };
      extendLater();
      try {
        return await work(() => (clock.now() < safeUntil ? Promise.resolve(true) : extend()));
      } finally {
        cancel();
        await leases.release(keys);
      }
    },
  };
}
