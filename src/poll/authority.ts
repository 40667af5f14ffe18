import { type GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';

/** On whose right a stream stands: a caller, who may come back with another token while the stream goes on. */
export interface Authority {
  readonly caller: Caller;
  /** Calls the listener after each change of the caller. @returns an end to it */
  onChange(listener: () => void): () => void;
  /**
   * Graph takes the caller's token no more, though it did before.
   * @returns whether another one is awaited; if not, the stream ends with the reason
   */
  refused(error: GraphError): boolean;
}

/** The right of a caller who says once who it is, as over HTTP. */
export function fixedAuthority(caller: Caller): Authority {
  return { caller, onChange: () => () => undefined, refused: () => false };
}
