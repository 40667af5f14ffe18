/**
 * What is asked of the gateway; the types in generated/types.ts are read from here. In both, the one field is called
 * `change`, so that whoever reads the answers need not know which it was.
 */

const OPERATION_FIELDS = /* GraphQL */ `
  fragment OperationFields on Operation {
    __typename
    id
    operationId
    location
    state
    terminal
    rawStatus
    createdDateTime
    lastActionDateTime
    error {
      code
      message
    }
    freshness {
      checkedAt
      ageSeconds
      nextCheckAt
      delayedBy
    }
    history {
      from
      to
      rawStatus
      observedAt
      lastActionDateTime
    }
    ... on TeamsAsyncOperation {
      operationType
      rawOperationType
      status
      attemptsCount
      targetResourceId
      targetResourceLocation
      steps {
        index
        type
        reference
        state
        rawStatus
        updateTimestamp
      }
    }
  }
`;

const CHANGE_FIELDS = /* GraphQL */ `
  fragment ChangeFields on OperationStatusChange {
    reason
    from
    to
    observedAt
    cursor
    operation {
      ...OperationFields
    }
  }
  ${OPERATION_FIELDS}
`;

export const TRACK_OPERATION = /* GraphQL */ `
  subscription TrackOperation($refs: [OperationRef!]!, $after: String) {
    change: operationStatusChanged(refs: $refs, after: $after) {
      ...ChangeFields
    }
  }
  ${CHANGE_FIELDS}
`;

export const TRACK_HOST = /* GraphQL */ `
  subscription TrackHost($host: OperationHost!, $filter: OperationFilter, $after: String) {
    change: hostOperationStatusChanged(host: $host, filter: $filter, after: $after) {
      ...ChangeFields
    }
  }
  ${CHANGE_FIELDS}
`;
