/** One vocabulary for the life of every kind of operation; each kind says which of its own words mean which. */
export const OPERATION_STATES = ['NOT_STARTED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'UNKNOWN'] as const;
export type OperationState = (typeof OPERATION_STATES)[number];

export function isState(value: unknown): value is OperationState {
  return OPERATION_STATES.some((state) => state === value);
}

/** Whether no later check can change it. UNKNOWN is not: a word this version has not met is checked again. */
export function isTerminal(state: OperationState): boolean {
  return state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED';
}
