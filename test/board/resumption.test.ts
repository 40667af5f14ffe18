import { describe, expect, it } from '@jest/globals';
import { changeEntry, EMPTY, withEntry, withOperations, type BoardState } from '../../src/board/board-state.js';
import { keyOf, type Watch } from '../../src/board/domain/watch.js';
import { heardOf, notHeardOn, withConnection } from '../../src/board/resumption.js';
import { at, operation, s } from './operations.js';

const WATCH: Watch = { kind: 'operation', ref: { id: 'one' } };
const LIVE = changeEntry(withOperations(withEntry(EMPTY, WATCH), [operation()], s(0)), keyOf(WATCH), {
  status: 'live',
  ids: new Set(['one']),
});
const BACK = withConnection(LIVE, { kind: 'connected', resumed: 'back' }, s(10));

const resumed = ({ connection }: BoardState): string | null =>
  connection.kind === 'connected' ? connection.resumed : null;

describe('an operation that was awaited when the connection was lost', () => {
  it.each([
    { what: 'checked since, a moment ago', checkedAt: at(31), ageSeconds: 1.2, then: 'whole' },
    { what: 'checked before', checkedAt: at(9), ageSeconds: 5, then: 'back' },
    { what: 'checked just now, so that a push may be on its way', checkedAt: at(31), ageSeconds: 0.1, then: 'back' },
  ])('is heard of where an answer has it as $what: $then', ({ checkedAt, ageSeconds, then }) => {
    expect(resumed(heardOf(BACK, [operation({ checkedAt, ageSeconds })]))).toBe(then);
  });

  it('is measured by the clock of the gateway', () => {
    const ahead: BoardState = { ...BACK, aheadMs: 60_000 };
    expect(resumed(heardOf(ahead, [operation({ checkedAt: at(65), ageSeconds: 5 })]))).toBe('back');
    expect(resumed(heardOf(ahead, [operation({ checkedAt: at(75), ageSeconds: 5 })]))).toBe('whole');
  });

  it('says nothing when it is taken off the board', () => {
    expect(resumed(notHeardOn(BACK, keyOf(WATCH)))).toBe('first');
    expect(notHeardOn(BACK, 'another')).toBe(BACK);
  });
});
