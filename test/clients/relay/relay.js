/** What relay-compiler reads, as it would stand in a front end's components. */
import { graphql } from 'relay-runtime';

export const OPERATION = graphql`
  fragment relayOperation on Operation @refetchable(queryName: "relayRefetchQuery") {
    id
    state
    terminal
  }
`;

export const LIST = graphql`
  fragment relayList on Query
  @refetchable(queryName: "relayPageQuery")
  @argumentDefinitions(
    host: { type: "OperationHost!" }
    count: { type: "Int", defaultValue: 2 }
    cursor: { type: "String" }
  ) {
    operations(host: $host, first: $count, after: $cursor) @connection(key: "relayList_operations", filters: ["host"]) {
      edges {
        node {
          id
          state
          ...relayOperation
        }
      }
    }
  }
`;

export const TEAM = graphql`
  query relayQuery($host: OperationHost!) {
    ...relayList @arguments(host: $host)
  }
`;

export const WATCH = graphql`
  subscription relaySubscription($refs: [OperationRef!]!, $after: String) {
    operationStatusChanged(refs: $refs, after: $after) {
      reason
      from
      to
      cursor
      operation {
        id
        state
        terminal
      }
    }
  }
`;
