import { describe, expect, it } from '@jest/globals';
import { type ChangeReason, type OperationState, type OperationStatusChange } from '../../src/client/client.js';
import { newestOfEach } from '../../src/client/newest-of-each.js';
import { told } from './told.js';

function changeOf(id: string, reason: ChangeReason, from: OperationState | null, to: OperationState) {
  return { reason, from, to, operation: { id } } as OperationStatusChange;
}

describe('a reader that is far behind', () => {
  it('is told of each operation once: how it came from what the reader knows to what is now', () => {
    const squeezed = newestOfEach([
      changeOf('one', 'SNAPSHOT', null, 'NOT_STARTED'),
      changeOf('two', 'CHANGED', 'NOT_STARTED', 'RUNNING'),
      changeOf('one', 'CHANGED', 'NOT_STARTED', 'RUNNING'),
      changeOf('two', 'CHANGED', 'RUNNING', 'SUCCEEDED'),
    ]);
    expect(squeezed.map(told)).toEqual(['SNAPSHOT RUNNING', 'CHANGED NOT_STARTED → SUCCEEDED']);
  });

  it('is told of a RESET, whatever came before and after it', () => {
    const squeezed = newestOfEach([
      changeOf('one', 'CHANGED', 'NOT_STARTED', 'RUNNING'),
      changeOf('one', 'RESET', null, 'NOT_STARTED'),
      changeOf('one', 'CHANGED', 'NOT_STARTED', 'SUCCEEDED'),
    ]);
    expect(squeezed.map(told)).toEqual(['RESET SUCCEEDED']);
  });
});
