import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, it } from '@jest/globals';

/** A test that begins with others. */
export type TestTogether = (name: string, body: () => Promise<void>) => void;

/** So long after the limit the verdicts are told all the same, each its own. */
const MARGIN_MS = 5_000;

/**
 * Tests that spend their time waiting for what comes by itself, so many of them at a time. All are lived through before
 * the first verdict is told, and only then what they opened is closed; each has its own verdict.
 */
export function together(atOnce: number, limitMs: number): TestTogether {
  const bodies: (() => Promise<void>)[] = [];
  const outcomes: (PromiseSettledResult<void> | undefined)[] = [];

  beforeAll(async () => {
    const left = bodies.entries();
    const liveOn = async (): Promise<void> => {
      for (const [at, body] of left) [outcomes[at]] = await Promise.allSettled([body()]);
    };
    const all = Promise.all(Array.from({ length: atOnce }, liveOn));
    await Promise.race([all, sleep(limitMs, undefined, { ref: false })]);
  }, limitMs + MARGIN_MS);

  return (name, body) => {
    const at = bodies.push(body) - 1;
    it(name, () => {
      const outcome = outcomes[at];
      if (outcome === undefined) throw new Error(`Not over after ${limitMs} ms.`);
      if (outcome.status === 'rejected') throw outcome.reason;
    });
  };
}
