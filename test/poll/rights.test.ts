import { describe, expect, it } from '@jest/globals';
import { GraphError } from '../../src/operation/failure.js';
import { type OperationHost, type OperationRef } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { parseCursor } from '../../src/poll/cursor.js';
import { createChangingAuthority } from './changing-authority.js';
import { describeEvent, listen } from './listener.js';
import { by, caller, chat, createWorld, noCost, team, TIMES, type World } from './world.js';

const { intervalMs, proofMs } = TIMES;
const [T, U] = [team('T'), team('U')];
const [anna, ben] = [caller('anna'), caller('ben')];
const FIRST_READ_MS = 10;

/** Graph takes this token no more. */
function refuseToken({ graph }: World, who: Caller): void {
  graph.fail(({ scope }) => (scope === who.scope ? { kind: 'unauthenticated' } : null));
}

/** What a query of one operation says: its state, or why there is none. What is told at once is never anything else. */
async function ask({ checks }: World, who: Caller, ref: OperationRef): Promise<string> {
  const cost = noCost();
  const atHand = checks.glance(who, ref, noCost());
  const [seen] = await checks.look(who, [ref], cost);
  if (seen === undefined) throw new Error('no answer');
  if (atHand !== null) expect([atHand, 0]).toEqual([seen, cost.requests]);
  return seen instanceof GraphError ? seen.reason.kind : seen.held.snapshot.operation.state;
}

/** One of several tokens of hers, of which a later one lasts longer. */
function tokenOfAnna(nth: number): Caller {
  return { ...anna, credential: `token ${nth}`, expiresAt: nth * 1_000_000 };
}

/** Which tokens Graph is shown from now on, one for each request. */
function credentialsShownTo(graph: World['graph']): readonly string[] {
  const shown: string[] = [];
  const read = graph.read.bind(graph);
  Object.assign(graph, {
    read: (who: Caller, ...rest: [never, never]) => {
      shown.push(who.credential);
      return read(who, ...rest);
    },
  });
  return shown;
}

async function askForList({ checks }: World, who: Caller, host: OperationHost): Promise<string> {
  const page = await checks.lookAtPage(who, host, null, noCost());
  return page instanceof GraphError ? page.reason.kind : `${page.entries.length} listed`;
}

describe('a right that was lost', () => {
  it('is lost for all of a host, whatever the read was that found out', async () => {
    const world = createWorld();
    const { clock, graph, life } = world;
    const refs = ['A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING')));
    const [a, b] = refs as [OperationRef, OperationRef];
    const elsewhere = graph.begin(U, 'C', life(0, 'RUNNING'));
    for (const ref of [...refs, elsewhere]) expect(await ask(world, anna, ref)).toBe('RUNNING');
    await clock.advance(intervalMs / 2);
    graph.deny(anna.scope, T, { kind: 'forbidden' });

    expect(await askForList(world, anna, T)).toBe('forbidden');
    expect(await ask(world, anna, a)).toBe('forbidden'); // though it is held, and was proved a moment ago
    expect(await ask(world, anna, b)).toBe('forbidden');
    expect(await ask(world, anna, elsewhere)).toBe('RUNNING');
    expect(graph.reads.filter(({ path }) => path === a.location)).toHaveLength(1); // and it was not read too early
  });

  it('takes the list with it that was read before', async () => {
    const world = createWorld();
    const { clock, graph, life } = world;
    graph.begin(T, 'A', life(0, 'RUNNING'));
    const later = graph.begin(T, 'B', life(10_000, 'RUNNING'));
    expect(await askForList(world, anna, T)).toBe('1 listed');
    await clock.advance(10_000);
    graph.deny(anna.scope, T, { kind: 'forbidden' });

    expect(await ask(world, anna, later)).toBe('forbidden');
    expect(await askForList(world, anna, T)).toBe('forbidden');
    expect(graph.reads).toHaveLength(2);
  });

  it.each([
    { what: 'of one operation that is not found leaves the others', reason: { kind: 'notFound' } as const },
    { what: 'of a failure that may pass takes nothing', reason: { kind: 'unavailable' } as const },
  ])('$what', async ({ reason }) => {
    const world = createWorld();
    const { clock, graph, life } = world;
    const [a, b] = ['A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING'))) as [OperationRef, OperationRef];
    expect(await ask(world, anna, a)).toBe('RUNNING');
    await clock.advance(intervalMs / 2);
    expect(await ask(world, anna, b)).toBe('RUNNING');
    await clock.advance(intervalMs / 2);
    graph.fail(({ path }) => (path === a.location ? reason : null));
    await ask(world, anna, a);

    expect(await ask(world, anna, b)).toBe('RUNNING');
    expect(graph.reads.filter(({ path }) => path === b.location)).toHaveLength(1);
  });

  it('is lost with the token: what was proved with it is told no more', async () => {
    const world = createWorld();
    const { clock, graph, life } = world;
    const [a, b] = [T, U].map((host) => graph.begin(host, 'A', life(0, 'RUNNING'))) as [OperationRef, OperationRef];
    expect(await ask(world, anna, a)).toBe('RUNNING');
    await clock.advance(intervalMs / 2);
    expect(await ask(world, anna, b)).toBe('RUNNING');
    await clock.advance(intervalMs / 2);
    refuseToken(world, anna);

    expect(await ask(world, anna, a)).toBe('unauthenticated');
    expect(await ask(world, anna, b)).toBe('unauthenticated');
    expect(graph.reads).toHaveLength(3);
    graph.fail(null);
    await clock.advance(intervalMs);
    expect(await ask(world, anna, b)).toBe('RUNNING'); // Graph was mistaken
  });

  it('is not lost with a read that was sent before one that succeeded', async () => {
    const world = createWorld({ latencyMs: () => 100 });
    const { clock, graph, life } = world;
    const refs = ['A', 'B'].map((id) => graph.begin(T, id, life(0, 'RUNNING'))) as [OperationRef, OperationRef];
    graph.fail(({ path }) => (path === refs[0].location ? { kind: 'forbidden' } : null));
    graph.unlist(refs[0]);
    graph.unlist(refs[1]);
    const answers = world.checks.look(anna, refs, noCost());
    await clock.advance(1_000);

    expect((await answers).map((seen) => (seen instanceof GraphError ? seen.reason.kind : 'seen'))).toEqual([
      'forbidden',
      'seen',
    ]);
    expect(await ask(world, anna, refs[1])).toBe('RUNNING');
  });
});

