import { describe, expect, it } from '@jest/globals';
import { type OperationState } from '../../src/operation/state.js';
import { waitForOperation } from '../../src/poll/wait.js';
import { by, caller, createWorld, team, type World } from './world.js';

const anna = caller('anna');
const T = team('T');

function wait({ coordinator, clock, graph, life }: World, ms: number, moments: readonly (number | OperationState)[]) {
  const ref = graph.begin(T, 'O', life(...moments));
  const controller = new AbortController();
  const outcome = waitForOperation({
    coordinator,
    clock,
    authority: by(anna),
    ref,
    untilAt: clock.now() + ms,
    signal: controller.signal,
  });
  return { outcome, leave: () => controller.abort() };
}

describe('whoever waits for an operation', () => {
  it('is answered at its end', async () => {
    const world = createWorld();
    const { outcome } = wait(world, 60_000, [0, 'RUNNING', 20_000, 'SUCCEEDED']);
    await world.clock.advance(30_010);

    expect(await outcome).toMatchObject({ operation: { state: 'SUCCEEDED' } });
  });

  it('is told how it stands when time is up', async () => {
    const world = createWorld();
    const { outcome } = wait(world, 60_000, [0, 'RUNNING']);
    await world.clock.advance(60_000);

    expect(await outcome).toMatchObject({ operation: { state: 'RUNNING' } });
  });

  it('is told what Graph said of it', async () => {
    const world = createWorld();
    world.graph.deny(anna.scope, T, { kind: 'forbidden' });
    const { outcome } = wait(world, 60_000, [0, 'RUNNING']);
    await world.clock.advance(10);

    expect(await outcome).toMatchObject({ reason: { kind: 'forbidden' } });
  });

  it('is told nothing when nothing was known in time', async () => {
    const world = createWorld();
    world.graph.fail(() => ({ kind: 'unavailable' }));
    const { outcome } = wait(world, 1_000, [0, 'RUNNING']);
    await world.clock.advance(1_000);

    expect(await outcome).toBeNull();
  });

  it('may go, and leaves no watch and no timer', async () => {
    const world = createWorld();
    const { outcome, leave } = wait(world, 60_000, [0, 'RUNNING']);
    await world.clock.advance(10);
    leave();

    expect(await outcome).toMatchObject({ operation: { state: 'RUNNING' } });
    await world.clock.advance(5_000);
    expect(world.coordinator.watches).toBe(0);
    await world.clock.advance(8_000_000);
    expect(world.clock.pending).toBe(0);
  });
});
