import { type Clock } from './clock.js';

/** A map whose entries end by themselves. Nothing is read after its time, and its memory goes within a minute of it. */
export interface ExpiringMap<K, V> {
  get(key: K): V | undefined;
  /** @param expiresAt epoch ms, exclusive */
  set(key: K, value: V, expiresAt: number): void;
  delete(key: K): void;
  /** What has not ended, the longest untouched first. */
  entries(): Iterable<readonly [key: K, value: V, expiresAt: number]>;
  /** Entries held, ended ones that were not swept yet among them. */
  readonly size: number;
  /** Drops everything and stops the sweep for good: what is put here later holds no process back. */
  clear(): void;
}

const SWEEP_EVERY_MS = 60_000;

export interface ExpiringMapOptions<K> {
  readonly clock: Clock;
  /** Beyond so many entries the longest untouched goes first. Default: no bound. */
  readonly maxEntries?: number;
  /** An entry that must not end yet, whatever its time; asked at the sweep. */
  readonly isKept?: (key: K) => boolean;
}

export function createExpiringMap<K, V>({
  clock,
  maxEntries = Infinity,
  isKept,
}: ExpiringMapOptions<K>): ExpiringMap<K, V> {
  const entries = new Map<K, { value: V; expiresAt: number }>();
  let cancelSweep: (() => void) | null = null;
  let cleared = false;

  const isOver = (key: K, expiresAt: number): boolean => expiresAt <= clock.now() && isKept?.(key) !== true;
  const sweep = (): void => {
    for (const [key, { expiresAt }] of entries) if (isOver(key, expiresAt)) entries.delete(key);
    cancelSweep = null;
    armSweep();
  };
  const armSweep = (): void => {
    if (entries.size > 0 && !cleared) cancelSweep ??= clock.wakeAt(clock.now() + SWEEP_EVERY_MS, sweep);
  };
  const makeRoom = (): void => {
    for (const key of entries.keys()) {
      if (entries.size <= maxEntries) return;
      if (isKept?.(key) !== true) entries.delete(key);
    }
  };

  return {
    get(key) {
      const entry = entries.get(key);
      return entry === undefined || isOver(key, entry.expiresAt) ? undefined : entry.value;
    },
    set(key, value, expiresAt) {
      entries.delete(key); // so that a Map's order of insertion is the order of last touch
      entries.set(key, { value, expiresAt });
      if (entries.size > maxEntries) makeRoom();
      armSweep();
    },
    delete(key) {
      entries.delete(key);
    },
    *entries() {
      for (const [key, { value, expiresAt }] of entries) if (!isOver(key, expiresAt)) yield [key, value, expiresAt];
    },
    get size() {
      return entries.size;
    },
    clear() {
      cleared = true;
      entries.clear();
      cancelSweep?.();
      cancelSweep = null;
    },
  };
}
