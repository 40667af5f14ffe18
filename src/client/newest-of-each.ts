import { type ChangeFieldsFragment } from './generated/types.js';

/**
 * A reader that is far behind is told of the way from the last state it knows to the newest, as the gateway does it: for
 * each operation one change. Where there was a RESET the way is not known, and that is what it is told.
 */
export function newestOfEach(changes: readonly ChangeFieldsFragment[]): ChangeFieldsFragment[] {
  const newest = new Map<string, ChangeFieldsFragment>();
  for (const change of changes) {
    const { id } = change.operation;
    const missed = newest.get(id);
    newest.delete(id); // its place is that of the newest
    const isOnItsOwn = missed === undefined || change.reason === 'RESET';
    newest.set(id, isOnItsOwn ? change : { ...change, from: missed.from, reason: missed.reason });
  }
  return [...newest.values()];
}
