import { type GraphiQLPlugin, pick, useGraphiQL } from '@graphiql/react';
import { type FC, useEffect, useState } from 'react';
import { fillVariables } from './fill-variables.js';
import { type RunningOperation } from './sandbox.js';

type ReadOperations = () => Promise<readonly RunningOperation[] | null>;

const TITLE = 'Running operations';

/** A pane that lists what runs in the sandbox; a click writes an operation into the variables of the open tab. */
export function runningOperationsPlugin(read: ReadOperations): GraphiQLPlugin {
  return { title: TITLE, icon: Icon, content: () => <RunningOperations read={read} /> };
}

type Listed = 'reading' | { readonly operations: readonly RunningOperation[] } | { readonly problem: string };

const RunningOperations: FC<{ read: ReadOperations }> = ({ read }) => {
  const [listed, setListed] = useState<Listed>('reading');
  const [said, setSaid] = useState('');
  const { queryEditor, variableEditor } = useGraphiQL(pick('queryEditor', 'variableEditor'));

  const list = async (): Promise<void> => {
    setListed('reading');
    setListed(await listedBy(read));
  };
  useEffect(() => void list(), []); // each time the pane is opened

  const choose = (operation: RunningOperation): void => {
    const filling = fillVariables(queryEditor?.getValue() ?? '', variableEditor?.getValue() ?? '', operation);
    if ('problem' in filling) {
      setSaid(filling.problem);
      return;
    }
    variableEditor?.setValue(filling.variables);
    setSaid(`${filling.filled.map((name) => `$${name}`).join(', ')} of this tab: ${nameOf(operation)}.`);
  };

  return (
    <section aria-label={TITLE} aria-busy={listed === 'reading'} className="running-operations">
      <header>
        {TITLE}
        <button type="button" onClick={() => void list()}>
          Refresh
        </button>
      </header>
      <p>Of the sandbox. Choose one to have it in the variables of the open tab.</p>
      <p role="status">{said !== '' ? said : ' '}</p>
      <Listing listed={listed} choose={choose} />
    </section>
  );
};

const Listing: FC<{ listed: Listed; choose: (operation: RunningOperation) => void }> = ({ listed, choose }) => {
  if (listed === 'reading') return <p>Asking the gateway…</p>;
  if ('problem' in listed) return <p>{listed.problem}</p>;
  if (listed.operations.length === 0)
    return <p>Nothing is running. The live board has buttons that start something.</p>;
  return (
    <ul>
      {listed.operations.map((operation) => (
        <li key={operation.id}>
          <button type="button" onClick={() => choose(operation)}>
            <span>
              {nameOf(operation)} <code>{operation.state}</code>
            </span>
            <small>
              {operation.host.displayName} ({operation.host.kind})
            </small>
          </button>
        </li>
      ))}
    </ul>
  );
};

function nameOf({ operationType, operationId }: RunningOperation): string {
  return operationType ?? operationId;
}

async function listedBy(read: ReadOperations): Promise<Listed> {
  try {
    const operations = await read();
    if (operations !== null) return { operations };
    return { problem: 'Another Graph than the sandbox is asked here; `operations(host: …)` lists what runs in it.' };
  } catch (problem) {
    return { problem: problem instanceof Error ? problem.message : String(problem) };
  }
}

/** A ring that is partly closed. */
const Icon: FC = () => (
  <svg height="1em" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round">
    <path d="M8 1.5a6.5 6.5 0 1 1-6.2 4.6" />
    <path d="M8 4.5V8l2.3 1.6" />
  </svg>
);
