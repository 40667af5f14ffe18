import { type OperationHost } from '../operation/ref.js';
import { listPath } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type OperationState } from '../operation/state.js';
import { isProved, type PollTimes } from './dues.js';
import { type HostGroup } from './host-group.js';
import { type CheckDelay } from './seen.js';
import { type Stand, type Watch } from './watch.js';

/** One thing that is watched, as an operator sees it: scopes are counted, and none is named. Times are epoch ms. */
export interface WatchedRow {
  /** An operation's location, or the path of a host's list. */
  readonly location: string;
  readonly type: 'operation' | 'list';
  readonly host: OperationHost;
  /** Null where nothing was read yet, and of a list. */
  readonly state: OperationState | null;
  readonly checkedAt: number | null;
  readonly nextCheckAt: number | null;
  readonly delayedBy: CheckDelay | null;
  readonly subscribers: number;
  readonly scopes: number;
  /** Scopes whose own read is too old, or was denied since: they hear nothing. */
  readonly unproved: number;
  /** Whether another process makes its checks. */
  readonly isElsewhere: boolean;
}

/** What is watched of one host. */
export interface WatchedHost {
  readonly host: OperationHost;
  readonly operations: number;
  readonly scopes: number;
  /** Subscribers of the whole list. */
  readonly listSubscribers: number;
}

export interface WatchedTotals {
  readonly hosts: number;
  readonly lists: number;
  readonly operations: number;
  /** Subscribers of each operation and each list, added up. */
  readonly subscribers: number;
  /** Callers of each operation whose proof is overdue, added up. */
  readonly overdueProofs: number;
}

export interface WatchedPage {
  readonly totals: WatchedTotals;
  /** In the order of locations. */
  readonly rows: readonly WatchedRow[];
  /** Those of the rows. */
  readonly hosts: readonly WatchedHost[];
  /** What to ask for next; null on the last page. */
  readonly next: string | null;
}

export interface WatchedOptions {
  readonly times: Pick<PollTimes, 'intervalMs' | 'proofMs'>;
  readonly now: number;
  readonly nextCheckAt: (location: string) => number | null;
  readonly delayOf: (caller: Caller, location: string) => CheckDelay | null;
}

type Groups = ReadonlyMap<string, HostGroup>;

/** @param after the last location of the page before, or null */
export function watchedPage(groups: Groups, after: string | null, limit: number, options: WatchedOptions): WatchedPage {
  const keys = firstAfter(keysOf(groups), after, limit + 1);
  const rows = keys.slice(0, limit).flatMap(({ location, group }) => {
    const watch = group.watches.get(location);
    return watch === undefined ? rowOfList(group, options) : rowOfWatch(watch, options);
  });
  const hosts = new Set(keys.slice(0, limit).map(({ group }) => group));
  return {
    totals: totalsOf(groups, options),
    rows,
    hosts: [...hosts].map(summaryOf),
    next: keys.length > limit ? (keys[limit - 1]?.location ?? null) : null,
  };
}

/** Callers that wait for a read of their own, longer than it takes when there is room. */
export function countOverdueProofs(groups: Groups, now: number, times: WatchedOptions['times']): number {
  let overdue = 0;
  for (const { watches } of groups.values()) {
    for (const { stands } of watches.values()) {
      for (const stand of stands.values()) if (isOverdue(stand, now, times)) overdue++;
    }
  }
  return overdue;
}

function isOverdue({ seats, provedAt, readAt, since }: Stand, now: number, times: WatchedOptions['times']): boolean {
  if (seats.size === 0 || isProved(provedAt, now, times)) return false;
  return readAt !== null || since + times.intervalMs <= now;
}

interface Key {
  readonly location: string;
  readonly group: HostGroup;
}

function* keysOf(groups: Groups): Generator<Key> {
  for (const group of groups.values()) {
    if (group.lister !== null) yield { location: listPath(group.host), group };
    for (const location of group.watches.keys()) yield { location, group };
  }
}

/** The first few in order, without putting all of a hundred thousand in order. */
function firstAfter(keys: Iterable<Key>, after: string | null, most: number): readonly Key[] {
  const first: Key[] = [];
  for (const key of keys) {
    if (after !== null && key.location <= after) continue;
    const last = first.length < most ? undefined : first.at(-1);
    if (last !== undefined && key.location >= last.location) continue;
    first.splice(placeOf(key.location, first), 0, key);
    if (first.length > most) first.pop();
  }
  return first;
}

function placeOf(location: string, sorted: readonly Key[]): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle]?.location ?? '') < location) from = middle + 1;
    else to = middle;
  }
  return from;
}

function rowOfWatch({ ref, stands, held, isKeptElsewhere }: Watch, options: WatchedOptions): WatchedRow {
  const all = [...stands.values()];
  const { times, now, nextCheckAt, delayOf } = options;
  return {
    location: ref.location,
    type: 'operation',
    host: ref.host,
    state: held?.snapshot.operation.state ?? null,
    checkedAt: held?.snapshot.checkedAt ?? null,
    nextCheckAt: nextCheckAt(ref.location),
    delayedBy: firstOf(all, ({ caller }) => delayOf(caller, ref.location)),
    subscribers: sum(all, ({ seats }) => seats.size),
    scopes: all.length,
    unproved: all.filter(({ provedAt }) => !isProved(provedAt, now, times)).length,
    isElsewhere: isKeptElsewhere,
  };
}

function rowOfList({ host, lister }: HostGroup, { times, now, delayOf }: WatchedOptions): WatchedRow[] {
  if (lister === null) return [];
  const location = listPath(host);
  const all = [...lister.stands.values()];
  return [
    {
      location,
      type: 'list',
      host,
      state: null,
      checkedAt: lister.listedAt,
      nextCheckAt: lister.listedAt === null ? null : lister.listedAt + times.intervalMs,
      delayedBy: firstOf(all, ({ caller }) => delayOf(caller, location)),
      subscribers: sum(all, ({ readers }) => readers.size),
      scopes: all.length,
      unproved: all.filter(({ listedAt }) => !isProved(listedAt, now, times)).length,
      isElsewhere: lister.isKeptElsewhere,
    },
  ];
}

function summaryOf({ host, watches, sizes, lister }: HostGroup): WatchedHost {
  const scopes = new Set([...sizes.keys(), ...(lister?.stands.keys() ?? [])]);
  return { host, operations: watches.size, scopes: scopes.size, listSubscribers: listSubscribersOf(lister) };
}

function totalsOf(groups: Groups, { now, times }: WatchedOptions): WatchedTotals {
  const all = [...groups.values()];
  return {
    hosts: all.length,
    lists: all.filter(({ lister }) => lister !== null).length,
    operations: sum(all, ({ watches }) => watches.size),
    subscribers: sum(
      all,
      ({ watches, lister }) =>
        listSubscribersOf(lister) +
        sum([...watches.values()], ({ stands }) => sum([...stands.values()], ({ seats }) => seats.size)),
    ),
    overdueProofs: countOverdueProofs(groups, now, times),
  };
}

function listSubscribersOf(lister: HostGroup['lister']): number {
  return lister === null ? 0 : sum([...lister.stands.values()], ({ readers }) => readers.size);
}

function sum<T>(all: readonly T[], valueOf: (one: T) => number): number {
  return all.reduce((total, one) => total + valueOf(one), 0);
}

function firstOf<T, V>(all: readonly T[], valueOf: (one: T) => V | null): V | null {
  for (const one of all) {
    const value = valueOf(one);
    if (value !== null) return value;
  }
  return null;
}
