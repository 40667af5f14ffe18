/** The time of this machine, and a way to be woken; handed in, so that nothing but the page's own main file has a timer. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Calls `wake` once, at `at` (epoch ms) or soon after. The returned function cancels it. */
  wakeAt(at: number, wake: () => void): () => void;
}
