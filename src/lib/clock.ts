/** The time, and a way to be woken. All of the gateway takes it as an argument, so that tests own it. */
export interface Clock {
  /** Epoch milliseconds, whole; never runs backwards. */
  now(): number;
  /** Calls `wake` once, never before `at` (epoch ms). The returned function cancels it; cancelling twice is no error. */
  wakeAt(at: number, wake: () => void): () => void;
}

/** Node caps a timer's delay at 2^31 - 1 ms; a later time is reached in several steps. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * The machine's clock. It counts from the start of the process on the monotonic timer, because a wall clock that is set
 * back would stretch an interval and one that is set forward would break Graph's.
 */
export const systemClock: Clock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  wakeAt(at, wake) {
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const delay = Math.min(Math.max(0, at - systemClock.now()), MAX_DELAY_MS);
      timer = setTimeout(() => {
        // A timer may fire a millisecond early; the promise is "never before".
        if (systemClock.now() < at) arm();
        else wake();
      }, delay);
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Resolves at `at` (epoch ms), or at once when `signal` aborts. It never rejects: the caller looks at the signal. */
export function sleepUntil(clock: Clock, at: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.wakeAt(at, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
