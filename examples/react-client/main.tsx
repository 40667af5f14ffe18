import { createOperationsClient, type OperationStatusChange } from 'graph-operations-gateway/client';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const client = createOperationsClient({ url: '/graphql' }); // one connection for all that is tracked

/** All that goes on in a team, by the id of the operation. */
function useTeam(teamId: string) {
  const [operations, setOperations] = useState<Readonly<Record<string, OperationStatusChange['operation']>>>({});
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    const leaving = new AbortController();
    const follow = async () => {
      for await (const { operation } of client.trackHost({ teamId }, { signal: leaving.signal })) {
        setOperations((known) => ({ ...known, [operation.id]: operation }));
      }
    };
    follow().catch((error: unknown) => leaving.signal.aborted || setProblem(String(error)));
    return () => leaving.abort();
  }, [teamId]);
  return { operations: Object.values(operations), problem };
}

function Operations() {
  const { operations, problem } = useTeam('7ea00000-0000-4000-8000-000000000001');
  if (problem) return <p role="alert">{problem}</p>;
  return (
    <ul>
      {operations.map(({ id, operationType, state }) => (
        <li key={id}>
          {operationType}: <strong>{state}</strong>
        </li>
      ))}
    </ul>
  );
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<Operations />);
