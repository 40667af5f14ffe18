import { describe, expect, it } from '@jest/globals';
import { listPath } from '../../src/operation/ref.js';
import { readHeldList } from '../../src/poll/held-list.js';
import { caller, createWorld, noCost, scope, team, TIMES } from './world.js';

const anna = caller('anna');
const T = team('T');

describe("a host's list that one scope has read", () => {
  const readPages = async (pages: number) => {
    const world = createWorld({ pageSize: 2 });
    for (const id of ['A', 'B', 'C', 'D', 'E']) world.graph.begin(T, id, world.life(0, 'RUNNING'));
    const startedAt = world.clock.now();
    for (const link of [null, `${listPath(T)}?skip=2`, `${listPath(T)}?skip=4`].slice(0, pages)) {
      await world.checks.lookAtPage(anna, T, link, noCost());
      await world.clock.advance(1_000);
    }
    return { ...world, startedAt };
  };

  it('is put together from its pages, as old as the oldest of them', async () => {
    const { store, startedAt } = await readPages(3);
    const list = await readHeldList(store, anna.scope, T);

    expect(list?.refs.map(({ operationId }) => operationId)).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(list?.helds.size).toBe(5);
    expect([list?.readAt, list?.nextLink]).toEqual([startedAt, null]);
  });

  it('breaks off where a page is missing, and says where to go on', async () => {
    const { store } = await readPages(2);
    const list = await readHeldList(store, anna.scope, T);

    expect(list?.refs.map(({ operationId }) => operationId)).toEqual(['A', 'B', 'C', 'D']);
    expect(list?.nextLink).toBe(`${listPath(T)}?skip=4`);
  });

  it('is none without its first page, for another scope, or after the interval', async () => {
    const { store, clock } = await readPages(3);
    expect(await readHeldList(store, scope('ben'), T)).toBeNull();
    expect(await readHeldList(store, anna.scope, team('U'))).toBeNull();
    await clock.advance(TIMES.intervalMs);

    expect(await readHeldList(store, anna.scope, T)).toBeNull();
  });
});
