import { setTimeout as sleep } from 'node:timers/promises';

/** How long something may take on a machine that has much else to do. */
const PATIENCE_MS = 30_000;
const LOOK_EVERY_MS = 10;

/** Waits for what comes to be so by itself, in real time. Rejects when it has not after so long that it will not. */
export async function until(isSo: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  while (!isSo()) {
    if (performance.now() > endsAt) throw new Error(`Not so after ${patienceMs} ms: ${String(isSo)}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** The same of what a test expects: its last complaint is the test's. */
export async function eventually(expectIt: () => Promise<void>, patienceMs = PATIENCE_MS): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    try {
      await expectIt();
      return;
    } catch (error) {
      if (performance.now() > endsAt) throw error;
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Lets real time pass, in small steps: however late this process is, what has come for it over the network is taken
 * in between. So whatever was on its way at the start has come at the end.
 */
export async function pass(ms: number): Promise<void> {
  const endsAt = performance.now() + ms;
  for (let step = 0; step < 10 || performance.now() < endsAt; step++) await sleep(ms / 10);
}
