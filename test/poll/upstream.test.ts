import { describe, expect, it } from '@jest/globals';
import { type OperationRef } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { listen, type Listener } from './listener.js';
import { by, caller, chat, createWorld, noCost, team, TIMES, type World } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const T = team('T');
const { intervalMs, lingerMs } = TIMES;

function watch({ coordinator }: World, who: Caller, refs: readonly OperationRef[]): Listener {
  return listen(coordinator.watchOperations(by(who), refs, null));
}

describe('what Graph may rely on', () => {
  it('is asked once per interval, however many watch', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING', 70_000, 'SUCCEEDED'));
    const heards = Array.from({ length: 200 }, () => watch(world, anna, [ref]));
    await world.clock.advance(200_000);

    expect(world.readTimes()).toEqual([10, 30_010, 60_010, 90_010]);
    expect(new Set(heards.map(({ said }) => said.join()))).toEqual(
      new Set(['O SNAPSHOT RUNNING,O CHANGED RUNNING → SUCCEEDED']),
    );
  });

  it('is asked for the list when two operations of a team are watched, and for the item when it is one', async () => {
    const world = createWorld();
    const refs = ['A', 'B'].map((id) => world.graph.begin(T, id, world.life(0, 'RUNNING')));
    const alone = world.graph.begin(team('U'), 'X', world.life(0, 'RUNNING'));
    const heard = watch(world, anna, [...refs, alone]);
    await world.clock.advance(3 * intervalMs);

    const paths = world.graph.reads.map(({ path }) => path);
    expect(paths).toEqual(Array.from({ length: 3 }, () => ['/v1.0/teams/T/operations', alone.location]).flat());
    expect(new Set(world.graph.reads.map(({ request }) => request)).size).toBe(3); // they share a request
    await heard.leave();
  });

  it('is asked for the list of a chat, also for one operation', async () => {
    const world = createWorld();
    const ref = world.graph.begin(chat('C'), 'O', world.life(0, 'RUNNING'));
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(2 * intervalMs);

    expect(world.graph.reads.map(({ path }) => path)).toEqual(['/beta/chats/C/operations', '/beta/chats/C/operations']);
    await heard.leave();
  });

  it('is asked for 1,000 watches on 100 operations of 10 hosts by ten reads in one request', async () => {
    const world = createWorld();
    const refs = Array.from({ length: 100 }, (_, at) =>
      world.graph.begin(team(`T${at % 10}`), `O${at}`, world.life(0, 'RUNNING')),
    );
    const heards = Array.from({ length: 10 }, () => refs.map((ref) => watch(world, anna, [ref]))).flat();
    await world.clock.advance(10);
    expect(world.graph.reads).toHaveLength(10);
    await world.clock.advance(2 * intervalMs);

    expect(world.graph.reads).toHaveLength(30);
    expect(new Set(world.graph.reads.map(({ request }) => request)).size).toBe(3);
    for (const heard of heards) await heard.leave();
  });

  it('is not asked twice when subscribers and queries storm in', async () => {
    const world = createWorld({ latencyMs: () => 200 });
    const refs = ['A', 'B', 'C'].map((id) => world.graph.begin(T, id, world.life(0, 'RUNNING')));
    const storm: Promise<unknown>[] = [];
    for (let second = 0; second < 25; second++) {
      const heard = watch(world, anna, refs);
      storm.push(world.checks.look(anna, refs, noCost()));
      await world.clock.advance(1_000);
      await heard.leave();
    }
    await Promise.all(storm);

    expect(world.graph.reads.length).toBe(1);
  });

  it('is asked again only when it said, to the millisecond', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    world.graph.fail(({ at }) =>
      at < Date.UTC(2026, 0, 1) + 40_000 ? { kind: 'throttled', retryAfterMs: 17_250 } : null,
    );
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(60_000);

    expect(world.readTimes()).toEqual([10, 17_260, 34_510, 51_760]);
    await heard.leave();
  });

  it('is asked again no earlier than it said with any failure, alone or by list', async () => {
    const world = createWorld();
    const [one, ...others] = ['O', 'A', 'B'].map((id, at) =>
      world.graph.begin(at === 0 ? T : team('S'), id, world.life(0, 'RUNNING')),
    );
    const from = world.clock.now();
    world.graph.fail(({ at }) => (at < from + 10_000 ? { kind: 'unavailable', retryAfterMs: 9_500 } : null));
    const heards = [watch(world, anna, one === undefined ? [] : [one]), watch(world, anna, others)];
    await world.clock.advance(9_509);
    expect(world.graph.reads.map(({ type }) => type)).toEqual(['item', 'page']);
    await world.clock.advance(30_000);

    expect(world.readTimes().slice(0, 4)).toEqual([10, 10, 9_510, 9_510]);
    for (const heard of heards) await heard.leave();
  });

  it('is spared for longer and longer while it fails', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    world.graph.fail(() => ({ kind: 'unavailable' }));
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(600_000);

    const times = world.readTimes();
    const gaps = times.slice(1).map((ms, at) => ms - (times[at] ?? 0));
    expect(gaps.slice(0, 5)).toEqual([3_750, 7_500, 15_000, 30_000, 60_000]);
    expect(gaps).toEqual([...gaps].sort((a, b) => a - b));
    await heard.leave();
  });

  it('is left alone after the end', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING', 10_000, 'SUCCEEDED'));
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(1_000_000);

    expect(heard.isOver).toBe(true);
    expect(world.readTimes()).toEqual([10, 30_010]);
  });

  it('is left alone after the last subscriber left, but for a moment in which it may come back', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(1_000);
    await heard.leave();
    await world.clock.advance(lingerMs - 1);
    expect(world.coordinator.watches).toBe(1);
    const back = watch(world, anna, [ref]);
    await world.clock.advance(lingerMs + 1);
    expect(world.coordinator.watches).toBe(1);
    await back.leave();
    await world.clock.advance(lingerMs);

    expect(world.coordinator.watches).toBe(0);
    await world.clock.advance(1_000_000);
    expect(world.readTimes()).toEqual([10]);
    expect(back.said).toEqual(['O SNAPSHOT RUNNING']);
  });

  it('is left alone when a watch has reached its age', async () => {
    const world = createWorld({ times: { maxAgeMs: 100_000 } });
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(1_000_000);

    expect(heard.said.at(-1)).toBe('O ends: limit');
    expect(world.readTimes()).toEqual([10, 30_010, 60_010, 90_010]);
  });

  it('is asked by one of two processes that share a store', async () => {
    const world = createWorld({ latencyMs: () => 100 });
    const second = world.another();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING', 70_000, 'SUCCEEDED'));
    const heards = [watch(world, anna, [ref])];
    await world.clock.advance(5_000);
    heards.push(watch(second, anna, [ref]));
    await world.clock.advance(200_000);

    for (const heard of heards) {
      expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
      expect(heard.isOver).toBe(true);
    }
    const times = world.readTimes();
    for (const [at, ms] of times.entries())
      if (at > 0) expect(ms - (times[at - 1] ?? 0)).toBeGreaterThanOrEqual(intervalMs);
  });
});

