import { InputError } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { checkKey } from '../operation/location.js';
import { type OperationHost } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';
import { MAX_PAGES } from './held-list.js';

/** What one scope watches of a host in one process, told to the others that watch something of it for that scope. */
export interface WatchedNotice extends Readonly<Record<string, unknown>> {
  readonly scope: Scope;
  /** The host's location. */
  readonly host: string;
  /** Ids of operations. */
  readonly watched: readonly string[];
  /** The same, of those that were told before and are watched no more. */
  readonly left: readonly string[];
  /** How many the scope watches of the host, in all processes that it was heard of. */
  readonly inAll: number;
}

/** Where a scope watches more than this a list is worth it, whatever others watch: they need not know of the rest. */
export const MAX_TOLD = MAX_PAGES + 1;

export function printWatched(
  scope: Scope,
  host: Pick<OperationHost, 'location'>,
  watched: readonly string[],
  left: readonly string[],
  inAll: number,
): WatchedNotice {
  return { scope, host: host.location, watched, left, inAll };
}

/** @returns null when it is none: another version of this gateway may write something else, and another hand anything */
export function parseWatched(notice: unknown): WatchedNotice | null {
  if (!isJsonObject(notice)) return null;
  const { scope, host, watched, left, inAll } = notice;
  if (typeof scope !== 'string' || typeof host !== 'string' || typeof inAll !== 'number') return null;
  return areIds(watched) && areIds(left) ? { scope: scope as Scope, host, watched, left, inAll } : null;
}

function areIds(ids: unknown): ids is readonly string[] {
  return Array.isArray(ids) && ids.length <= MAX_TOLD && ids.every((id) => typeof id === 'string' && isId(id));
}

function isId(text: string): boolean {
  try {
    checkKey(text, 'the id of the operation');
    return true;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
