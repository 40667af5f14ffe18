import { type ReactNode } from 'react';
import { type Operation } from '../domain/operation.js';
import { type Timeline } from '../domain/timeline.js';
import { CopyButton } from './copy-button.js';
import { StateMark } from './state-mark.js';
import { TimelineTable } from './timeline-table.js';
import { useWords } from './words.js';

interface DetailsProps {
  readonly operation: Operation;
  readonly timeline: Timeline;
}

/** What is worth a look only now and then: the steps, the timeline to the second, and where to read the operation. */
export function Details({ operation, timeline }: DetailsProps): ReactNode {
  const { text } = useWords();
  return (
    <>
      <Steps steps={operation.steps} />
      <TimelineTable timeline={timeline} />
      <dl className="where">
        <dt>{text.card.location}</dt>
        <dd>
          <code>{operation.location}</code> <CopyButton value={operation.location} />
        </dd>
        {operation.targetResourceId !== null && (
          <>
            <dt>{text.card.target}</dt>
            <dd>
              <code>{operation.targetResourceId}</code> <CopyButton value={operation.targetResourceId} />
            </dd>
          </>
        )}
        <dt>{text.card.operationId}</dt>
        <dd>
          <code>{operation.operationId}</code>
        </dd>
      </dl>
    </>
  );
}

function Steps({ steps }: { readonly steps: Operation['steps'] }): ReactNode {
  const { text } = useWords();
  if (steps.length === 0) return null;
  return (
    <section className="steps">
      <h4>{text.card.steps}</h4>
      <ol>
        {steps.map(({ type, index, reference, state, rawStatus }) => (
          <li key={`${type} ${index ?? ''} ${reference}`}>
            <span className="step-type">{type === 'APP' ? text.card.app : text.card.channel}</span>
            <span className="step-name">{reference}</span>
            {state !== null && (
              <span className={`badge badge-small badge-${state}`} title={rawStatus ?? undefined}>
                <StateMark state={state} />
                {text.states[state]}
              </span>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
