import { describe, expect, it } from '@jest/globals';
import {
  EMPTY,
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

  it('says that something may have been missed where the gateway does', () => {
    const resumed: BoardState = { ...BOTH, connection: { kind: 'connected', resumed: 'whole' } };
    const after = (reason: Change['reason']) => withChange(resumed, keyOf(SINGLE), change({ reason }), s(1)).connection;
    expect(after('CHANGED')).toEqual({ kind: 'connected', resumed: 'whole' });
    expect(after('RESET')).toEqual({ kind: 'connected', resumed: 'reset' });
  });

  it('learns the interval from checks that are not late', () => {
    const late = operation({ checkedAt: at(0), nextCheckAt: at(1) });
    const delayed = { ...late, freshness: { ...late.freshness, delayedBy: 'THROTTLED' as const } };
    expect(withOperations(EMPTY, [delayed], s(0)).intervalMs).toBe(31_000);
    expect(withOperations(EMPTY, [operation({ nextCheckAt: at(5) })], s(0)).intervalMs).toBe(5_000);
  });

  it('hears nothing of what was taken off meanwhile', () => {
    expect(withChange(EMPTY, keyOf(SINGLE), change(), s(0))).toBe(EMPTY);
  });
});