describe('the stream of a caller', () => {
  it('hears nothing more once a query of its own was denied the host, and ends with the next read', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const ref = graph.begin(T, 'A', life(0, 'RUNNING', 20_000, 'SUCCEEDED'));
    const [own, other] = [anna, ben].map((who) => listen(coordinator.watchOperations(by(who), [ref], null)));
    await clock.advance(FIRST_READ_MS);
    graph.deny(anna.scope, T, { kind: 'forbidden' });
    expect(await askForList(world, anna, T)).toBe('forbidden');
    await clock.advance(intervalMs);

    expect(other?.said).toEqual(['A SNAPSHOT RUNNING', 'A CHANGED RUNNING → SUCCEEDED']);
    expect(own?.said).toEqual(['A SNAPSHOT RUNNING', 'A ends: forbidden']);
    expect(own?.isOver).toBe(true);
  });

  it('hears nothing more of single operations once its list was denied', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const C = chat('C');
    const ref = graph.begin(C, 'A', life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    const own = listen(coordinator.watchOperations(by(anna), [ref], null));
    const list = listen(coordinator.watchHost(by(anna), C, () => true, null));
    const other = listen(coordinator.watchOperations(by(ben), [ref], null));
    await clock.advance(intervalMs);
    graph.deny(anna.scope, C, { kind: 'forbidden' });
    await clock.advance(intervalMs * 2);

    expect(other.said.at(-1)).toBe('A CHANGED RUNNING → SUCCEEDED');
    expect(own.said).toEqual(['A SNAPSHOT RUNNING', 'A ends: forbidden']);
    expect(list.said).toContain('the list ends: forbidden');
    expect(list.said).not.toContain('A CHANGED RUNNING → SUCCEEDED');
  });

  it('ends when Graph takes its token no more and no other can be brought', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const refs = [graph.begin(T, 'A', life(0, 'RUNNING')), graph.begin(U, 'B', life(0, 'RUNNING'))];
    const own = listen(coordinator.watchOperations(by(anna), refs, null));
    const list = listen(coordinator.watchHost(by(anna), U, () => true, null));
    await clock.advance(FIRST_READ_MS);
    refuseToken(world, anna);
    await clock.advance(intervalMs * 2);

    expect(own.said.slice(2).sort()).toEqual(['A ends: unauthenticated', 'B ends: unauthenticated']);
    expect(list.said.at(-1)).toBe('the list ends: unauthenticated');
    expect([own.isOver, list.isOver]).toEqual([true, true]);
  });

  it('waits for another token where one can be brought, reads nothing meanwhile, and then misses nothing', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const A = graph.begin(T, 'A', life(0, 'NOT_STARTED', 35_000, 'RUNNING', 200_000, 'SUCCEEDED'));
    const B = graph.begin(U, 'B', life(0, 'RUNNING', 40_000, 'FAILED'));
    const authority = createChangingAuthority(anna);
    const own = listen(coordinator.watchOperations(authority, [A, B], null));
    const list = listen(coordinator.watchHost(authority, U, () => true, null));
    const other = listen(coordinator.watchOperations(by(ben), [A, B], null));
    await clock.advance(FIRST_READ_MS);
    refuseToken(world, anna);
    await clock.advance(intervalMs * 3);
    const before = [...own.said];
    const reads = graph.reads.filter(({ scope }) => scope === anna.scope);
    expect(before.sort()).toEqual(['A SNAPSHOT NOT_STARTED', 'B SNAPSHOT RUNNING']);
    const failed = reads.filter(({ failure }) => failure !== null);
    expect(new Set(failed.map(({ request }) => request)).size).toBe(1);
    expect(authority.refusals.map(({ reason }) => reason.kind)).toContain('unauthenticated');
    expect(other.said).toContain('A CHANGED NOT_STARTED → RUNNING');

    authority.become(caller('anna with another token'));
    await clock.advance(FIRST_READ_MS);
    expect(own.said.slice(2).sort()).toEqual(['A CHANGED NOT_STARTED → RUNNING', 'B CHANGED RUNNING → FAILED']);
    expect(list.said).toEqual(['B SNAPSHOT RUNNING', 'B CHANGED RUNNING → FAILED']);
    await clock.advance(200_000);
    expect(own.said.at(-1)).toBe('A CHANGED RUNNING → SUCCEEDED');
    expect(own.isOver).toBe(true);
  });

  it('is told nothing with a token that has not proved its right, whatever the one before had proved', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const ref = graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 60_000, 'SUCCEEDED'));
    const stranger = caller('stranger');
    graph.deny(stranger.scope, T, { kind: 'forbidden' });
    const authority = createChangingAuthority(anna);
    const own = listen(coordinator.watchOperations(authority, [ref], null));
    const list = listen(coordinator.watchHost(authority, T, () => true, null));
    const other = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(FIRST_READ_MS);
    authority.become(stranger);
    await clock.advance(intervalMs * 3);

    expect(own.said).toEqual(['A SNAPSHOT NOT_STARTED', 'A ends: forbidden']);
    expect(list.said.filter((line) => line.includes('→'))).toEqual([]);
    expect(list.said).toContain('the list ends: forbidden');
    expect(other.said.at(-1)).toBe('A CHANGED RUNNING → SUCCEEDED');
  });

  it('goes on with another token of the same caller, and with the one that lasts longest', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const ref = graph.begin(T, 'A', life(0, 'RUNNING', 100_000, 'SUCCEEDED'));
    const [phone, desk] = [tokenOfAnna(1), tokenOfAnna(2)];
    const shown = credentialsShownTo(graph);
    const first = listen(coordinator.watchOperations(by(phone), [ref], null));
    await clock.advance(FIRST_READ_MS);
    const second = listen(coordinator.watchOperations(by(desk), [ref], null));
    await clock.advance(intervalMs);
    await second.leave();
    await clock.advance(intervalMs);

    expect(shown).toEqual(['token 1', 'token 2', 'token 1']);
    await clock.advance(intervalMs * 2);
    expect(first.said.at(-1)).toBe('A CHANGED RUNNING → SUCCEEDED');
  });

  it('is not read for with the token of one who has left, once another one is there', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const ref = graph.begin(T, 'A', life(0, 'RUNNING'));
    const [short, long] = [tokenOfAnna(1), tokenOfAnna(2)];
    const shown = credentialsShownTo(graph);
    const leaving = listen(coordinator.watchOperations(by(long), [ref], null));
    await clock.advance(FIRST_READ_MS);
    await leaving.leave();
    const staying = listen(coordinator.watchOperations(by(short), [ref], null));
    await clock.advance(intervalMs * 2);
    expect(shown).toEqual(['token 2', 'token 1', 'token 1']);
    await staying.leave();
  });

  it('is carried on by the next token at once when the one that polled loses its right', async () => {
    const world = createWorld();
    const { clock, coordinator, graph, life } = world;
    const ref = graph.begin(T, 'A', life(0, 'RUNNING', intervalMs - 5_000, 'SUCCEEDED'));
    const first = listen(coordinator.watchOperations(by(anna), [ref], null));
    await clock.advance(1_000);
    const second = listen(coordinator.watchOperations(by(ben), [ref], null));
    await clock.advance(1_000);
    graph.deny(anna.scope, T, { kind: 'forbidden' });
    await clock.advance(intervalMs);

    expect(first.said).toEqual(['A SNAPSHOT RUNNING', 'A ends: forbidden']);
    expect(second.said).toEqual(['A SNAPSHOT RUNNING', 'A CHANGED RUNNING → SUCCEEDED']);
    const ofBen = graph.reads.filter(({ scope }) => scope === ben.scope).map(({ at }) => at);
    expect((ofBen[1] ?? 0) - (ofBen[0] ?? 0)).toBeGreaterThanOrEqual(intervalMs);
    expect((ofBen[1] ?? 0) - (ofBen[0] ?? 0)).toBeLessThan(intervalMs + 2_000);
  });
});

