import { describe, expect, it } from '@jest/globals';
import { Client, fetchExchange } from 'urql';
import { EMPTY, withOperations, type BoardState } from '../../src/board/board-state.js';
import { type Operation } from '../../src/board/domain/operation.js';
import { createLooks } from '../../src/board/looks.js';
import { createFakeClock } from '../support/fake-clock.js';
import { at, operation, s } from './operations.js';

const DUE = operation({ nextCheckAt: at(2) });

/** Looks at what `state` has; each request is answered as the test says, or never. */
function openLooks(answer: () => Promise<Response>) {
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
      return answer();
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
});
