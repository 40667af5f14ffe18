import {
  ApolloClient,
  ApolloLink,
  gql,
  HttpLink,
  InMemoryCache,
  type ApolloCache,
  type TypedDocumentNode,
} from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { ApolloProvider, useQuery, useSubscription } from '@apollo/client/react';
import { resuming } from 'graph-operations-gateway/client';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';

const TEAM = { teamId: '7ea00000-0000-4000-8000-000000000001' };

interface Operation {
  readonly id: string;
  readonly state: string;
  readonly operationType: string;
}

interface List {
  readonly operations: { readonly edges: { readonly __typename: 'OperationEdge'; readonly node: Operation | null }[] };
}

interface Change {
  readonly hostOperationStatusChanged: { readonly operation: Operation };
}

const LIST: TypedDocumentNode<List, { host: typeof TEAM }> = gql`
  query List($host: OperationHost!) {
    operations(host: $host) {
      edges {
        node {
          id
          state
          ... on TeamsAsyncOperation {
            operationType
          }
        }
      }
    }
  }
`;

const WATCH: TypedDocumentNode<Change, { host: typeof TEAM }> = gql`
  subscription Watch($host: OperationHost!, $after: String) {
    hostOperationStatusChanged(host: $host, after: $after) {
      cursor
      operation {
        id
        state
        ... on TeamsAsyncOperation {
          operationType
        }
      }
    }
  }
`;

const client = new ApolloClient({
  cache: new InMemoryCache(), // keeps each operation once, by its id
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(resuming(createClient({ url: '/graphql', retryAttempts: Infinity, shouldRetry: () => true }))),
    new HttpLink({ uri: '/graphql' }),
  ),
});

/** An operation that began after the list was asked for is put into it; of any other the cache knows the new state. */
function addToList(cache: ApolloCache, { hostOperationStatusChanged: { operation } }: Change): void {
  cache.updateQuery({ query: LIST, variables: { host: TEAM } }, (list) => {
    if (list === null || list.operations.edges.some(({ node }) => node?.id === operation.id)) return undefined;
    const edge = { __typename: 'OperationEdge', node: operation } as const;
    return { operations: { ...list.operations, edges: [edge, ...list.operations.edges] } };
  });
}

/** The list is asked for once. What is pushed goes into the cache, and so into the list. */
function Operations() {
  const { data, error } = useQuery(LIST, { variables: { host: TEAM } });
  const watching = useSubscription(WATCH, {
    variables: { host: TEAM },
    onData: ({ client: { cache }, data: { data } }) => data && addToList(cache, data),
  });
  const problem = error ?? watching.error;
  if (problem) return <p role="alert">{problem.message}</p>;
  return (
    <ul>
      {data?.operations.edges.map(
        ({ node }) =>
          node && (
            <li key={node.id}>
              {node.operationType}: <strong>{node.state}</strong>
            </li>
          ),
      )}
    </ul>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <ApolloProvider client={client}>
      <Operations />
    </ApolloProvider>,
  );
}
