import fc from 'fast-check';
import { GraphError, LimitError } from '../../src/operation/failure.js';
import { type TeamsAsyncOperation } from '../../src/operation/kinds/teams-async-operation.js';
import { createRef } from '../../src/operation/ref.js';
import { OPERATION_STATES, type OperationState } from '../../src/operation/state.js';
import { type Change, type Ending } from '../../src/poll/stream.js';
import { anyText } from '../operation/arbitraries.js';
import { team } from '../poll/world.js';

const anyState = fc.constantFrom<OperationState>(...OPERATION_STATES);
const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(one, { nil: null });
const anyDate = fc.constantFrom('2026-01-01T00:00:00.1234567Z', '2026-01-02T08:15:30+01:00');
const anyMoment = fc.nat(2_000_000_000_000);

const anyOperation: fc.Arbitrary<TeamsAsyncOperation> = fc.record({
  kind: fc.constant('teamsAsyncOperation' as const),
  operationId: anyText,
  state: anyState,
  rawStatus: anyText,
  createdDateTime: maybe(anyDate),
  lastActionDateTime: maybe(anyDate),
  error: maybe(fc.record({ code: maybe(anyText), message: maybe(anyText) })),
  operationType: fc.constantFrom('ARCHIVE_TEAM' as const, 'CLONE_TEAM' as const),
  rawOperationType: anyText,
  // A word that the schema does not have is an error of the field.
  status: fc.constantFrom('IN_PROGRESS' as const, 'SUCCEEDED' as const, 'NO_SUCH_WORD' as never),
  attemptsCount: fc.nat(),
  targetResourceId: maybe(anyText),
  targetResourceLocation: maybe(anyText),
  steps: fc.array(
    fc.record({
      type: fc.constantFrom('APP' as const, 'CHANNEL' as const),
      reference: anyText,
      index: maybe(fc.nat()),
      state: maybe(anyState),
      rawStatus: maybe(anyText),
      updateTimestamp: maybe(anyDate),
    }),
    { maxLength: 2 },
  ),
});

export const anyChange: fc.Arbitrary<Change> = fc.record({
  ref: fc.constantFrom('1', '2', "o'brien").map((id) => createRef(team('T'), id)),
  operation: anyOperation,
  from: maybe(anyState),
  reason: fc.constantFrom('SNAPSHOT' as const, 'CHANGED' as const, 'RESET' as const),
  observedAt: anyMoment,
  checkedAt: anyMoment,
  stamp: fc.nat(),
  history: fc.array(
    fc.record({ from: maybe(anyState), operation: anyOperation, observedAt: anyMoment, stamp: fc.nat() }),
    { maxLength: 2 },
  ),
});

export const anyEnding: fc.Arbitrary<Ending> = fc.record({
  ref: maybe(fc.constant(createRef(team('T'), '1'))),
  error: fc.oneof(
    anyText.map((text) => new GraphError({ kind: 'forbidden' }, text)),
    anyText.map((text) => new LimitError('WATCH_AGE', text)),
  ),
});