describe('a scope that has not read', () => {
  it('is told nothing of what others know: no state, no history, no error', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING', 20_000, 'SUCCEEDED'));
    world.graph.deny(ben.scope, T, { kind: 'notFound' }); // as if Graph lagged, for this one
    const heardByAnna = watch(world, anna, [ref]);
    await world.clock.advance(10);
    const heardByBen = watch(world, ben, [ref]);
    await world.clock.advance(intervalMs);

    expect(heardByAnna.isOver).toBe(true);
    expect(heardByBen.said).toEqual([]);
    await heardByBen.leave();
  });

  it('costs one read when it joins, and shares the checks after that', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    const heards = [watch(world, anna, [ref])];
    await world.clock.advance(10_000);
    heards.push(watch(world, ben, [ref]));
    await world.clock.advance(80_000);

    expect(world.graph.reads.map(({ scope }) => scope)).toEqual(['anna', 'ben', 'anna', 'ben']);
    expect(world.readTimes()).toEqual([10, 10_010, 40_010, 70_010]);
    expect(heards.map(({ said }) => said)).toEqual([['O SNAPSHOT RUNNING'], ['O SNAPSHOT RUNNING']]);
    for (const heard of heards) await heard.leave();
  });

  it('that loses its right is told so, and another goes on without a gap', async () => {
    for (const loser of [anna, ben]) {
      const world = createWorld();
      const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING', 50_000, 'UNKNOWN', 130_000, 'SUCCEEDED'));
      const heards = new Map([anna, ben].map((who) => [who, watch(world, who, [ref])]));
      await world.clock.advance(10_000);
      world.graph.deny(loser.scope, T, { kind: 'forbidden' });
      await world.clock.advance(300_000);

      const winner = loser === anna ? ben : anna;
      expect(heards.get(loser)?.said.at(-1)).toBe('O ends: forbidden');
      expect(heards.get(loser)?.isOver).toBe(true);
      expect(heards.get(winner)?.said).toEqual([
        'O SNAPSHOT RUNNING',
        'O CHANGED RUNNING → UNKNOWN',
        'O CHANGED UNKNOWN → SUCCEEDED',
      ]);
      const successes = world.graph.reads.filter(({ failure }) => failure === null);
      const ats = [...new Set(successes.map(({ at }) => at))];
      for (const [at, ms] of ats.entries()) if (at > 0) expect(ms - (ats[at - 1] ?? 0)).toBeLessThanOrEqual(intervalMs);
    }
  });

  it('hears nothing while its proof is overdue, and all of it once that is renewed', async () => {
    const world = createWorld({ times: { proofMs: 60_000 } });
    const ref = world.graph.begin(T, 'O', world.life(0, 'NOT_STARTED', 70_000, 'RUNNING'));
    const [heardByAnna, heardByBen] = [watch(world, anna, [ref]), watch(world, ben, [ref])];
    await world.clock.advance(10);
    const until = world.clock.now() + 80_000;
    world.graph.fail(({ scope, at }) =>
      scope === ben.scope && at < until ? { kind: 'malformed', detail: 'not JSON' } : null,
    );
    await world.clock.advance(75_000);
    await world.checks.look(caller('cleo'), [ref], noCost());
    await world.clock.advance(0);
    const told = ['O SNAPSHOT NOT_STARTED', 'O CHANGED NOT_STARTED → RUNNING'];
    expect(heardByAnna.said).toEqual(told);
    expect(heardByBen.said).toEqual(told.slice(0, 1));
    await world.clock.advance(intervalMs);

    expect(heardByBen.said).toEqual(told);
    for (const heard of [heardByAnna, heardByBen]) await heard.leave();
  });

  it('renews its proof before it ends, by a check that is due anyway', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    const heard = watch(world, anna, [ref]);
    await world.clock.advance(10 * intervalMs);

    expect(world.readTimes()).toEqual(Array.from({ length: 10 }, (_, at) => 10 + at * intervalMs));
    await heard.leave();
  });

  it('renews each of many proofs in time, with the fewest further reads', async () => {
    const world = createWorld();
    const ref = world.graph.begin(T, 'O', world.life(0, 'RUNNING'));
    const who = ['a', 'b', 'c', 'd', 'e', 'f'].map(caller);
    const heards = who.map((each) => watch(world, each, [ref]));
    await world.clock.advance(20 * intervalMs);

    for (const { scope } of who) {
      const ats = world.graph.reads.filter((read) => read.scope === scope).map(({ at }) => at);
      expect(ats.length).toBeGreaterThan(5);
      for (const [at, ms] of ats.entries()) if (at > 0) expect(ms - (ats[at - 1] ?? 0)).toBeLessThan(TIMES.proofMs);
    }
    // Six proofs of 120 s need six reads per 90 s; three of those would have been made in any case.
    expect(world.graph.reads.length).toBeLessThanOrEqual(6 + Math.ceil((6 * 20) / 3));
    for (const heard of heards) await heard.leave();
  });
});
