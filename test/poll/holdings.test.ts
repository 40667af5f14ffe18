import { describe, expect, it } from '@jest/globals';
import { createHoldings } from '../../src/poll/holdings.js';
import { createSharedStore } from './shared-store.js';
import { createFakeClock } from '../support/fake-clock.js';

const intervalMs = 30_000;
const KEY = '/v1.0/teams/T/operations/O';

/** Two processes that want the same; times are ms from now. */
function open() {
  const clock = createFakeClock();
  const shared = createSharedStore(clock);
  const [here, there] = [shared.join(), shared.join()].map((view) => ({
    view,
    holdings: createHoldings({ leases: view.leases, clock, intervalMs }),
  }));
  if (here === undefined || there === undefined) throw new Error('There are two.');
  /** When the other one gets the lease, asking every 100 ms. */
  const takenOverAfter = async (): Promise<number> => {
    const from = clock.now();
    while ((await there.holdings.take([KEY])).keys.size === 0) await clock.advance(100);
    return clock.now() - from;
  };
  return { clock, here, there, takenOverAfter };
}

describe('what is held while something is read', () => {
  it('is nobody else’s for as long as that takes, and free at once afterwards', async () => {
    const { clock, here, there } = open();
    let end: () => void = () => undefined;
    const taken = await here.holdings.take([KEY]);
    const { pending } = clock;
    const work = here.holdings.during(taken, () => new Promise<void>((done) => (end = done)));
    for (let passed = 0; passed < 10 * intervalMs; passed += 1_000) {
      await clock.advance(1_000);
      expect((await there.holdings.take([KEY])).keys.size).toBe(0);
    }
    end();
    await work;

    expect((await there.holdings.take([KEY])).keys.size).toBe(1);
    expect(clock.pending).toBe(pending);
  });

  it('stays taken for an interval after a read that its holder died of, and for half of one more at the most', async () => {
    for (const sentAfter of [0, 4_000, 9_999, 31_000]) {
      const { clock, here, takenOverAfter } = open();
      void here.holdings.during(await here.holdings.take([KEY]), async (mayRead) => {
        await clock.advance(sentAfter);
        expect(await mayRead()).toBe(true);
        here.view.kill();
        return new Promise(() => undefined);
      });
      await clock.advance(sentAfter);
      const after = await takenOverAfter();
      expect(after).toBeGreaterThanOrEqual(intervalMs);
      expect(after).toBeLessThanOrEqual(1.5 * intervalMs);
    }
  });

  it('stays taken that long after a read that waited for the budget', async () => {
    const { clock, here, takenOverAfter } = open();
    const patienceMs = 5_000;
    void here.holdings.during(await here.holdings.take([KEY], patienceMs), async (mayRead) => {
      expect(await mayRead()).toBe(true);
      here.view.kill();
      return new Promise(() => undefined);
    });
    await clock.advance(patienceMs); // and then it is sent

    expect(await takenOverAfter()).toBeGreaterThanOrEqual(intervalMs);
  });

  it('is not read under any more once another may have had it', async () => {
    const { clock, here, there } = open();
    const taken = await here.holdings.take([KEY]);
    await clock.advance(2 * intervalMs); // this process had no time for anything
    const [theirs] = await there.view.leases.take([KEY], 1);
    expect(theirs).toBe(true);
    expect(await here.holdings.during(taken, (mayRead) => mayRead())).toBe(false);
  });

  it('is asked for again where the time is nearly over, and read under if nobody else has come', async () => {
    const { clock, here, there } = open();
    const taken = await here.holdings.take([KEY]);
    await clock.advance(intervalMs);
    expect(await here.holdings.during(taken, (mayRead) => mayRead())).toBe(true);
    expect((await there.holdings.take([KEY])).keys.size).toBe(1);
  });
});
