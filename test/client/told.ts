import { type OperationStatusChange } from '../../src/client/client.js';

/** A change in few words. */
export function told({ reason, from, to }: OperationStatusChange): string {
  return `${reason} ${from === null ? '' : `${from} → `}${to}`;
}
