import { describe, expect, it } from '@jest/globals';
import { createMemoryStore } from '../../src/store/memory.js';
import { describeEvent, listen, nextChange } from './listener.js';
import { by, caller, chat, createWorld, noCost, team, TIMES } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const T = team('T');
const { intervalMs } = TIMES;

describe('what a subscriber may rely on', () => {
  it('is told the state now at first', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING']);
    expect(heard.isOver).toBe(false);
    await heard.leave();
  });

  it('is told it without a read when a snapshot is young enough', async () => {
    const { clock, coordinator, checks, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(intervalMs - 1);
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(0);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING']);
    expect(graph.reads).toHaveLength(1);
    await heard.leave();
  });

  it('is told it after a check when what is held is older than the interval', async () => {
    const { clock, coordinator, checks, graph, life, readTimes } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    await checks.look(anna, [ref], noCost());
    await clock.advance(intervalMs);
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING']);
    expect(readTimes()).toEqual([0, intervalMs]);
    await heard.leave();
  });

  it('is told each change once, in order, the end among them, and then the stream ends', async () => {
    const { clock, coordinator, graph, life, readTimes } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 40_000, 'RUNNING', 100_000, 'SUCCEEDED'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(300_000);

    expect(heard.said).toEqual([
      'O SNAPSHOT NOT_STARTED',
      'O CHANGED NOT_STARTED → RUNNING',
      'O CHANGED RUNNING → SUCCEEDED',
    ]);
    expect(heard.isOver).toBe(true);
    expect(readTimes()).toEqual([10, 30_010, 60_010, 90_010, 120_010]);
    expect(coordinator.watches).toBe(0);
  });

  it('may miss states between two checks, never the end', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 1_000, 'RUNNING', 2_000, 'UNKNOWN', 3_000, 'FAILED'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(intervalMs + 10);

    expect(heard.said).toEqual(['O SNAPSHOT NOT_STARTED', 'O CHANGED NOT_STARTED → FAILED']);
  });

  it('is told of an operation that has long ended, and the stream ends', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'SUCCEEDED'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref, ref], null));
    await clock.advance(10);

    expect(heard.said).toEqual(['O SNAPSHOT SUCCEEDED']);
    expect(heard.isOver).toBe(true);
  });

  it('hears of several operations in one stream, which ends with the last of them', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const refs = [
      graph.begin(T, 'A', life(0, 'RUNNING', 20_000, 'SUCCEEDED')),
      graph.begin(chat('C'), 'B', life(0, 'RUNNING', 50_000, 'FAILED')),
    ];
    const heard = listen(coordinator.watchOperations(by(anna), refs, null));
    await clock.advance(intervalMs + 20);
    expect(heard.isOver).toBe(false);
    await clock.advance(2 * intervalMs);

    expect([...heard.said].sort()).toEqual([
      'A CHANGED RUNNING → SUCCEEDED',
      'A SNAPSHOT RUNNING',
      'B CHANGED RUNNING → FAILED',
      'B SNAPSHOT RUNNING',
    ]);
    expect(heard.isOver).toBe(true);
  });

  it('that is slow gets the newest state, from the last one it knows', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 50_000, 'UNKNOWN', 80_000, 'SUCCEEDED'));
    const slow = coordinator.watchOperations(by(anna), [ref], null);
    await clock.advance(10);
    const first = await slow.next();
    await clock.advance(200_000);
    const late = listen(slow);
    await clock.advance(0);

    expect(first.value).toMatchObject({ change: { reason: 'SNAPSHOT', operation: { state: 'NOT_STARTED' } } });
    expect(late.said).toEqual(['O CHANGED NOT_STARTED → SUCCEEDED']);
    expect(late.isOver).toBe(true);
    expect(late.changes[0]?.history.map(({ operation }) => operation.state)).toEqual([
      'NOT_STARTED',
      'RUNNING',
      'UNKNOWN',
      'SUCCEEDED',
    ]);
  });

  it('that never reads is told the end at first', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 50_000, 'SUCCEEDED'));
    const slow = coordinator.watchOperations(by(anna), [ref], null);
    await clock.advance(200_000);
    const late = listen(slow);
    await clock.advance(0);

    expect(late.said).toEqual(['O SNAPSHOT SUCCEEDED']);
    expect(late.isOver).toBe(true);
  });

  it('hears of an operation that Graph does not show yet once it does', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(45_000, 'NOT_STARTED', 70_000, 'SUCCEEDED'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(200_000);

    expect(heard.said).toEqual(['O SNAPSHOT NOT_STARTED', 'O CHANGED NOT_STARTED → SUCCEEDED']);
  });

  it('is told NOT_FOUND when Graph does not show it within the grace', async () => {
    const { clock, coordinator, graph, readTimes } = createWorld({ times: { notFoundGraceMs: 100_000 } });
    const ref = graph.begin(T, 'O', []);
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(100_000);
    expect(heard.said).toEqual([]);
    await clock.advance(intervalMs);

    expect(heard.said).toEqual(['O ends: notFound']);
    expect(heard.isOver).toBe(true);
    expect(readTimes()).toEqual([10, 30_010, 60_010, 90_010, 120_010]);
    expect(coordinator.watches).toBe(0);
  });

  it('is told NOT_FOUND at once when Graph had shown it before', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    graph.deny(anna.scope, T, { kind: 'notFound' });
    await clock.advance(intervalMs);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O ends: notFound']);
    expect(heard.isOver).toBe(true);
  });

  it.each(['forbidden', 'unauthenticated', 'refused'] as const)('is told why when Graph says %s', async (kind) => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    graph.deny(anna.scope, T, { kind });
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);

    expect(heard.said).toEqual([`O ends: ${kind}`]);
    expect(heard.isOver).toBe(true);
    expect(coordinator.watches).toBe(0);
  });

  it('is told of a failed read only when the third answer in a row cannot be read', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    graph.fail(() => ({ kind: 'malformed', detail: 'not JSON' }));
    await clock.advance(2 * intervalMs);
    expect(heard.said).toEqual(['O SNAPSHOT RUNNING']);
    await clock.advance(intervalMs);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O ends: malformed']);
  });

  it.each([
    { reason: { kind: 'throttled', retryAfterMs: 50_500 } as const },
    { reason: { kind: 'unavailable' } as const },
    { reason: { kind: 'overBudget', retryAfterMs: 700 } as const },
  ])('waits through $reason.kind and hears of the end after it', async ({ reason }) => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    graph.fail(({ at }) => (at < Date.UTC(2026, 0, 1) + 60_000 ? reason : null));
    await clock.advance(200_000);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
    expect(heard.isOver).toBe(true);
  });

  it('is told why when the watch has lasted too long', async () => {
    const { clock, coordinator, graph, life } = createWorld({ times: { maxAgeMs: 100_000 } });
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(99_999);
    expect(heard.isOver).toBe(false);
    await clock.advance(1);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O ends: limit']);
    expect(heard.isOver).toBe(true);
    expect(coordinator.watches).toBe(0);
  });

  it('knows when the next check comes', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 20_000, 'SUCCEEDED'));
    expect(coordinator.nextCheckAt(ref.location)).toBeNull();
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    const readAt = clock.now();
    expect(coordinator.nextCheckAt(ref.location)).toBe(readAt + intervalMs);

    await clock.advance(intervalMs);
    expect(coordinator.nextCheckAt(ref.location)).toBeNull();
    expect(heard.isOver).toBe(true);
  });

  it('knows that a throttled check comes when Graph said', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    graph.fail(() => ({ kind: 'throttled', retryAfterMs: 77_700 }));
    await clock.advance(intervalMs);

    expect(coordinator.nextCheckAt(ref.location)).toBe(clock.now() + 77_700);
    await heard.leave();
  });

  it('is let go when everything stops', async () => {
    const { checks, clock, coordinator, graph, life, store } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heards = [
      listen(coordinator.watchOperations(by(anna), [ref], null)),
      listen(coordinator.watchHost(by(ben), T, () => true, null)),
    ];
    await clock.advance(10);
    await coordinator.stop();
    await clock.advance(0);
    expect(heards.map(({ isOver }) => isOver)).toEqual([true, true]);

    const reads = graph.reads.length;
    await clock.advance(intervalMs * 2);
    expect(graph.reads).toHaveLength(reads);
    checks.close();
    await store.close();
    expect(clock.pending).toBe(0);
    await coordinator.stop();
  });
});

