import { describe, expect, it } from '@jest/globals';

import { deniesCaller, GraphError, mayPass, type Reason } from '../../src/operation/failure.js';
import { isTerminal, OPERATION_STATES } from '../../src/operation/state.js';

describe('a reason why there is no operation', () => {
  it.each<{ reason: Reason; passes: boolean; denies: boolean }>([
    { reason: { kind: 'throttled', retryAfterMs: 1_000 }, passes: true, denies: false },
    { reason: { kind: 'overBudget', retryAfterMs: 1_000 }, passes: true, denies: false },
    { reason: { kind: 'unavailable' }, passes: true, denies: false },
    { reason: { kind: 'unauthenticated' }, passes: false, denies: true },
    { reason: { kind: 'forbidden' }, passes: false, denies: true },
    { reason: { kind: 'notFound' }, passes: false, denies: true },
    { reason: { kind: 'refused' }, passes: false, denies: false },
    { reason: { kind: 'malformed', detail: 'status is missing' }, passes: false, denies: false },
  ])('$reason.kind may pass: $passes, denies the caller: $denies', ({ reason, passes, denies }) => {
    expect(mayPass(reason)).toBe(passes);
    expect(deniesCaller(reason)).toBe(denies);
  });

  it('keeps what Graph said and what caused it', () => {
    const cause = new Error('socket closed');
    const error = new GraphError({ kind: 'unavailable' }, 'No connection.', { requestId: 'r' }, { cause });

    expect(error).toMatchObject({ name: 'GraphError', message: 'No connection.', answer: { requestId: 'r' }, cause });
  });
});

describe('the state of an operation', () => {
  it('is final once it succeeded, failed or was cancelled, and before that never', () => {
    expect(OPERATION_STATES.filter(isTerminal)).toEqual(['SUCCEEDED', 'FAILED', 'CANCELLED']);
  });
});
