import { type ReactNode } from 'react';
import { countByState } from '../domain/arrange.js';
import { STATES, type Operation, type State } from '../domain/operation.js';
import { StateMark } from './state-mark.js';
import { useWords } from './words.js';

interface CountsProps {
  readonly operations: readonly Operation[];
  /** Of how many nothing is known yet; they have no state. */
  readonly pending: number;
  readonly chosen: ReadonlySet<State>;
  readonly onChoose: (states: ReadonlySet<State>) => void;
}

/** Always to be seen, also at none; the rarer two only once there is one. */
const COMMON: readonly State[] = ['NOT_STARTED', 'RUNNING', 'SUCCEEDED', 'FAILED'];

/** How many there are in each state; each count is a filter, and several may be chosen. */
export function Counts({ operations, pending, chosen, onChoose }: CountsProps): ReactNode {
  const { text, format } = useWords();
  const counts = countByState(operations);
  const shown = STATES.filter((state) => COMMON.includes(state) || counts[state] > 0 || chosen.has(state));
  const toggle = (state: State): void => {
    const next = new Set(chosen);
    if (!next.delete(state)) next.add(state);
    onChoose(next);
  };
  return (
    <div className="counts" role="group" aria-label={text.list.counts}>
      <button type="button" className="count" aria-pressed={chosen.size === 0} onClick={() => onChoose(new Set())}>
        <span className="count-number">{format.number(operations.length + pending)}</span>
        <span className="count-name">{text.list.all}</span>
      </button>
      {shown.map((state) => (
        <button
          key={state}
          type="button"
          className={`count count-${state}`}
          aria-pressed={chosen.has(state)}
          onClick={() => toggle(state)}
        >
          <span className="count-number">{format.number(counts[state])}</span>
          <span className="count-name">
            <StateMark state={state} />
            {text.states[state]}
          </span>
        </button>
      ))}
      {pending > 0 && (
        <p className="count count-pending">
          <span className="count-number">{format.number(pending)}</span>
          <span className="count-name">{text.list.pending}</span>
        </p>
      )}
    </div>
  );
}
