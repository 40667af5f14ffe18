import { describe, expect, it } from '@jest/globals';
import {
  arrange,
  countByState,
  EVERYTHING,
  mayBeMeant,
  type Filter,
  type Order,
} from '../../src/board/domain/arrange.js';
import { changedAt } from '../../src/board/domain/operation.js';
import { at, operation, s } from './operations.js';

const old = operation({
  id: 'old',
  createdDateTime: at(-100),
  state: 'RUNNING',
  history: [{ to: 'RUNNING', observedAt: at(10) }],
});
const young = operation({
  id: 'young',
  createdDateTime: at(-5),
  operationType: 'CLONE_TEAM',
  state: 'NOT_STARTED',
  history: [{ to: 'NOT_STARTED', observedAt: at(5) }],
});
const failed = operation({
  id: 'failed',
  createdDateTime: at(-50),
  state: 'FAILED',
  terminal: true,
  error: { code: 'Forbidden', message: 'The site is locked.' },
  history: [{ to: 'FAILED', observedAt: at(20) }],
});
const ALL = [old, young, failed];

const arranged = (filter: Partial<Filter>, order: Order = 'newest'): string[] =>
  arrange(ALL, { ...EVERYTHING, ...filter }, order, ({ state }) => (state === 'FAILED' ? 'Échouée' : '')).map(
    ({ id }) => id,
  );

describe('the cards', () => {
  it.each([
    { order: 'newest' as const, ids: ['failed', 'old', 'young'] },
    { order: 'oldest' as const, ids: ['young', 'old', 'failed'] },
    { order: 'state' as const, ids: ['young', 'old', 'failed'] },
    { order: 'age' as const, ids: ['old', 'failed', 'young'] },
  ])('stand in order: $order', ({ order, ids }) => {
    expect(arranged({}, order)).toEqual(ids);
  });

  it('are those in any of the chosen states', () => {
    expect(arranged({ states: new Set(['FAILED', 'RUNNING']) })).toEqual(['failed', 'old']);
  });

  it('are those of the chosen type', () => {
    expect(arranged({ type: 'CLONE_TEAM' })).toEqual(['young']);
  });

  it.each(['LOCKED site', 'forbidden', 'échouée'])('are those with all words: %s', (text) => {
    expect(arranged({ text })).toEqual(['failed']);
  });

  it.each([
    { filter: {}, isSeen: true },
    { filter: { text: ' TEAMS dead ' }, isSeen: true },
    { filter: { text: 'locked' }, isSeen: false },
    { filter: { states: new Set(['FAILED'] as const) }, isSeen: false },
    { filter: { type: 'CLONE_TEAM' as const }, isSeen: false },
  ])('are without one of which nothing is known where that cannot be meant: %j', ({ filter, isSeen }) => {
    expect(mayBeMeant('/teams/t/operations/dead', { ...EVERYTHING, ...filter })).toBe(isSeen);
  });

  it('are counted by state', () => {
    expect(countByState(ALL)).toEqual({
      NOT_STARTED: 1,
      RUNNING: 1,
      SUCCEEDED: 0,
      FAILED: 1,
      CANCELLED: 0,
      UNKNOWN: 0,
    });
  });
});

describe('the last change of an operation', () => {
  const found = { to: 'SUCCEEDED' as const, observedAt: at(100) };

  it('is what Graph says where it was found at its end', () => {
    const done = operation({ state: 'SUCCEEDED', terminal: true, lastActionDateTime: at(-900), history: [found] });
    expect(changedAt(done)).toBe(s(-900));
  });

  it('is when it was seen otherwise', () => {
    const seen = operation({
      state: 'SUCCEEDED',
      terminal: true,
      lastActionDateTime: at(90),
      history: [{ to: 'RUNNING', observedAt: at(60) }, found],
    });
    expect(changedAt(seen)).toBe(s(100));
    expect(changedAt(operation({ lastActionDateTime: at(-5), checkedAt: at(3) }))).toBe(s(3));
  });
});
