/** What the pane of running operations asks, letter by letter: a manifest of trusted documents may hold it. */
export const RUNNING_OPERATIONS = `query RunningOperations($host: OperationHost!) {
  operations(host: $host, first: 50, filter: { state: [NOT_STARTED, RUNNING] }) {
    edges {
      node {
        id
        operationId
        location
        state
        ... on TeamsAsyncOperation {
          operationType
        }
      }
    }
  }
}`;
