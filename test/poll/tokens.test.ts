import { describe, expect, it } from '@jest/globals';
import { GraphError } from '../../src/operation/failure.js';
import { type OperationRef } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { createChangingAuthority } from './changing-authority.js';
import { listen } from './listener.js';
import { errorOf } from './model-graph.js';
import { by, caller, createWorld, noCost, team, TIMES, type World, type WorldOptions } from './world.js';

const { intervalMs } = TIMES;
const FIRST_READ_MS = 10;
const [T, U] = [team('T'), team('U')];
const everything = (): boolean => true;

/** One of anna's tokens; the later ones last longer. */
function token(nth: number, who = 'anna'): Caller {
  return { ...caller(who), credential: `${who}'s token ${nth}`, expiresAt: Date.UTC(2030, 0, nth) };
}

/** A world whose Graph may refuse single tokens, and that writes down which one was shown. */
function createWorldOfTokens(options: WorldOptions = {}) {
  const world: World = createWorld(options);
  const { graph } = world;
  const refused = new Set<string>();
  const shown: string[] = [];
  const read = graph.read.bind(graph);
  Object.assign(graph, {
    read: (who: Caller, ...rest: [Parameters<typeof read>[1], number?]) => {
      shown.push(who.credential);
      if (!refused.has(who.credential)) return read(who, ...rest);
      const outcomes = rest[0].map(() => errorOf({ kind: 'unauthenticated' }));
      return Promise.resolve({ outcomes, requests: 1, reads: outcomes.length });
    },
  });
  return { ...world, shown, refuse: ({ credential }: Caller) => void refused.add(credential) };
}

async function ask({ checks }: Pick<World, 'checks'>, who: Caller, ref: OperationRef): Promise<string> {
  const [seen] = await checks.look(who, [ref], noCost());
  return seen instanceof GraphError ? seen.reason.kind : (seen?.held.snapshot.operation.state ?? '');
}

