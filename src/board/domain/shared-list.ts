import { keyOf, type Watch } from './watch.js';

/**
 * The list of a tab together with what other tabs have stored meanwhile: what was put on either is on it, and what was
 * taken off either is not.
 *
 * @param stored as it is now
 * @param before the list on which this tab and the store agreed last
 * @param after this tab's own, now
 */
export function merged(stored: readonly Watch[], before: readonly Watch[], after: readonly Watch[]): readonly Watch[] {
  const [isStored, was, is] = [stored, before, after].map(keysOf) as [Keys, Keys, Keys];
  const kept = stored.filter((watch) => is.has(keyOf(watch)) || !was.has(keyOf(watch)));
  const added = after.filter((watch) => !was.has(keyOf(watch)) && !isStored.has(keyOf(watch)));
  return [...kept, ...added];
}

/** Whether both have the same on them, in any order. */
export function isSameList(one: readonly Watch[], other: readonly Watch[]): boolean {
  const keys = keysOf(one);
  return one.length === other.length && other.every((watch) => keys.has(keyOf(watch)));
}

type Keys = ReadonlySet<string>;

function keysOf(watches: readonly Watch[]): Keys {
  return new Set(watches.map(keyOf));
}
