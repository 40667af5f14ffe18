import { describe, expect, it } from '@jest/globals';
import {
  EMPTY,
  entriesOfCard,
  withChange,
  withEntry,
  withOperations,
  withoutEntry,
  type BoardState,
  type Change,
} from '../../src/board/board-state.js';
import { keyOf, type Watch } from '../../src/board/domain/watch.js';
import { at, operation, s } from './operations.js';

const SINGLE: Watch = { kind: 'operation', ref: { id: 'one' } };
const TEAM: Watch = { kind: 'host', host: { teamId: 't-1' } };

function change(told: Partial<Change> = {}): Change {
  const one = told.operation ?? operation();
  return { reason: 'CHANGED', from: null, to: one.state, observedAt: at(0), cursor: 'c', operation: one, ...told };
}

const BOTH: BoardState = [SINGLE, TEAM].reduce(
  (state, watch) => withChange(withEntry(state, watch), keyOf(watch), change(), s(0)),
  EMPTY,
);

describe('what the board knows', () => {
  it('has what two watches tell of once, until neither does', () => {
    expect(BOTH.operations.size).toBe(1);
    const without = withoutEntry(BOTH, keyOf(SINGLE));
    expect(without.operations.size).toBe(1);
    const nothing = withoutEntry(without, keyOf(TEAM));
    expect([nothing.operations.size, nothing.checks.size, nothing.entries.length]).toEqual([0, 0, 0]);
  });

  it('takes the same watch once', () => {
    expect(withEntry(BOTH, { kind: 'operation', ref: { id: 'one' } })).toBe(BOTH);
  });

  it('counts the newer check, however late the older is told', () => {
    const newer = withOperations(BOTH, [operation({ checkedAt: at(31), attemptsCount: 2 })], s(31));
    const again = withOperations(newer, [operation({ checkedAt: at(5) })], s(32));
    expect(again.operations.get('one')?.attemptsCount).toBe(2);
    expect(again.checks.get('one')).toEqual([s(0), s(31)]);
  });

  it('tells a single operation that has ended from a team that goes on', () => {
    const end = change({ operation: operation({ state: 'SUCCEEDED', terminal: true }) });
    const ended = [SINGLE, TEAM].reduce((state, watch) => withChange(state, keyOf(watch), end, s(1)), BOTH);
    expect(ended.entries.map(({ status }) => status)).toEqual(['ended', 'live']);
  });

  it('learns the interval from checks that are not late', () => {
    const late = operation({ checkedAt: at(0), nextCheckAt: at(1) });
    const delayed = { ...late, freshness: { ...late.freshness, delayedBy: 'THROTTLED' as const } };
    expect(withOperations(EMPTY, [delayed], s(0)).intervalMs).toBe(31_000);
    expect(withOperations(EMPTY, [operation({ nextCheckAt: at(5) })], s(0)).intervalMs).toBe(5_000);
  });

  it('takes a longer interval for what it is, from the start and when the gateway has another one', () => {
    const longer = withOperations(EMPTY, [operation({ nextCheckAt: at(60) })], s(0));
    expect(longer.intervalMs).toBe(60_000);
    const shorter = withOperations(longer, [operation({ checkedAt: at(60), nextCheckAt: at(65) })], s(60));
    expect(shorter.intervalMs).toBe(5_000);
    const again = withOperations(shorter, [operation({ checkedAt: at(65), nextCheckAt: at(125) })], s(65));
    expect(again.intervalMs).toBe(60_000);
    const ended = operation({ checkedAt: at(125), state: 'SUCCEEDED', terminal: true });
    expect(withOperations(again, [ended], s(125)).intervalMs).toBe(60_000);
  });

  it('knows by which of its addresses a card is on the board, and that a team keeps it', () => {
    const again: Watch = { kind: 'operation', ref: { location: "/teams('t-1')/operations('o-1')" } };
    const other: Watch = { kind: 'operation', ref: { id: 'two' } };
    const told = withChange(withEntry(BOTH, again), keyOf(again), change(), s(0));
    const all = withChange(withEntry(told, other), keyOf(other), change({ operation: operation({ id: 'two' }) }), s(0));
    const [single, team] = all.entries;
    const keys = (entry = single) => (entry === undefined ? [] : entriesOfCard(all, entry).map(({ key }) => key));
    expect(keys()).toEqual([keyOf(SINGLE), keyOf(again)]);
    expect(keys(team)).toEqual([keyOf(TEAM)]);
    expect(keys().reduce(withoutEntry, all).operations.has('one')).toBe(true);
    expect([...keys(), keyOf(TEAM)].reduce(withoutEntry, all).operations.has('one')).toBe(false);
  });

  it('hears nothing of what was taken off meanwhile', () => {
    expect(withChange(EMPTY, keyOf(SINGLE), change(), s(0))).toBe(EMPTY);
  });
});
