import { type Clock } from '../lib/clock.js';
import { isJsonObject } from '../operation/json.js';
import { type OperationHost } from '../operation/ref.js';
import { type WholeList } from './reads.js';

/** That a host's list was read, as one process tells the others who watch that host. */
export interface ListNotice extends Readonly<Record<string, unknown>> {
  /** The host's location. */
  readonly host: string;
  /** Of the operations on it. */
  readonly locations: readonly string[];
  /** Its age, because clocks differ. */
  readonly ageMs: number;
}

export function printListNotice(host: OperationHost, { refs, readAt }: WholeList, clock: Clock): ListNotice {
  return { host: host.location, locations: refs.map(({ location }) => location), ageMs: clock.now() - readAt };
}

/** @returns null when it is none: another version of this gateway may write something else */
export function parseListNotice(
  notice: unknown,
  clock: Clock,
): { readonly host: string; readonly locations: readonly string[]; readonly readAt: number } | null {
  if (!isJsonObject(notice)) return null;
  const { host, locations, ageMs } = notice;
  if (typeof host !== 'string' || typeof ageMs !== 'number' || !Number.isFinite(ageMs)) return null;
  if (!Array.isArray(locations) || !locations.every((location) => typeof location === 'string')) return null;
  return { host, locations, readAt: clock.now() - ageMs };
}