describe('what a caller without a right is told, and when', () => {
  const reasons = [
    { kind: 'forbidden' },
    { kind: 'notFound' },
    { kind: 'unauthenticated' },
    { kind: 'refused' },
    { kind: 'unavailable' },
    { kind: 'malformed', detail: 'status' },
  ] as const;
  const moments = [3_000, 31_500, 40_000];
  it.each(reasons.flatMap((reason) => moments.map((atMs) => ({ reason, kind: reason.kind, atMs }))))(
    'does not depend on who else is there: $kind, from $atMs ms on',
    async ({ reason, atMs }) => {
      const story = async (isWatched: boolean): Promise<readonly string[]> => {
        const world = createWorld({ latencyMs: () => 50, pageSize: 2, times: { maxAgeMs: 200_000 } });
        const { checks, clock, coordinator, graph, life } = world;
        const startedAt = clock.now();
        const refs = ['A', 'B', 'C', 'D', 'E'].map((id) =>
          graph.begin(T, id, life(0, 'NOT_STARTED', 40_000, 'RUNNING', 350_000, 'SUCCEEDED')),
        );
        const [ref] = refs as [OperationRef];
        const others = isWatched
          ? [
              listen(coordinator.watchOperations(by(ben), [ref, graph.begin(U, 'F', life(0, 'RUNNING'))], null)),
              listen(coordinator.watchHost(by(ben), T, () => true, null)),
            ]
          : [];
        graph.deny(anna.scope, T, reason);
        await clock.advance(atMs);
        const told: string[] = [];
        const say = (text: string): number => told.push(`${clock.now() - startedAt} ${text}`);
        const hear = async (name: string, stream: ReturnType<typeof coordinator.watchHost>): Promise<void> => {
          for await (const event of stream) say(`${name}: ${describeEvent(event)}`);
          say(`${name} is over`);
        };
        const streams = [
          coordinator.watchOperations(by(anna), [ref], null),
          coordinator.watchHost(by(anna), T, () => true, null),
        ];
        for (const [at, stream] of streams.entries()) void hear(['operation', 'host'][at] ?? '', stream);
        for (let round = 0; round < 12; round++) {
          await clock.advance(intervalMs);
          const cost = noCost();
          const asking = checks.look(anna, refs.slice(0, 1 + (round % 3)), cost);
          await clock.advance(1_000);
          const kinds = (await asking).map((seen) => (seen instanceof GraphError ? seen.reason.kind : 'seen'));
          say(`query: ${kinds.join()} for ${JSON.stringify(cost)}`);
        }
        for (const stream of streams) await stream.return();
        for (const other of others) await other.leave();
        return told;
      };
      const alone = await story(false);
      expect(alone.length).toBeGreaterThan(12);
      expect(await story(true)).toEqual(alone);
    },
  );
});