describe('a caller whose token Graph refuses', () => {
  it('goes on with another one of its own, within a moment of bringing it and not before', async () => {
    const { clock, coordinator, graph, life, refuse, shown } = createWorldOfTokens();
    const [a] = [
      graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 150_000, 'SUCCEEDED')),
      graph.begin(U, 'B', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 150_000, 'SUCCEEDED')),
    ];
    const authority = createChangingAuthority(token(2));
    const own = listen(coordinator.watchOperations(authority, [a], null));
    const list = listen(coordinator.watchHost(authority, U, everything, null));
    await clock.advance(FIRST_READ_MS);
    refuse(token(2));
    await clock.advance(intervalMs * 3);
    expect([own.said, list.said]).toEqual([['A SNAPSHOT NOT_STARTED'], ['B SNAPSHOT NOT_STARTED']]);
    expect(authority.refusals.length).toBeGreaterThan(0);
    const reads = shown.length;

    authority.become(token(1)); // which lasts less long, but is taken
    await clock.advance(FIRST_READ_MS);
    expect(own.said.at(-1)).toBe('A CHANGED NOT_STARTED → RUNNING');
    expect(list.said.at(-1)).toBe('B CHANGED NOT_STARTED → RUNNING');
    await clock.advance(intervalMs * 3);
    expect(own.said.at(-1)).toBe('A CHANGED RUNNING → SUCCEEDED');
    expect(list.said.at(-1)).toBe('B CHANGED RUNNING → SUCCEEDED');
    expect(new Set(shown.slice(reads))).toEqual(new Set([token(1).credential]));
    await list.leave();
  });

  it('hears nothing more of what others of the same caller are told with another one, until it brings one too', async () => {
    const { clock, coordinator, graph, life, refuse } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    graph.begin(U, 'B', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    const authority = createChangingAuthority(token(2));
    const streams = [
      listen(coordinator.watchOperations(authority, [ref], null)),
      listen(coordinator.watchHost(authority, U, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    refuse(token(2));
    await clock.advance(intervalMs * 2);
    const others = [
      listen(coordinator.watchOperations(by(token(1)), [ref], null)),
      listen(coordinator.watchHost(by(token(1)), U, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    expect(others.map(({ said }) => said)).toEqual([['A SNAPSHOT RUNNING'], ['B SNAPSHOT RUNNING']]);
    expect(streams.map(({ said }) => said)).toEqual([['A SNAPSHOT NOT_STARTED'], ['B SNAPSHOT NOT_STARTED']]);
    authority.become(token(3));
    await clock.advance(intervalMs);
    expect(streams.map(({ said }) => said.at(-1))).toEqual([
      'A CHANGED NOT_STARTED → RUNNING',
      'B CHANGED NOT_STARTED → RUNNING',
    ]);
    for (const each of [...streams, ...others]) await each.leave();
  });

  it('ends nobody’s stream of the same caller who has brought another one', async () => {
    const { clock, coordinator, graph, life, refuse, shown } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 50_000, 'SUCCEEDED'));
    graph.begin(U, 'B', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 50_000, 'SUCCEEDED'));
    const watchBoth = (who: Caller) => [
      listen(coordinator.watchOperations(by(who), [ref], null)),
      listen(coordinator.watchHost(by(who), U, everything, null)),
    ];
    const ending = watchBoth(token(2));
    const staying = watchBoth(token(1));
    await clock.advance(FIRST_READ_MS);
    refuse(token(2));
    await clock.advance(intervalMs * 3);

    expect(ending.map(({ said }) => said.at(-1))).toEqual([
      'A ends: unauthenticated',
      'the list ends: unauthenticated',
    ]);
    expect(ending.flatMap(({ changes }) => changes.map(({ reason }) => reason))).toEqual(['SNAPSHOT', 'SNAPSHOT']);
    expect(ending.map(({ isOver }) => isOver)).toEqual([true, true]);
    expect(staying.map(({ said }) => said.at(-1))).toEqual([
      'A CHANGED RUNNING → SUCCEEDED',
      'B CHANGED RUNNING → SUCCEEDED',
    ]);
    expect(shown.slice(4).every((credential) => credential === token(1).credential)).toBe(true);
    await staying[1]?.leave();
    await clock.advance(TIMES.lingerMs);
    const reads = shown.length;
    await clock.advance(intervalMs * 2);
    expect([coordinator.watches, shown.length]).toEqual([0, reads]);
  });

  it.each([true, false])(
    'is told so at once when it comes with that one again, and may bring another: %s',
    async (may) => {
      const { clock, coordinator, graph, life, refuse, shown } = createWorldOfTokens();
      const ref = graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
      graph.begin(U, 'B', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
      const first = createChangingAuthority(token(2));
      const streams = [
        listen(coordinator.watchOperations(first, [ref], null)),
        listen(coordinator.watchHost(first, U, everything, null)),
      ];
      await clock.advance(FIRST_READ_MS);
      refuse(token(2));
      await clock.advance(intervalMs * 2);
      const reads = shown.length;

      const again = [createChangingAuthority(token(2)), createChangingAuthority(token(2))] as const;
      const rights = may ? again : ([by(token(2)), by(token(2))] as const);
      const others = [
        listen(coordinator.watchOperations(rights[0], [ref], null)),
        listen(coordinator.watchHost(rights[1], U, everything, null)),
      ];
      await clock.advance(FIRST_READ_MS);
      expect(shown.length).toBe(reads);
      if (may) expect(again.map(({ refusals }) => refusals.length)).toEqual([1, 1]);
      else {
        expect(others.map(({ said }) => said)).toEqual([
          ['A ends: unauthenticated'],
          ['the list ends: unauthenticated'],
        ]);
      }
      expect(streams.map(({ isOver }) => isOver)).toEqual([false, false]);
      for (const each of [...streams, ...others]) await each.leave();
    },
  );

  it('is not asked with it once more because another one was refused too', async () => {
    const { checks, clock, coordinator, graph, life, refuse, shown } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING'));
    const other = graph.begin(U, 'B', life(0, 'RUNNING'));
    const streams = [
      listen(coordinator.watchOperations(createChangingAuthority(token(2)), [ref], null)),
      listen(coordinator.watchHost(createChangingAuthority(token(2)), T, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    for (const each of [token(1), token(2)]) refuse(each);
    await clock.advance(intervalMs * 2);
    expect(await ask({ checks }, token(1), other)).toBe('unauthenticated');
    const reads = shown.length;
    await clock.advance(intervalMs * 3);
    expect(shown.slice(reads)).toEqual([]);
    expect(streams.map(({ isOver }) => isOver)).toEqual([false, false]);
    for (const each of streams) await each.leave();
  });

  it('ends where it never worked, though another one could be brought', async () => {
    const { clock, coordinator, graph, life, refuse } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING'));
    graph.begin(U, 'B', life(0, 'RUNNING'));
    refuse(token(1));
    const authority = createChangingAuthority(token(1));
    const streams = [
      listen(coordinator.watchOperations(authority, [ref], null)),
      listen(coordinator.watchHost(authority, U, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    expect(streams.map(({ said }) => said)).toEqual([['A ends: unauthenticated'], ['the list ends: unauthenticated']]);
    expect(authority.refusals).toEqual([]);
  });
});

describe('a caller that brings another token of its own', () => {
  it('is read for with that one from then on, where it lasts longer, and no sooner than otherwise', async () => {
    const { clock, coordinator, graph, life, shown } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING', 50_000, 'SUCCEEDED'));
    graph.begin(U, 'B', life(0, 'RUNNING', 50_000, 'SUCCEEDED'));
    const authority = createChangingAuthority(token(1));
    const own = listen(coordinator.watchOperations(authority, [ref], null));
    const list = listen(coordinator.watchHost(authority, U, everything, null));
    await clock.advance(1_000);
    authority.become(token(2));
    await clock.advance(intervalMs - 1_000);
    expect(shown).toEqual([token(1).credential]);
    await clock.advance(intervalMs * 2);
    expect(new Set(shown.slice(1))).toEqual(new Set([token(2).credential]));
    expect([own, list].map(({ said }) => said)).toEqual([
      ['A SNAPSHOT RUNNING', 'A CHANGED RUNNING → SUCCEEDED'],
      ['B SNAPSHOT RUNNING', 'B CHANGED RUNNING → SUCCEEDED'],
    ]);
    await list.leave();
  });

  it('is told when Graph refuses that one, and not when it refuses the one before', async () => {
    const { checks, clock, coordinator, graph, life, refuse } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    const other = graph.begin(U, 'B', life(0, 'RUNNING'));
    const authority = createChangingAuthority(token(1));
    const streams = [
      listen(coordinator.watchOperations(authority, [ref], null)),
      listen(coordinator.watchHost(authority, T, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    authority.become(token(2));
    refuse(token(1));
    expect(await ask({ checks }, token(1), other)).toBe('unauthenticated');
    await clock.advance(intervalMs * 2);
    expect(authority.refusals).toEqual([]);
    expect(streams.map(({ said }) => said.at(-1))).toEqual(streams.map(() => 'A CHANGED NOT_STARTED → RUNNING'));
    refuse(token(2));
    await clock.advance(intervalMs * 2);
    expect(authority.refusals.length).toBeGreaterThan(0);
    for (const each of streams) await each.leave();
  });

  it('is awaited where all that it watches is a list with nothing on it', async () => {
    const { clock, coordinator, refuse } = createWorldOfTokens();
    const authority = createChangingAuthority(token(1));
    const list = listen(coordinator.watchHost(authority, T, everything, null));
    await clock.advance(FIRST_READ_MS);
    refuse(token(1));
    await clock.advance(intervalMs * 2);
    expect([authority.refusals.length, list.isOver]).toEqual([1, false]);
    await list.leave();
  });

  it('is read for with it though somebody else still has the one before', async () => {
    const { clock, coordinator, graph, life, shown } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING'));
    const authority = createChangingAuthority(token(1));
    const streams = [authority, by(token(1))].map((who) => listen(coordinator.watchOperations(who, [ref], null)));
    await clock.advance(FIRST_READ_MS);
    authority.become(token(2));
    await clock.advance(intervalMs);
    expect(shown).toEqual([token(1).credential, token(2).credential]);
    for (const each of streams) await each.leave();
  });

  it('is never read for with the one before, which nobody has any more', async () => {
    const { clock, coordinator, graph, life, shown } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING'));
    graph.begin(U, 'B', life(0, 'RUNNING'));
    const authority = createChangingAuthority(token(2));
    const streams = [
      listen(coordinator.watchOperations(authority, [ref], null)),
      listen(coordinator.watchHost(authority, U, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    authority.become(token(1)); // though it lasts less long
    await clock.advance(intervalMs * 2);
    expect(new Set(shown.slice(1))).toEqual(new Set([token(1).credential]));
    for (const each of streams) await each.leave();
  });

  it('leaves the list to the tokens of those who stay', async () => {
    const { clock, coordinator, graph, life, shown } = createWorldOfTokens();
    graph.begin(U, 'B', life(0, 'RUNNING'));
    const [going, staying] = [token(2), token(1)].map((who) =>
      listen(coordinator.watchHost(by(who), U, everything, null)),
    );
    await clock.advance(FIRST_READ_MS);
    await going?.leave();
    await clock.advance(intervalMs * 2);
    expect(new Set(shown.slice(1))).toEqual(new Set([token(1).credential]));
    await staying?.leave();
  });

  it('keeps its place where there is no other', async () => {
    const { clock, coordinator, graph, life } = createWorldOfTokens({ limits: { watchedPerHost: 1 } });
    const ref = graph.begin(T, 'A', life(0, 'RUNNING', 20_000, 'SUCCEEDED'));
    const authority = createChangingAuthority(token(1));
    const own = listen(coordinator.watchOperations(authority, [ref], null));
    await clock.advance(FIRST_READ_MS);
    authority.become(token(2));
    await clock.advance(intervalMs * 2);
    expect(own.said).toEqual(['A SNAPSHOT RUNNING', 'A CHANGED RUNNING → SUCCEEDED']);
  });
});

describe('a stream that is over', () => {
  it('is not taken up again because its client brings another token', async () => {
    const { clock, coordinator, graph, life, shown } = createWorldOfTokens();
    const ref = graph.begin(T, 'A', life(0, 'RUNNING'));
    graph.begin(U, 'B', life(0, 'RUNNING'));
    const listening = new Set<() => void>();
    const authority = createChangingAuthority(token(1));
    const counted = {
      ...authority,
      caller: authority.caller,
      onChange: (listener: () => void) => {
        listening.add(listener);
        const stop = authority.onChange(listener);
        return () => {
          listening.delete(listener);
          stop();
        };
      },
    };
    const streams = [
      listen(coordinator.watchOperations(counted, [ref], null)),
      listen(coordinator.watchHost(counted, U, everything, null)),
    ];
    await clock.advance(FIRST_READ_MS);
    expect(listening.size).toBe(2);
    for (const each of streams) await each.leave();
    expect(listening.size).toBe(0);
    authority.become(token(2));
    await clock.advance(TIMES.lingerMs);
    const reads = shown.length;
    await clock.advance(intervalMs * 2);
    expect([coordinator.watches, shown.length]).toEqual([0, reads]);
  });

  it('ends with the name of the limit where a list shows more than its caller may watch, and gives all room back', async () => {
    const { clock, coordinator, graph, life } = createWorldOfTokens({ limits: { watchedPerCaller: 2 } });
    const refs = ['A', 'B', 'C'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    const list = listen(coordinator.watchHost(by(token(1)), T, everything, null));
    await clock.advance(FIRST_READ_MS);
    expect(list.endings.map(({ error }) => 'limit' in error && error.limit)).toEqual(['WATCHED_PER_CALLER']);
    expect(list.isOver).toBe(true);
    const next = listen(coordinator.watchOperations(by(token(1)), refs.slice(0, 2), null));
    await clock.advance(intervalMs);
    expect(next.said).toEqual(['A SNAPSHOT RUNNING', 'B SNAPSHOT RUNNING']);
    await next.leave();
  });
});

describe('a client that becomes another caller', () => {
  const watchAs = (watchedPerHost: number) => {
    const world = createWorldOfTokens({ limits: { watchedPerHost } });
    const { coordinator, graph, life } = world;
    const [a, b] = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(T, 'B', life(0, 'RUNNING'))] as const;
    const authority = createChangingAuthority(token(1));
    const own = listen(coordinator.watchOperations(authority, [a], null));
    return { ...world, a, b, authority, own };
  };

  it.each([
    { watchedPerHost: 1, goesOn: false },
    { watchedPerHost: 2, goesOn: true },
  ])('needs room among what that one watches: $watchedPerHost', async ({ watchedPerHost, goesOn }) => {
    const { clock, coordinator, authority, b, own } = watchAs(watchedPerHost);
    const other = listen(coordinator.watchOperations(by(token(1, 'ben')), [b], null));
    await clock.advance(FIRST_READ_MS);
    authority.become(token(1, 'ben'));
    await clock.advance(FIRST_READ_MS);
    expect(own.isOver).toBe(!goesOn);
    expect(own.endings.map(({ error }) => 'limit' in error && error.limit)).toEqual(goesOn ? [] : ['WATCHED_PER_HOST']);
    await own.leave();
    await other.leave();
  });

  it('needs none where that one watches the same already', async () => {
    const { clock, coordinator, authority, a, own } = watchAs(1);
    const other = listen(coordinator.watchOperations(by(token(1, 'ben')), [a], null));
    await clock.advance(FIRST_READ_MS);
    authority.become(token(1, 'ben'));
    await clock.advance(FIRST_READ_MS);
    expect(own.said).toEqual(['A SNAPSHOT RUNNING']);
    await own.leave();
    await other.leave();
  });

  it('leaves its place with the one before to others', async () => {
    const { clock, coordinator, authority, b, own } = watchAs(1);
    await clock.advance(FIRST_READ_MS);
    authority.become(token(1, 'ben'));
    await clock.advance(TIMES.lingerMs + FIRST_READ_MS);
    const next = listen(coordinator.watchOperations(by(token(1)), [b], null));
    await clock.advance(intervalMs);
    expect(next.said).toEqual(['B SNAPSHOT RUNNING']);
    await own.leave();
    await next.leave();
  });
});
