import { type OperationHost } from '../operation/ref.js';

/** Reads per second: for the tenant, and for one host of each kind by the kind's name. 0 is no limit. */
export type Rates = Readonly<Record<string, number>> & { readonly tenant: number };

/**
 * Our own limit below Graph's: never more than a rate's reads in any second, wherever that second begins. A read counts
 * for the tenant and for its host; a host whose kind has no rate counts for the tenant alone.
 */
export interface Budget {
  /** Takes one read from both, or from none. @returns 0 when it was taken, else the ms after which to ask again */
  take(host: OperationHost, now: number): number;
}

/** Two reads sent a second apart may arrive a little closer. */
const GUARD_MS = 20;

export function createBudget(rates: Rates): Budget {
  const tenant = createWindow(rates.tenant);
  const hosts = new Map<string, Window>();
  let sweepAt = -Infinity;

  function dropIdle(now: number): void {
    if (now < sweepAt) return;
    sweepAt = now + 1_000;
    for (const [location, window] of hosts) if (window.isIdle(now)) hosts.delete(location);
  }

  function windowOf(host: OperationHost): Window {
    const known = hosts.get(host.location);
    if (known !== undefined) return known;
    const window = createWindow(rates[host.hostKind.name] ?? 0);
    hosts.set(host.location, window);
    return window;
  }

  return {
    take(host, now) {
      dropIdle(now);
      const windows = [tenant, windowOf(host)];
      const waitMs = Math.max(...windows.map((window) => window.waitMs(now)));
      if (waitMs === 0) for (const window of windows) window.add(now);
      return waitMs;
    },
  };
}

/** The newest sends under one rate, as many as it lets into one window. */
interface Window {
  waitMs(now: number): number;
  add(now: number): void;
  /** Whether nothing that it remembers can make a read wait any more. */
  isIdle(now: number): boolean;
}

/** A rate below one is one send in a longer window: 0.5 is one in two seconds. */
function createWindow(perSecond: number): Window {
  if (perSecond <= 0) return { waitMs: () => 0, add() {}, isIdle: () => true };
  const limit = Math.max(1, Math.floor(perSecond));
  const lengthMs = Math.ceil(1_000 / Math.min(1, perSecond)) + GUARD_MS;
  const sentAt: number[] = []; // oldest first
  return {
    waitMs(now) {
      const oldest = sentAt.length < limit ? undefined : sentAt[0];
      return oldest === undefined ? 0 : Math.max(0, oldest + lengthMs - now);
    },
    add(now) {
      sentAt.push(now);
      if (sentAt.length > limit) sentAt.shift();
    },
    isIdle: (now) => (sentAt.at(-1) ?? -Infinity) + lengthMs <= now,
  };
}