describe('very many subscribers of one caller', () => {
  const CROWD = 200;

  it('cost one look at what is held, and whoever comes later none', async () => {
    const world = createWorld();
    const { clock, graph, life } = world;
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 2 * intervalMs, 'SUCCEEDED'));
    let looks = 0;
    const held = createMemoryStore(clock);
    const get = (locations: readonly string[]) => {
      looks += 1;
      return held.snapshots.get(locations);
    };
    const { coordinator } = world.another({
      ...held,
      snapshots: { get, add: (location, reading) => held.snapshots.add(location, reading) },
    });
    const come = () => listen(coordinator.watchOperations(by(anna), [ref], null));
    const first = Array.from({ length: CROWD }, come);
    await clock.advance(10);
    const looksOfFirst = looks;
    const later = Array.from({ length: CROWD }, come);
    await clock.advance(10);
    expect(looksOfFirst).toBeLessThan(5);
    expect(looks).toBe(looksOfFirst);

    await clock.advance(3 * intervalMs);
    for (const { said, isOver } of [...first, ...later]) {
      expect(said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
      expect(isOver).toBe(true);
    }
  });

  it('are not told anew when one more comes, nor is that one told twice', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const crowd = Array.from({ length: 3 }, () => listen(coordinator.watchOperations(by(anna), [ref], null)));
    await clock.advance(10);
    const one = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(2 * intervalMs);
    for (const { said } of [...crowd, one]) expect(said).toEqual(['O SNAPSHOT RUNNING']);
  });
});