describe('a cursor', () => {
  it.each([true, false])(
    'says the same of an operation that may not be told, whether it changed or not: %s',
    async (changes) => {
      const world = createWorld();
      const { clock, coordinator, graph, life } = world;
      const hidden = graph.begin(
        T,
        'A',
        changes ? life(0, 'RUNNING', proofMs + 20_000, 'SUCCEEDED') : life(0, 'RUNNING'),
      );
      const seen = graph.begin(U, 'B', life(0, 'RUNNING', proofMs + 100_000, 'SUCCEEDED'));
      const own = listen(coordinator.watchOperations(by(anna), [hidden, seen], null));
      const other = listen(coordinator.watchOperations(by(ben), [hidden], null));
      await clock.advance(FIRST_READ_MS);
      // Its proof is not renewed in time, and others go on.
      graph.fail(({ scope, path }) => (scope === anna.scope && path.includes('/T/') ? { kind: 'unavailable' } : null));
      await clock.advance(proofMs + 200_000);

      expect(other.said.length).toBe(changes ? 2 : 1);
      expect(own.said).toEqual(['A SNAPSHOT RUNNING', 'B SNAPSHOT RUNNING', 'B CHANGED RUNNING → SUCCEEDED']);
      const { behind, stamp } = parseCursor(own.cursor ?? '');
      expect([...behind].map(([key, upTo]) => [key, (upTo ?? 0) < stamp])).toEqual([['0', true]]);
      await Promise.all([own.leave(), other.leave()]);
    },
  );
});

