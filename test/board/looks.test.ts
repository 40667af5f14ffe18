import { describe, expect, it } from '@jest/globals';
import { Client, fetchExchange } from 'urql';
import { EMPTY, withOperations, type BoardState } from '../../src/board/board-state.js';
import { type Operation } from '../../src/board/domain/operation.js';
import { createLooks } from '../../src/board/looks.js';
import { createFakeClock } from '../support/fake-clock.js';
import { at, operation, s } from './operations.js';

const DUE = operation({ nextCheckAt: at(2) });

/** Looks at what `state` has; each request is answered as the test says, or never. */
function openLooks(answer: (ids: readonly string[]) => Promise<Response>) {
  let state: BoardState = withOperations(EMPTY, [DUE], s(0));
  const clock = createFakeClock(s(0));
  const asked: number[] = [];
  const signals: (AbortSignal | null | undefined)[] = [];
  const told: Operation[] = [];
  const client = new Client({
    url: 'http://127.0.0.1/graphql',
    preferGetMethod: false,
    requestPolicy: 'network-only',
    exchanges: [fetchExchange],
    fetch: (_url, init) => {
      asked.push((clock.now() - s(0)) / 1_000);
      signals.push(init?.signal);
      const { variables } = JSON.parse(init?.body as string) as { variables: { ids: string[] } };
      return answer(variables.ids);
    },
  });
  const looks = createLooks({
    client: () => client,
    clock,
    state: () => state,
    onTold: (operations) => void told.push(...operations),
  });
  looks.plan();
  return { looks, clock, asked, signals, told, set: (next: BoardState) => void (state = next) };
}

describe('looking again', () => {
  it('takes an answer that does not come for none, and asks once more', async () => {
    const { clock, asked, signals } = openLooks(() => new Promise(() => undefined));
    await clock.advance(60_000);
    expect(asked.length).toBeGreaterThanOrEqual(2);
    expect(asked[0]).toBe(3.2);
    expect(signals[0]?.aborted).toBe(true);
  });

  it('asks for what was taken off and put on again as for something new', async () => {
    const nothing = (): Promise<Response> => Promise.resolve(Response.json({ data: { nodes: [null] } }));
    const { looks, clock, asked, set } = openLooks(nothing);
    await clock.advance(60_000);
    const before = asked.length;
    expect(asked.at(-1)).toBeLessThan(60);
    set(withOperations(EMPTY, [operation({ id: 'other', checkedAt: at(60), nextCheckAt: at(60) })], s(60)));
    looks.plan();
    await clock.advance(2_000);
    expect(asked).toHaveLength(before + 1);
    set(withOperations(EMPTY, [{ ...DUE, freshness: { ...DUE.freshness, ageSeconds: 62 } }], s(62)));
    looks.plan();
    await clock.advance(1);
    expect(asked).toHaveLength(before + 2);
  });

  it('asks for fewer at a time where the gateway takes fewer, and keeps to that', async () => {
    const many = Array.from({ length: 10 }, (_, index) => operation({ id: `o-${index}`, nextCheckAt: at(2) }));
    const sizes: number[] = [];
    const ofThree = (ids: readonly string[]): Promise<Response> => {
      sizes.push(ids.length);
      const checked = (id: string) => operation({ id, checkedAt: at(sizes.length), nextCheckAt: at(600) });
      const refusal = { message: '`ids` may be 3 ids at most.', extensions: { code: 'LIMIT_EXCEEDED', limit: 'IDS' } };
      return Promise.resolve(
        Response.json(ids.length > 3 ? { errors: [refusal] } : { data: { nodes: ids.map(checked) } }),
      );
    };
    const { looks, clock, asked, told, set } = openLooks(ofThree);
    let state = withOperations(EMPTY, many, s(0));
    set(state);
    looks.plan();
    for (let count = 0; count < 20; count++) {
      await clock.advance(200);
      state = withOperations(state, told, clock.now());
      set(state);
      looks.plan();
    }
    expect(sizes.slice(0, 3)).toEqual([10, 5, 2]);
    expect(Math.max(...sizes.slice(2))).toBe(2);
    expect(new Set(told.map(({ id }) => id)).size).toBe(10);
    expect(asked.at(-1)).toBeLessThan(5);
  });

  it('does not ask again and again where even one is too much', async () => {
    const refusal = { message: 'No.', extensions: { code: 'LIMIT_EXCEEDED' } };
    const { clock, asked } = openLooks(() => Promise.resolve(Response.json({ errors: [refusal] })));
    await clock.advance(60_000);
    expect(asked.length).toBeLessThan(8);
  });
});
