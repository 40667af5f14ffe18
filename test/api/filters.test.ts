import { describe, expect, it } from '@jest/globals';
import { matcherOf, orderOf, type OperationFilter, type OperationOrder } from '../../src/api/operation.inputs.js';
import { operation } from './operations.js';

const CREATED = '2026-01-31T08:15:30.1234567Z';

describe('a filter', () => {
  it.each<{ filter: OperationFilter | null; matches: boolean; because: string }>([
    { filter: null, matches: true, because: 'there is none' },
    { filter: {}, matches: true, because: 'it asks for nothing' },
    { filter: { state: ['RUNNING'] }, matches: true, because: 'it is in that state' },
    { filter: { state: ['SUCCEEDED', 'FAILED'] }, matches: false, because: 'it is in neither state' },
    { filter: { state: [] }, matches: false, because: 'nothing is in none of all states' },
    { filter: { status: ['IN_PROGRESS', 'FAILED'] }, matches: true, because: 'it has one of these statuses' },
    { filter: { status: ['NOT_STARTED'] }, matches: false, because: 'it has another status' },
    { filter: { operationType: ['CLONE_TEAM'] }, matches: true, because: 'it is of that type' },
    { filter: { operationType: ['CREATE_CHAT'] }, matches: false, because: 'it is of another type' },
    { filter: { state: ['RUNNING'], operationType: ['CREATE_CHAT'] }, matches: false, because: 'all must hold' },
    { filter: { createdDateTime: {} }, matches: true, because: 'both ends are open' },
    { filter: { createdDateTime: { from: CREATED } }, matches: true, because: 'the beginning is included' },
    { filter: { createdDateTime: { before: CREATED } }, matches: false, because: 'the end is not' },
    {
      filter: { createdDateTime: { from: '2026-01-31T08:15:30.1234568Z' } },
      matches: false,
      because: 'it is a tenth of a microsecond too early',
    },
    {
      filter: { createdDateTime: { from: '2026-01-31T09:15:30+01:00', before: '2026-01-31T09:15:31+01:00' } },
      matches: true,
      because: 'a moment has many spellings',
    },
    { filter: { lastActionDateTime: { before: '2026-01-31T08:16:00Z' } }, matches: false, because: 'it is later' },
    {
      filter: { lastActionDateTime: { from: '2026-01-31T08:16:00.0Z' } },
      matches: true,
      because: 'zeros do not count',
    },
  ])('$filter matches: $matches, because $because', ({ filter, matches }) => {
    expect(matcherOf(filter)(operation())).toBe(matches);
  });

  it('has no span for what has no date', () => {
    const dateless = operation({ createdDateTime: null });
    expect(matcherOf({ createdDateTime: { before: '2999-01-01T00:00:00Z' } })(dateless)).toBe(false);
    expect(matcherOf({ createdDateTime: {} })(dateless)).toBe(false);
  });
});

describe('an order', () => {
  const dates = [
    '2026-01-31T08:15:30.1234568Z',
    null,
    '2026-01-31T10:15:30.1234567+02:00',
    '2025-12-31T23:59:59Z',
    '2026-01-31T08:15:30.12Z',
  ];
  const ascending = [null, dates[3], dates[4], dates[2], dates[0]];

  it.each<{ order: OperationOrder; sorted: unknown[] }>([
    { order: { field: 'CREATED_DATE_TIME', direction: 'ASC' }, sorted: ascending },
    { order: { field: 'CREATED_DATE_TIME', direction: 'DESC' }, sorted: ascending.toReversed() },
    { order: { field: 'LAST_ACTION_DATE_TIME', direction: 'ASC' }, sorted: ascending },
    { order: { field: 'LAST_ACTION_DATE_TIME', direction: 'DESC' }, sorted: ascending.toReversed() },
  ])('sorts by every digit of the date: $order', ({ order, sorted }) => {
    const member = order.field === 'CREATED_DATE_TIME' ? 'createdDateTime' : 'lastActionDateTime';
    const operations = dates.map((date) => operation({ [member]: date })).toSorted(orderOf(order).compare);
    expect(operations.map((each) => each[member])).toEqual(sorted);
  });
});
