import { beganAt, changedAt, STATES, type Operation, type OperationType, type State } from './operation.js';

/** Which cards are to be seen. */
export interface Filter {
  /** Empty is all of them. */
  readonly states: ReadonlySet<State>;
  readonly type: OperationType | null;
  /** Words that must all occur somewhere in it. */
  readonly text: string;
}

export type Order = 'newest' | 'oldest' | 'state' | 'age';
export const ORDERS = ['newest', 'oldest', 'state', 'age'] as const satisfies readonly Order[];

export const EVERYTHING: Filter = { states: new Set(), type: null, text: '' };

/** @param wordsOf what the card says of an operation in the reader's language, which may be searched for too */
export function arrange(
  operations: readonly Operation[],
  { states, type, text }: Filter,
  order: Order,
  wordsOf: (operation: Operation) => string,
): Operation[] {
  const isMeant = (operation: Operation): boolean => {
    if (states.size > 0 && !states.has(operation.state)) return false;
    if (type !== null && operation.operationType !== type) return false;
    return hasWords(text, () => `${wordsOf(operation)}\n${ownWords(operation)}`);
  };
  return operations.filter(isMeant).sort(COMPARE[order]);
}

/** Whether something of which nothing is known yet is to be seen: it has a name, but neither a state nor a type. */
export function mayBeMeant(name: string, { states, type, text }: Filter): boolean {
  return states.size === 0 && type === null && hasWords(text, () => name);
}

/** @param told is asked for only where a word is looked for */
function hasWords(text: string, told: () => string): boolean {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const all = told().toLocaleLowerCase();
  return words.every((word) => all.includes(word));
}

export function countByState(operations: readonly Operation[]): Readonly<Record<State, number>> {
  const counts = { NOT_STARTED: 0, RUNNING: 0, SUCCEEDED: 0, FAILED: 0, CANCELLED: 0, UNKNOWN: 0 };
  for (const { state } of operations) counts[state] += 1;
  return counts;
}

function ownWords({
  rawOperationType,
  rawStatus,
  operationId,
  location,
  targetResourceId,
  error,
  steps,
}: Operation): string {
  const texts = [rawOperationType, rawStatus, operationId, location, targetResourceId, error?.code, error?.message];
  return [...texts, ...steps.map(({ reference }) => reference)].filter((text) => typeof text === 'string').join('\n');
}

type Compare = (one: Operation, other: Operation) => number;

const byNewestChange: Compare = (one, other) => changedAt(other) - changedAt(one) || byId(one, other);
const byId: Compare = (one, other) => (one.id < other.id ? -1 : 1);

const COMPARE: Readonly<Record<Order, Compare>> = {
  newest: byNewestChange,
  oldest: (one, other) => changedAt(one) - changedAt(other) || byId(one, other),
  state: (one, other) => STATES.indexOf(one.state) - STATES.indexOf(other.state) || byNewestChange(one, other),
  age: (one, other) => beganAt(one) - beganAt(other) || byId(one, other),
};