describe('a subscriber that was away', () => {
  const story = () => {
    const world = createWorld();
    const { coordinator, graph, clock, life } = world;
    const refs = [
      graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 80_000, 'SUCCEEDED')),
      graph.begin(T, 'B', life(0, 'NOT_STARTED', 50_000, 'RUNNING', 110_000, 'FAILED')),
      graph.begin(chat('C'), 'C', life(0, 'RUNNING', 50_000, 'UNKNOWN', 80_000, 'CANCELLED')),
    ];
    // Somebody else watches all along: what happens meanwhile is seen.
    const other = listen(coordinator.watchOperations(by(ben), refs, null));
    return { world, refs, other, advance: (ms: number) => clock.advance(ms) };
  };
  const all = [
    ['A', 'NOT_STARTED', 'RUNNING', 'SUCCEEDED'],
    ['B', 'NOT_STARTED', 'RUNNING', 'FAILED'],
    ['C', 'RUNNING', 'UNKNOWN', 'CANCELLED'],
  ];

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'goes on behind event %i of three operations without loss or repetition, at once or later',
    async (count) => {
      for (const awayMs of [0, 5_000, 35_000, 100_000, 150_000]) {
        const { world, refs, advance } = story();
        const first = world.coordinator.watchOperations(by(anna), refs, null);
        const told: { id: string; state: string; reason: string }[] = [];
        let cursor = '';
        const reading = (async () => {
          while (told.length < count) {
            const event = await nextChange(first);
            const { ref, operation, reason } = event.change;
            told.push({ id: ref.operationId, state: operation.state, reason });
            cursor = event.cursor;
          }
          await first.return();
        })();
        for (let ms = 0; ms < 200_000 && told.length < count; ms += 1_000) await advance(1_000);
        await reading;
        await advance(awayMs);
        const second = listen(world.coordinator.watchOperations(by(anna), refs, cursor));
        await advance(400_000);

        for (const { ref, operation, reason } of second.changes) {
          told.push({ id: ref.operationId, state: operation.state, reason });
        }
        expect(second.isOver).toBe(true);
        for (const [id = '', ...states] of all) {
          const mine = told.filter((each) => each.id === id);
          // A first event that was not read before comes now, and tells the state now.
          expect(states.slice(-mine.length)).toEqual(mine.map(({ state }) => state));
          expect(mine.map(({ reason }) => reason)).toEqual(['SNAPSHOT', ...mine.slice(1).map(() => 'CHANGED')]);
          const wasTold = told.slice(0, count).some((each) => each.id === id);
          if (wasTold) expect(mine).toHaveLength(3);
        }
      }
    },
  );

  it('is told nothing and let go when it had heard of everything', async () => {
    const { world, refs, advance, other } = story();
    const heard = listen(world.coordinator.watchOperations(by(anna), refs, null));
    await advance(200_000);
    expect([heard.isOver, other.isOver]).toEqual([true, true]);
    const again = listen(world.coordinator.watchOperations(by(anna), refs, heard.cursor));
    await advance(10);

    expect(again.said).toEqual([]);
    expect(again.isOver).toBe(true);
  });

  it('starts anew, and is told so, after the gateway forgot everything', async () => {
    const { clock, graph, life, coordinator, another } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    await coordinator.stop();
    const restarted = another(createMemoryStore(clock));
    await clock.advance(intervalMs);
    const again = listen(restarted.coordinator.watchOperations(by(anna), [ref], heard.cursor));
    await clock.advance(10);

    expect(again.said).toEqual(['O RESET RUNNING']);
    await again.leave();
  });

  it('starts anew with the cursor of another stream', async () => {
    const { clock, graph, life, coordinator } = createWorld();
    const [a, b] = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(T, 'B', life(0, 'RUNNING'))];
    const heard = listen(coordinator.watchOperations(by(anna), [a], null));
    await clock.advance(10);
    const again = listen(coordinator.watchOperations(by(anna), [a, b], heard.cursor));
    await clock.advance(10);

    expect(again.said).toEqual(['A RESET RUNNING', 'B RESET RUNNING']);
    await heard.leave();
    await again.leave();
  });

  it('starts anew with a cursor of the future', async () => {
    const later = createWorld();
    const ref = later.graph.begin(T, 'O', later.life(0, 'RUNNING'));
    await later.clock.advance(3_600_000);
    const heard = listen(later.coordinator.watchOperations(by(anna), [ref], null));
    await later.clock.advance(10);
    const { clock, graph, life, coordinator } = createWorld();
    graph.begin(T, 'O', life(0, 'RUNNING'));
    const again = listen(coordinator.watchOperations(by(anna), [ref], heard.cursor));
    await clock.advance(10);

    expect(again.said).toEqual(['O RESET RUNNING']);
    await heard.leave();
    await again.leave();
  });

  it('gets no right from a cursor', async () => {
    const { clock, graph, life, coordinator } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(10);
    graph.deny(ben.scope, T, { kind: 'forbidden' });
    const thief = listen(coordinator.watchOperations(by(ben), [ref], heard.cursor));
    await clock.advance(10);

    expect(thief.said).toEqual(['O ends: forbidden']);
    await heard.leave();
  });

  it('is told of what happened while one of its proofs was overdue, though its cursor is newer', async () => {
    const world = createWorld({ times: { proofMs: 60_000 } });
    const { clock, graph, life, coordinator } = world;
    const refs = [
      graph.begin(T, 'A', life(0, 'RUNNING', 70_000, 'SUCCEEDED')),
      graph.begin(team('U'), 'B', life(0, 'RUNNING', 100_000, 'UNKNOWN', 400_000, 'FAILED')),
    ];
    const stream = coordinator.watchOperations(by(anna), refs, null);
    // Another process sees what this one may not read.
    const other = listen(world.another().coordinator.watchOperations(by(ben), refs.slice(0, 1), null));
    await clock.advance(10);
    const told = [await nextChange(stream), await nextChange(stream)];
    graph.fail(({ scope, path, at }) =>
      scope === anna.scope && path.includes('/T/') && at < Date.UTC(2026, 0, 1) + 200_000
        ? { kind: 'throttled', retryAfterMs: 300_000 }
        : null,
    );
    await clock.advance(130_000);
    expect(other.isOver).toBe(true);
    told.push(await nextChange(stream));
    await stream.return();
    expect(told.map(describeEvent)).toEqual([
      'A SNAPSHOT RUNNING',
      'B SNAPSHOT RUNNING',
      'B CHANGED RUNNING → UNKNOWN',
    ]);
    const again = listen(coordinator.watchOperations(by(anna), refs, told[2]?.cursor ?? null));
    await clock.advance(400_000);

    expect(again.said).toEqual(['A CHANGED RUNNING → SUCCEEDED', 'B CHANGED UNKNOWN → FAILED']);
    expect(again.isOver).toBe(true);
  });
});
