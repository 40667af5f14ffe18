/** All that the board asks of the gateway: its public schema, and nothing else. */

/** What a card shows. */
const BOARD_OPERATION = /* GraphQL */ `
  fragment BoardOperation on Operation {
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
      observedAt
    }
    ... on TeamsAsyncOperation {
      operationType
      rawOperationType
      attemptsCount
      targetResourceId
      steps {
        index
        reference
        type
        state
        rawStatus
      }
    }
  }
`;

const BOARD_CHANGE = /* GraphQL */ `
  fragment BoardChange on OperationStatusChange {
    reason
    from
    to
    observedAt
    cursor
    operation {
      ...BoardOperation
    }
  }
  ${BOARD_OPERATION}
`;

export const WATCH_OPERATION = /* GraphQL */ `
  subscription BoardWatch($refs: [OperationRef!]!, $after: String) {
    operationStatusChanged(refs: $refs, after: $after) {
      ...BoardChange
    }
  }
  ${BOARD_CHANGE}
`;

export const WATCH_HOST = /* GraphQL */ `
  subscription BoardWatchHost($host: OperationHost!, $after: String) {
    hostOperationStatusChanged(host: $host, after: $after) {
      ...BoardChange
    }
  }
  ${BOARD_CHANGE}
`;

/** Told from what the gateway holds once the check that was due has been made. */
export const LOOK_AGAIN = /* GraphQL */ `
  query BoardLook($ids: [ID!]!) {
    nodes(ids: $ids) {
      ...BoardOperation
    }
  }
  ${BOARD_OPERATION}
`;
