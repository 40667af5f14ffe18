import { type GraphError } from '../../src/operation/failure.js';
import { type Caller } from '../../src/operation/scope.js';
import { type Authority } from '../../src/poll/authority.js';

/** The right of a client that can bring another token, as one on a websocket can. */
export interface ChangingAuthority extends Authority {
  /** It brings another one. */
  become(caller: Caller): void;
  /** What it was told of tokens that Graph takes no more. */
  readonly refusals: readonly GraphError[];
}

export function createChangingAuthority(first: Caller): ChangingAuthority {
  const listeners = new Set<() => void>();
  const refusals: GraphError[] = [];
  let caller = first;
  return {
    get caller() {
      return caller;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    refused(error) {
      refusals.push(error);
      return true;
    },
    become(next) {
      caller = next;
      for (const listener of listeners) listener();
    },
    refusals,
  };
}
