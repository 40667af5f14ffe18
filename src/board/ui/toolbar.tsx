import { type ReactNode } from 'react';
import { ORDERS, type Filter, type Order } from '../domain/arrange.js';
import { type Operation, type OperationType } from '../domain/operation.js';
import { useWords } from './words.js';

interface ToolbarProps {
  readonly operations: readonly Operation[];
  readonly shown: number;
  /** With those of which nothing is known yet. */
  readonly all: number;
  readonly filter: Filter;
  readonly order: Order;
  readonly onFilter: (filter: Filter) => void;
  readonly onOrder: (order: Order) => void;
  readonly onClear: () => void;
  /** Null where nothing has ended that could be removed. */
  readonly onClearEnded: (() => void) | null;
}

export function Toolbar(props: ToolbarProps): ReactNode {
  const { text, format } = useWords();
  const { operations, shown, all, filter, order, onFilter, onOrder, onClear, onClearEnded } = props;
  const types = [...new Set(operations.map(({ operationType }) => operationType))].sort((one, other) =>
    text.types[one].localeCompare(text.types[other]),
  );
  const isFiltered = filter.states.size > 0 || filter.type !== null || filter.text !== '';
  return (
    <div className="toolbar">
      <label className="search">
        <span className="visually-hidden">{text.list.search}</span>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <circle cx="7" cy="7" r="4.5" className="line" />
          <path d="m10.5 10.5 3.5 3.5" className="line" />
        </svg>
        <input
          type="search"
          placeholder={text.list.search}
          value={filter.text}
          onChange={({ target }) => onFilter({ ...filter, text: target.value })}
        />
      </label>
      <label className="choice">
        <span>{text.list.type}</span>
        <select
          value={filter.type ?? ''}
          onChange={({ target }) => onFilter({ ...filter, type: types.find((one) => one === target.value) ?? null })}
        >
          <option value="">{text.list.allTypes}</option>
          {withChosen(types, filter.type).map((type) => (
            <option key={type} value={type}>
              {text.types[type]}
            </option>
          ))}
        </select>
      </label>
      <label className="choice">
        <span>{text.list.order}</span>
        <select
          value={order}
          onChange={({ target }) => onOrder(ORDERS.find((one) => one === target.value) ?? 'newest')}
        >
          {ORDERS.map((one) => (
            <option key={one} value={one}>
              {text.list.orders[one]}
            </option>
          ))}
        </select>
      </label>
      <span className="shown" role="status">
        {isFiltered && text.list.shown(format.number(shown), format.number(all))}
      </span>
      {isFiltered && (
        <button type="button" className="quiet" onClick={onClear}>
          {text.list.clear}
        </button>
      )}
      {onClearEnded !== null && (
        <button type="button" className="quiet" onClick={onClearEnded}>
          {text.list.clearEnded}
        </button>
      )}
    </div>
  );
}

/** The type that is filtered by stays to be seen when the last of its kind has gone. */
function withChosen(types: readonly OperationType[], chosen: OperationType | null): readonly OperationType[] {
  return chosen === null || types.includes(chosen) ? types : [...types, chosen];
}
