import { GraphError } from '../operation/failure.js';

/** A caller whose token was good when it came and is so no longer. */
export function hasEnded(): GraphError {
  return new GraphError({ kind: 'unauthenticated' }, 'The token has expired.');
}
