import { type Clock } from '../../src/lib/clock.js';

/** A clock that stands still until it is told to go. */
export interface FakeClock extends Clock {
  /** Goes forward by `ms`, waking whoever is due on the way, in order, and letting each one's promises settle. */
  advance(ms: number): Promise<void>;
  /** How many wake-ups are asked for and have not come. */
  readonly pending: number;
}

/** Lets every promise that can go on do so; real I/O is not waited for. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * One turn: enough for what only waits for promises, and several times as quick.
 * Node empties the whole queue of promises before it comes to an immediate.
 */
export async function settlePromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, so many ms at a step, until something real has come: an answer over the network, the end of a stream. */
export async function advanceUntil<T>(clock: FakeClock, stepMs: number, coming: Promise<T>): Promise<T> {
  const settled = coming.then(
    () => true,
    () => true,
  );
  const step = (): Promise<boolean> => clock.advance(stepMs).then(() => false);
  while (!(await Promise.race([settled, step()])));
  return coming;
}

/** So many wake-ups at one moment are a loop that never lets time go on; a real clock would run hot in it. */
const ENDLESS = 20_000;

/**
 * @param startsAt epoch ms; the default is a round moment, so that times in a failing test are easy to read
 * @param settled waits until all that a wake-up has set off is done
 */
export function createFakeClock(startsAt = Date.UTC(2026, 0, 1), settled = settle): FakeClock {
  let now = startsAt;
  let nextId = 0;
  const timers = new Map<number, { at: number; wake: () => void }>();
  /** Of several at one moment it is the one that was asked for first, as a map has them. */
  const earliest = (until: number): [number, { at: number; wake: () => void }] | undefined => {
    let first: [number, { at: number; wake: () => void }] | undefined;
    for (const timer of timers) {
      const { at } = timer[1];
      if (at <= until && (first === undefined || at < first[1].at)) first = timer;
    }
    return first;
  };

  return {
    now: () => now,
    wakeAt(at, wake) {
      const id = nextId++;
      timers.set(id, { at, wake });
      return () => void timers.delete(id);
    },
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      let atOnce = 0;
      for (let due = earliest(until); due !== undefined; due = earliest(until)) {
        const [id, { at, wake }] = due;
        timers.delete(id);
        atOnce = at > now ? 0 : atOnce + 1;
        if (atOnce > ENDLESS) throw new Error(`Timers are set for ${new Date(now).toISOString()} again and again.`);
        now = Math.max(now, at);
        wake();
        await settled();
      }
      now = until;
      await settled();
    },
  };
}
