import { describe, expect, it } from '@jest/globals';
import { viewOfChange, viewOfSeen } from '../../src/api/views.js';
import { parseGlobalId } from '../../src/operation/global-id.js';
import { type Held } from '../../src/operation/snapshot.js';
import { type Change } from '../../src/poll/stream.js';
import { operation, REF } from './operations.js';

const CHECKED_AT = Date.UTC(2026, 0, 31, 8, 20);
const viewpoint = { now: CHECKED_AT + 1_500, nextCheckAt: () => CHECKED_AT + 31_000 };
const waiting = operation({ state: 'NOT_STARTED', rawStatus: 'notStarted', lastActionDateTime: null });

function held(now = operation()): Held {
  return {
    snapshot: { operation: now, checkedAt: CHECKED_AT },
    transitions: [
      { from: null, operation: waiting, observedAt: CHECKED_AT - 31_000, stamp: 1 },
      { from: 'NOT_STARTED', operation: now, observedAt: CHECKED_AT, stamp: 2 },
    ],
    completeSince: 0,
  };
}

describe('the view of an operation', () => {
  it('has what its kind has, and what all kinds share', () => {
    const view = viewOfSeen({ ref: REF, held: held(), delayedBy: 'THROTTLED' }, viewpoint);
    expect(view).toMatchObject(operation());
    expect(view).toMatchObject({
      location: `/v1.0/teams/7ea00000-0000-4000-8000-000000000001/operations/${REF.operationId}`,
      terminal: false,
      freshness: {
        checkedAt: CHECKED_AT,
        ageSeconds: 1.5,
        nextCheckAt: CHECKED_AT + 31_000,
        delayedBy: 'THROTTLED',
      },
    });
    expect(parseGlobalId(view.id).location).toBe(REF.location);
  });

  it('tells what happened to it, oldest first', () => {
    expect(viewOfSeen({ ref: REF, held: held(), delayedBy: null }, viewpoint).history).toEqual([
      {
        from: null,
        to: 'NOT_STARTED',
        rawStatus: 'notStarted',
        observedAt: CHECKED_AT - 31_000,
        lastActionDateTime: null,
      },
      {
        from: 'NOT_STARTED',
        to: 'RUNNING',
        rawStatus: 'inProgress',
        observedAt: CHECKED_AT,
        lastActionDateTime: '2026-01-31T08:16:00Z',
      },
    ]);
  });

  it.each(['SUCCEEDED', 'FAILED', 'CANCELLED'] as const)('has no next check once it has %s', (state) => {
    const view = viewOfSeen({ ref: REF, held: held(operation({ state })), delayedBy: null }, viewpoint);
    expect(view).toMatchObject({ terminal: true, freshness: { nextCheckAt: null, delayedBy: null } });
  });

  it('is never of the future, even when another machine’s clock is ahead', () => {
    const early = { ...viewpoint, now: CHECKED_AT - 40 };
    expect(viewOfSeen({ ref: REF, held: held(), delayedBy: null }, early).freshness.ageSeconds).toBe(0);
  });

  it('in a change is the operation as it was then', () => {
    const { transitions } = held();
    const change: Change = {
      ref: REF,
      operation: waiting,
      from: null,
      reason: 'SNAPSHOT',
      observedAt: CHECKED_AT - 31_000,
      checkedAt: CHECKED_AT,
      stamp: 1,
      history: transitions.slice(0, 1),
    };
    expect(viewOfChange(change, 'cursor', viewpoint)).toMatchObject({
      from: null,
      to: 'NOT_STARTED',
      reason: 'SNAPSHOT',
      observedAt: CHECKED_AT - 31_000,
      cursor: 'cursor',
      operation: { state: 'NOT_STARTED', rawStatus: 'notStarted', history: [{ to: 'NOT_STARTED' }] },
    });
  });
});
