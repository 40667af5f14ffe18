import { resuming } from 'graph-operations-gateway/client';
import { createClient } from 'graphql-ws';
import { createRoot } from 'react-dom/client';
import { Client, gql, Provider, subscriptionExchange, useSubscription } from 'urql';

const TEAM = { teamId: '7ea00000-0000-4000-8000-000000000001' };

interface Operation {
  readonly id: string;
  readonly state: string;
  readonly operationType: string;
}

const WATCH = gql<{ change: { operation: Operation } }, { host: typeof TEAM }>`
  subscription Watch($host: OperationHost!, $after: String) {
    change: hostOperationStatusChanged(host: $host, after: $after) {
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

const socket = resuming(createClient({ url: '/graphql', retryAttempts: Infinity, shouldRetry: () => true }));
const client = new Client({
  url: '/graphql',
  preferGetMethod: false,
  exchanges: [
    subscriptionExchange({
      forwardSubscription: ({ query = '', variables = {} }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

/** All that goes on in the team, what begins later included: no query is needed. */
function Operations() {
  const [{ data = {}, error }] = useSubscription(
    { query: WATCH, variables: { host: TEAM } },
    (known: Record<string, Operation> = {}, { change: { operation } }) => ({ ...known, [operation.id]: operation }),
  );
  if (error) return <p role="alert">{error.message}</p>;
  return (
    <ul>
      {Object.values(data).map(({ id, operationType, state }) => (
        <li key={id}>
          {operationType}: <strong>{state}</strong>
        </li>
      ))}
    </ul>
  );
}

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <Provider value={client}>
      <Operations />
    </Provider>,
  );
}
