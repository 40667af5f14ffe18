import { type TeamsAsyncOperation } from '../../src/operation/kinds/teams-async-operation.js';
import { refInHost } from '../../src/operation/location.js';

export const REF = refInHost('team', '7ea00000-0000-4000-8000-000000000001', '0be7a000-0000-4000-8000-000000000001');

/** A team being cloned, with what differs from that. */
export function operation(differing: Partial<TeamsAsyncOperation> = {}): TeamsAsyncOperation {
  return {
    kind: 'teamsAsyncOperation',
    operationId: REF.operationId,
    state: 'RUNNING',
    rawStatus: 'inProgress',
    createdDateTime: '2026-01-31T08:15:30.1234567Z',
    lastActionDateTime: '2026-01-31T08:16:00Z',
    error: null,
    operationType: 'CLONE_TEAM',
    rawOperationType: 'cloneTeam',
    status: 'IN_PROGRESS',
    attemptsCount: 1,
    targetResourceId: '7ea00000-0000-4000-8000-000000000001',
    targetResourceLocation: "/teams('7ea00000-0000-4000-8000-000000000001')",
    steps: [],
    ...differing,
  };
}
