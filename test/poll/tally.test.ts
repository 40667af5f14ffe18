import { describe, expect, it } from '@jest/globals';
import { listen } from './listener.js';
import { createSharedStore } from './shared-store.js';
import { by, caller, createWorld, noCost, team, TIMES } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const T = team('T');
const { intervalMs } = TIMES;

describe('what polling counts of itself', () => {
  it('tells the reads that subscribers share, and not those that each needs for its proof', async () => {
    const { clock, graph, life, coordinator, tally } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    for (const who of [anna, anna, ben]) listen(coordinator.watchOperations(by(who), [ref], null));
    await clock.advance(1_000);
    expect(graph.reads).toHaveLength(2);
    expect(tally.savedReads).toBe(2); // the first read is for three, and the second is ben's proof
    await clock.advance(intervalMs);
    expect(graph.reads).toHaveLength(3);
    expect(tally.savedReads).toBe(4);
    expect(tally.checks).toMatchObject({ read: 3, listed: 0 });
  });

  it('tells how late a check came, and not how long nobody watched', async () => {
    const { clock, graph, checks, life, coordinator, tally } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(60 * intervalMs);
    listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(3 * intervalMs);

    expect(tally.checkLag.counts.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(3);
    expect(tally.checkLag.sum).toBeLessThan(1);
  });

  it('tells how old what a query was told was, but for what has ended', async () => {
    const { clock, graph, checks, life, tally } = createWorld();
    const running = graph.begin(T, 'O', life(0, 'RUNNING'));
    const over = graph.begin(team('U'), 'P', life(0, 'SUCCEEDED'));
    await checks.look(anna, [running, over], noCost());
    await clock.advance(20_000);
    await checks.look(anna, [running, over], noCost());

    expect(tally.served).toBe(2);
    expect(tally.servedAge.counts.reduce((a, b) => a + b)).toBe(2);
    expect(tally.servedAge.sum).toBe(20);
  });

  it('tells of a watch that another process has kept, once when it takes it over', async () => {
    const world = createWorld();
    const shared = createSharedStore(world.clock);
    const [firstView, secondView] = [shared.join(), shared.join()];
    const [first, second] = [world.another(firstView), world.another(secondView)];
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    listen(first.coordinator.watchOperations(by(anna), [ref], null));
    await world.clock.advance(1_000);
    listen(second.coordinator.watchOperations(by(anna), [ref], null));
    await world.clock.advance(2 * intervalMs);
    expect([first.tally.takeovers, second.tally.takeovers]).toEqual([0, 0]);
    firstView.kill();
    await world.clock.advance(3 * intervalMs);
    expect(second.tally.takeovers).toBe(1);
  });

  it('tells of callers that wait for a read of their own for longer than an interval', async () => {
    const { clock, graph, life, coordinator } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    graph.fail(() => ({ kind: 'unavailable' }));
    listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(intervalMs - 1);
    expect(coordinator.overdueProofs()).toBe(0);
    await clock.advance(1);
    expect(coordinator.overdueProofs()).toBe(1);
    expect(coordinator.watched(null, 10).rows).toMatchObject([
      {
        location: ref.location,
        state: null,
        delayedBy: 'UPSTREAM_UNAVAILABLE',
        subscribers: 1,
        scopes: 1,
        unproved: 1,
      },
    ]);
  });
});
