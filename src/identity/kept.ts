import { type Clock } from '../lib/clock.js';

/** Something that is fetched when it is first needed and again from time to time. */
export interface Kept<T> {
  /** What is held; fetched where nothing is. What is old is returned at once, and fetched anew meanwhile. */
  get(): Promise<T>;
  /** As it is now, for whoever did not find what it looked for. Within the pause after the last try nothing is fetched. */
  renewed(): Promise<T>;
}

export interface KeptOptions<T> {
  readonly clock: Clock;
  readonly fetch: () => Promise<T>;
  /** From then on it is fetched anew. */
  readonly freshMs: number;
  /** From then on it counts no more, for want of a newer one. */
  readonly maxAgeMs: number;
  /** Least time from one try to the next, however it went. */
  readonly pauseMs: number;
}

export function createKept<T>({ clock, fetch, freshMs, maxAgeMs, pauseMs }: KeptOptions<T>): Kept<T> {
  let held: { readonly value: T; readonly fetchedAt: number } | null = null;
  let triedAt = -Infinity;
  let failure: { readonly error: unknown } | null = null;
  let flight: Promise<T> | null = null;

  async function begin(): Promise<T> {
    triedAt = clock.now();
    try {
      const value = await fetch();
      held = { value, fetchedAt: clock.now() };
      failure = null;
      return value;
    } catch (error) {
      failure = { error };
      throw error;
    } finally {
      flight = null;
    }
  }

  const ageMs = (): number => (held === null ? Infinity : clock.now() - held.fetchedAt);

  async function renewed(): Promise<T> {
    if (flight !== null) return flight;
    if (clock.now() - triedAt >= pauseMs) return (flight = begin());
    if (failure !== null) throw failure.error;
    return held === null ? (flight = begin()) : held.value;
  }

  return {
    renewed,
    async get() {
      if (held === null || ageMs() >= maxAgeMs) return renewed();
      if (ageMs() >= freshMs) renewed().catch(() => undefined); // what is held serves until it is too old
      return held.value;
    },
  };
}
