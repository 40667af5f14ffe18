import { memo, useMemo, type ReactNode } from 'react';
import { type BoardState, type Entry } from '../board-state.js';
import { type Operation } from '../domain/operation.js';
import { Card, type CardProps } from './card.js';
import { PendingCard, Why } from './entries.js';
import { useWords } from './words.js';

interface OperationListProps {
  readonly state: Pick<BoardState, 'aheadMs' | 'intervalMs' | 'checks' | 'entries' | 'connection'>;
  /** Of which nothing is known yet. */
  readonly pending: readonly Entry[];
  /** In the order in which they stand. */
  readonly operations: readonly Operation[];
  readonly onRemove: (entry: Entry) => void;
  readonly onRetry: (entry: Entry) => void;
}

/** The cards: of what is awaited first, then of the operations. */
export function OperationList({ state, pending, operations, onRemove, onRetry }: OperationListProps): ReactNode {
  const { entries, aheadMs, intervalMs, checks, connection } = state;
  const singles = useMemo(() => entries.filter(({ watch }) => watch.kind === 'operation'), [entries]);
  const entryOf = useMemo(
    () => new Map(singles.toReversed().flatMap((entry) => [...entry.ids].map((id) => [id, entry] as const))),
    [singles],
  );
  return (
    <ul className="cards">
      {pending.map((entry) => (
        <li key={entry.key}>
          <PendingCard entry={entry} onRemove={onRemove} onRetry={onRetry} />
        </li>
      ))}
      {operations.map((operation) => (
        <Item
          key={operation.id}
          operation={operation}
          checks={checks.get(operation.id) ?? NO_CHECKS}
          entry={entryOf.get(operation.id) ?? null}
          aheadMs={aheadMs}
          intervalMs={intervalMs}
          isConnected={connection.kind === 'connected'}
          onRemove={onRemove}
          onRetry={onRetry}
        />
      ))}
    </ul>
  );
}

const NO_CHECKS: readonly number[] = [];

interface ItemProps extends Omit<CardProps, 'onRemove'>, Pick<OperationListProps, 'onRemove' | 'onRetry'> {
  /** Null where it is on the board with its team or chat. */
  readonly entry: Entry | null;
}

/** Drawn anew for news of its own only: there may be hundreds. */
const Item = memo(function Item({ entry, onRemove, onRetry, ...card }: ItemProps): ReactNode {
  const { text } = useWords();
  return (
    <li>
      <Card {...card} onRemove={entry === null ? null : () => onRemove(entry)} />
      {entry !== null && entry.problem !== null && (
        <p className="card-problem" role="status">
          <Why entry={entry} />{' '}
          {entry.status === 'failed' && (
            <button type="button" onClick={() => onRetry(entry)}>
              {text.card.retry}
            </button>
          )}
        </p>
      )}
    </li>
  );
});
