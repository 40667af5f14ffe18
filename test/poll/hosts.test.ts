import { describe, expect, it } from '@jest/globals';
import { settlePromises } from '../support/fake-clock.js';
import { describeEvent, listen, nextChange } from './listener.js';
import { refInHost } from '../../src/operation/location.js';
import { by, caller, chat, createWorld, noCost, team, TIMES } from './world.js';

const [anna, ben] = [caller('anna'), caller('ben')];
const T = team('T');
const { intervalMs } = TIMES;
const everything = (): boolean => true;

describe('a subscriber of a whole host', () => {
  it('is told of all that is on its list, in the order of locations, and of each change', async () => {
    const { clock, coordinator, graph, life, readTimes } = createWorld();
    graph.begin(T, 'B', life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    graph.begin(T, 'A', life(0, 'NOT_STARTED', 50_000, 'RUNNING'));
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(10);
    expect(heard.said).toEqual(['A SNAPSHOT NOT_STARTED', 'B SNAPSHOT RUNNING']);
    await clock.advance(2 * intervalMs);

    expect(heard.said.slice(2).sort()).toEqual(['A CHANGED NOT_STARTED → RUNNING', 'B CHANGED RUNNING → SUCCEEDED']);
    expect(heard.isOver).toBe(false);
    expect(readTimes()).toEqual([10, 30_010, 60_010]);
    await heard.leave();
  });

  it('is told of an operation that begins later, as a change that comes from nowhere', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(10);
    graph.begin(T, 'O', life(10_000, 'NOT_STARTED', 40_000, 'SUCCEEDED'));
    await clock.advance(2 * intervalMs);

    expect(heard.said).toEqual(['O CHANGED NOT_STARTED', 'O CHANGED NOT_STARTED → SUCCEEDED']);
    expect(heard.changes[0]?.from).toBeNull();
    await heard.leave();
  });

  it('is told of one that passes the filter once, then to its end', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING', 50_000, 'UNKNOWN', 80_000, 'FAILED'));
    graph.begin(T, 'B', life(0, 'NOT_STARTED', 20_000, 'FAILED'));
    const heard = listen(coordinator.watchHost(by(anna), T, ({ state }) => state === 'RUNNING', null));
    await clock.advance(200_000);

    expect(heard.said).toEqual(['A CHANGED RUNNING', 'A CHANGED RUNNING → UNKNOWN', 'A CHANGED UNKNOWN → FAILED']);
    await heard.leave();
  });

  it('that was away is told to its end of what had once passed the filter', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'RUNNING', 20_000, 'UNKNOWN', 50_000, 'FAILED'));
    const other = listen(coordinator.watchHost(by(ben), T, everything, null));
    const running = ({ state }: { state: string }): boolean => state === 'RUNNING';
    const heard = listen(coordinator.watchHost(by(anna), T, running, null));
    await clock.advance(intervalMs + 10);
    expect(heard.said).toEqual(['A SNAPSHOT RUNNING', 'A CHANGED RUNNING → UNKNOWN']);
    await heard.leave();
    const again = listen(coordinator.watchHost(by(anna), T, running, heard.cursor));
    await clock.advance(2 * intervalMs);

    expect(again.said).toEqual(['A CHANGED UNKNOWN → FAILED']);
    await again.leave();
    await other.leave();
  });

  it.each([1, 2, 3, 4])('goes on behind first event %i of four, without loss or repetition', async (count) => {
    const { clock, coordinator, graph, life } = createWorld();
    for (const id of ['A', 'B', 'C', 'D']) graph.begin(T, id, life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    const stream = coordinator.watchHost(by(anna), T, everything, null);
    await clock.advance(10);
    let cursor = '';
    for (let at = 0; at < count; at++) ({ cursor } = await nextChange(stream));
    await stream.return();
    const again = listen(coordinator.watchHost(by(anna), T, everything, cursor));
    await clock.advance(100);
    expect(again.said).toEqual(['A', 'B', 'C', 'D'].slice(count).map((id) => `${id} SNAPSHOT RUNNING`));
    await clock.advance(100_000);

    expect(again.said.slice(4 - count).sort()).toEqual(
      ['A', 'B', 'C', 'D'].map((id) => `${id} CHANGED RUNNING → SUCCEEDED`),
    );
    await again.leave();
  });

  it('that was away twice is told of what it never read, and of nothing else', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'NOT_STARTED', 40_000, 'RUNNING'));
    graph.begin(T, 'B', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    graph.begin(T, 'C', life(0, 'RUNNING'));
    const first = coordinator.watchHost(by(anna), T, everything, null);
    await clock.advance(intervalMs + 10); // B has moved, and comes after A and C now
    const told = [await nextChange(first), await nextChange(first)];
    await first.return();
    await clock.advance(intervalMs);
    const second = coordinator.watchHost(by(anna), T, everything, told[1]?.cursor ?? null);
    await clock.advance(intervalMs);
    told.push(await nextChange(second));
    await second.return();
    expect(told.map(describeEvent)).toEqual([
      'A SNAPSHOT NOT_STARTED',
      'C SNAPSHOT RUNNING',
      'A CHANGED NOT_STARTED → RUNNING',
    ]);
    const third = listen(coordinator.watchHost(by(anna), T, everything, told[2]?.cursor ?? null));
    await clock.advance(intervalMs);

    expect(third.said).toEqual(['B SNAPSHOT RUNNING']);
    await third.leave();
  });

  it('that was away is told of what began meanwhile, also when its cursor is newer', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'A', life(0, 'NOT_STARTED', 20_000, 'RUNNING'));
    graph.begin(T, 'N', life(15_000, 'SUCCEEDED'));
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(25_000);
    // Another scope's list shows the new operation first, then the change of the one that both know.
    const other = listen(coordinator.watchHost(by(ben), T, everything, null));
    await clock.advance(10);
    expect(heard.said).toEqual(['A SNAPSHOT NOT_STARTED', 'A CHANGED NOT_STARTED → RUNNING']);
    await heard.leave();
    await clock.advance(intervalMs);
    const again = listen(coordinator.watchHost(by(anna), T, everything, heard.cursor));
    await clock.advance(2 * intervalMs);

    expect(again.said).toEqual(['N RESET SUCCEEDED']);
    await again.leave();
    await other.leave();
  });

  it('is told of nothing that only the list of another scope shows', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'O', life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    graph.fail(({ scope }) => (scope === ben.scope ? { kind: 'malformed', detail: 'not JSON' } : null));
    const heards = [anna, ben].map((who) => listen(coordinator.watchHost(by(who), T, everything, null)));
    await clock.advance(10);

    expect(heards[0]?.said).toEqual(['O SNAPSHOT RUNNING']);
    expect(heards[1]?.changes).toEqual([]);
    for (const heard of heards) await heard.leave();
  });

  it.each(['forbidden', 'unauthenticated'] as const)('is told why when its list ends with %s', async (kind) => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'O', life(0, 'RUNNING', 100_000, 'SUCCEEDED'));
    const [heard, other] = [anna, ben].map((who) => listen(coordinator.watchHost(by(who), T, everything, null)));
    await clock.advance(10);
    graph.deny(anna.scope, T, { kind });
    await clock.advance(3 * intervalMs);

    expect(heard?.said.at(-1)).toBe(`the list ends: ${kind}`);
    expect(heard?.isOver).toBe(true);
    await clock.advance(2 * intervalMs);
    expect(other?.said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
    await other?.leave();
  });

  it('shares one list with whoever watches single operations of the host', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const C = chat('C');
    const refs = ['A', 'B'].map((id) => graph.begin(C, id, life(0, 'RUNNING')));
    const heards = [
      listen(coordinator.watchHost(by(anna), C, everything, null)),
      listen(coordinator.watchOperations(by(anna), refs, null)),
    ];
    await clock.advance(5 * intervalMs);

    expect(graph.reads).toHaveLength(5);
    expect(graph.reads.every(({ type }) => type === 'page')).toBe(true);
    for (const heard of heards) await heard.leave();
  });

  it('is not kept waiting by queries for single operations of the host', async () => {
    const { clock, coordinator, checks, graph, life } = createWorld();
    graph.begin(T, 'O', life(0, 'RUNNING', 100_000, 'SUCCEEDED'));
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(20_000);
    for (let round = 0; round < 12; round++) {
      graph.begin(T, `single-${round}`, life(round * 20_000, 'RUNNING'));
      const [seen] = await checks.look(anna, [refInHost('team', 'T', `single-${round}`)], noCost());
      expect(seen).toHaveProperty('held');
      await clock.advance(20_000);
    }

    expect(heard.said).toContain('O CHANGED RUNNING → SUCCEEDED');
    expect(heard.said).toContain('single-0 CHANGED RUNNING');
    await heard.leave();
  });

  it('does not ask without end for a list that is being read with another token', async () => {
    const { clock, coordinator, graph, life } = createWorld({
      times: { ...TIMES, proofMs: 2 * intervalMs },
      latencyMs: () => 400,
    });
    graph.begin(T, 'O', life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    const heard = [anna, ben].map((each) => listen(coordinator.watchHost(by(each), T, everything, null)));
    await clock.advance(3 * intervalMs);

    for (const { said } of heard) expect(said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
    for (const each of heard) await each.leave();
  });

  it('that is late to hear that it has lost its right does not undo the check of who came after it', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    const ref = graph.begin(T, 'O', life(0, 'RUNNING', 100_000, 'SUCCEEDED'));
    graph.deny(anna.scope, T, { kind: 'forbidden' });
    const unread = coordinator.watchHost(by(anna), T, everything, null);
    await clock.advance(10);
    const heard = listen(coordinator.watchOperations(by(ben), [ref], null));
    await settlePromises();
    expect(await unread.next()).toMatchObject({ value: { ending: { error: { reason: { kind: 'forbidden' } } } } });
    expect(await unread.next()).toMatchObject({ done: true });
    await clock.advance(200_000);

    expect(heard.said).toEqual(['O SNAPSHOT RUNNING', 'O CHANGED RUNNING → SUCCEEDED']);
    expect(heard.isOver).toBe(true);
  });

  it('reads a list of several pages whole', async () => {
    const { clock, coordinator, graph, life } = createWorld({ pageSize: 2 });
    for (const id of ['A', 'B', 'C', 'D', 'E']) graph.begin(T, id, life(0, 'RUNNING'));
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(10);

    expect(heard.said).toEqual(['A', 'B', 'C', 'D', 'E'].map((id) => `${id} SNAPSHOT RUNNING`));
    expect(graph.reads.map(({ path }) => path.split('?')[1] ?? 'first')).toEqual(['first', 'skip=2', 'skip=4']);
    await heard.leave();
  });

  it('does not read again a further page that its scope has just asked for', async () => {
    const { clock, coordinator, checks, graph, life } = createWorld({ pageSize: 2 });
    for (const id of ['A', 'B', 'C', 'D', 'E']) graph.begin(T, id, life(0, 'RUNNING'));
    const page = await checks.lookAtPage(anna, T, null, noCost());
    await clock.advance(intervalMs - 1_000);
    if (!('nextLink' in page)) throw page;
    await checks.lookAtPage(anna, T, page.nextLink, noCost());
    await clock.advance(1_000);
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(10);

    expect(heard.said).toEqual(['A', 'B', 'C', 'D', 'E'].map((id) => `${id} SNAPSHOT RUNNING`));
    expect(graph.reads.map(({ path }) => path.split('?')[1] ?? 'first')).toEqual([
      'first',
      'skip=2',
      'first',
      'skip=4',
    ]);
    await heard.leave();
  });

  it('leaves nothing behind when it goes', async () => {
    const { clock, coordinator, graph, life } = createWorld();
    graph.begin(T, 'O', life(0, 'RUNNING'));
    const heard = listen(coordinator.watchHost(by(anna), T, everything, null));
    await clock.advance(10);
    expect(coordinator.watches).toBe(1);
    await heard.leave();
    await clock.advance(TIMES.lingerMs);
    expect(coordinator.watches).toBe(0);
    const reads = graph.reads.length;
    await clock.advance(1_000_000);

    expect(graph.reads).toHaveLength(reads);
  });
});
