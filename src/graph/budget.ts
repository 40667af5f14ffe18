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
  /** By the name of each rate what is left of it now; of hosts of a kind, the least that any of them has. */
  left(now: number): Readonly<Record<string, BudgetLeft>>;
}

/** Reads that one rate lets into a second, and how many of them may still be sent; Infinity where there is no limit. */
export interface BudgetLeft {
  readonly most: number;
  readonly left: number;
}

/** Two reads sent a second apart may arrive a little closer. */
const GUARD_MS = 20;

/** @param parties how many processes the rates are divided among, of which this is one */
export function createBudget(rates: Rates, parties: () => number = () => 1): Budget {
  const shareOf = (rate: number) => (): number => rate / parties();
  const tenant = createWindow(shareOf(rates.tenant));
  const hosts = new Map<string, { readonly kind: string; readonly window: Window }>();
  let sweepAt = -Infinity;

  function dropIdle(now: number): void {
    if (now < sweepAt) return;
    sweepAt = now + 1_000;
    for (const [location, { window }] of hosts) if (window.isIdle(now)) hosts.delete(location);
  }

  function windowOf(host: OperationHost): Window | null {
    const known = hosts.get(host.location);
    if (known !== undefined) return known.window;
    const kind = host.hostKind.name;
    const rate = rates[kind] ?? 0;
    if (rate <= 0) return null;
    const window = createWindow(shareOf(rate));
    hosts.set(host.location, { kind, window });
    return window;
  }

  return {
    take(host, now) {
      dropIdle(now);
      const ofHost = windowOf(host);
      const waitMs = Math.max(tenant.waitMs(now), ofHost?.waitMs(now) ?? 0);
      if (waitMs > 0) return waitMs;
      tenant.add(now);
      ofHost?.add(now);
      return 0;
    },
    left(now) {
      const lefts = Object.entries(rates).map(([name, rate]): [string, BudgetLeft] => {
        const { most } = boundsOf(rate / parties());
        return [name, { most, left: name === 'tenant' ? tenant.left(now) : most }];
      });
      const all = new Map(lefts);
      for (const { kind, window } of hosts.values()) {
        const known = all.get(kind);
        if (known !== undefined) all.set(kind, { ...known, left: Math.min(known.left, window.left(now)) });
      }
      return Object.fromEntries(all);
    },
  };
}

/** The newest sends under one rate, as many as it lets into one window. */
interface Window {
  waitMs(now: number): number;
  add(now: number): void;
  /** How many it lets in now. */
  left(now: number): number;
  /** Whether nothing that it remembers can make a read wait any more. */
  isIdle(now: number): boolean;
}

/** A rate below one is one send in a longer window: 0.5 is one in two seconds. */
function boundsOf(perSecond: number): { readonly most: number; readonly lengthMs: number } {
  if (perSecond <= 0) return { most: Infinity, lengthMs: 0 };
  return {
    most: Math.max(1, Math.floor(perSecond)),
    lengthMs: Math.ceil(1_000 / Math.min(1, perSecond)) + GUARD_MS,
  };
}

/** @param perSecond the rate as it is now: it changes with the number of those who share it */
function createWindow(perSecond: () => number): Window {
  let sentAt: number[] = []; // oldest first
  return {
    waitMs(now) {
      const { most, lengthMs } = boundsOf(perSecond());
      const oldest = sentAt.length < most ? undefined : sentAt.at(-most);
      return oldest === undefined ? 0 : Math.max(0, oldest + lengthMs - now);
    },
    add(now) {
      const { most, lengthMs } = boundsOf(perSecond());
      if (most === Infinity) return;
      // What is behind the window is behind any that a later rate could have, but for a rate below one.
      if (sentAt.length >= most) sentAt = sentAt.filter((at) => at + lengthMs > now);
      sentAt.push(now);
    },
    left(now) {
      const { most, lengthMs } = boundsOf(perSecond());
      return Math.max(0, most - sentAt.filter((at) => at + lengthMs > now).length);
    },
    isIdle: (now) => (sentAt.at(-1) ?? -Infinity) + boundsOf(perSecond()).lengthMs <= now,
  };
}