describe('too much', () => {
  const watch = (world: World, who: Caller, host: OperationHost, count: number, from = 0) =>
    world.coordinator.watchOperations(
      by(who),
      Array.from({ length: count }, (_, at) => world.graph.begin(host, `O${from + at}`, world.life(0, 'RUNNING'))),
      null,
    );

  it.each([
    { limits: { watched: 5 }, limit: 'WATCHED' },
    { limits: { watchedPerCaller: 5 }, limit: 'WATCHED_PER_CALLER' },
    { limits: { watchedPerHost: 5 }, limit: 'WATCHED_PER_HOST' },
  ])('is refused by name, and there is room again when others leave: $limit', async ({ limits, limit }) => {
    const world = createWorld({ limits });
    const first = watch(world, anna, T, 3);
    await world.clock.advance(FIRST_READ_MS);
    expect(() => watch(world, anna, T, 3, 3)).toThrow(expect.objectContaining({ limit }));
    const second = watch(world, anna, T, 2, 3);
    expect(() => watch(world, anna, T, 1, 6)).toThrow(expect.objectContaining({ limit }));

    await first.return();
    await world.clock.advance(TIMES.lingerMs);
    const third = watch(world, anna, T, 3, 10);
    for (const stream of [second, third]) await stream.return();
  });

  it('is counted for the caller that a stream has become', async () => {
    const world = createWorld({ limits: { watchedPerCaller: 3 } });
    const refs = [0, 1, 2].map((nth) => world.graph.begin(T, `O${nth}`, world.life(0, 'RUNNING')));
    const authority = createChangingAuthority(anna);
    const stream = world.coordinator.watchOperations(authority, refs, null);
    expect(() => watch(world, anna, U, 1)).toThrow(expect.objectContaining({ limit: 'WATCHED_PER_CALLER' }));
    authority.become(ben);
    expect(() => watch(world, ben, U, 1)).toThrow(expect.objectContaining({ limit: 'WATCHED_PER_CALLER' }));
    const more = watch(world, anna, U, 3);
    await stream.return();
    const most = watch(world, ben, U, 3, 5);
    for (const each of [more, most]) await each.return();
  });

  it('is no longer counted once it has ended', async () => {
    const world = createWorld({ limits: { watched: 3, watchedPerCaller: 3, watchedPerHost: 3 } });
    for (let round = 0; round < 3; round++) {
      const refs = [0, 1, 2].map((nth) => world.graph.begin(T, `R${round}O${nth}`, world.life(0, 'SUCCEEDED')));
      const heard = listen(world.coordinator.watchOperations(by(anna), refs, null));
      await world.clock.advance(intervalMs);
      expect(heard.isOver).toBe(true);
    }
    expect(world.coordinator.watches).toBe(0);
  });

  it('is counted by caller and by host', async () => {
    const world = createWorld({ limits: { watchedPerCaller: 3, watchedPerHost: 2 } });
    const streams = [watch(world, anna, T, 2), watch(world, ben, T, 2, 5), watch(world, ben, U, 1)];
    expect(() => watch(world, anna, T, 1, 9)).toThrow(expect.objectContaining({ limit: 'WATCHED_PER_HOST' }));
    expect(() => watch(world, anna, U, 2)).toThrow(expect.objectContaining({ limit: 'WATCHED_PER_CALLER' }));
    for (const stream of streams) await stream.return();
  });
});
