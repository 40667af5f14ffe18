import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { nextChecks, type Company } from './company.js';
import {
  dueLists,
  dueReads,
  isOwn,
  isProved,
  mostLateMs,
  standbyMs,
  type DueRead,
  type HeldBack,
  type PollTimes,
} from './dues.js';
import { type Lister, type ListStand } from './lister.js';
import { type HostJob } from './reads.js';
import { type Stand, type Watch } from './watch.js';

/** All that is watched of one host; it is read together where that costs less. */
export interface HostGroup {
  readonly host: OperationHost;
  readonly watches: Map<string, Watch>;
  /** How many of the watches each scope has a stand in. */
  readonly sizes: Map<Scope, number>;
  /** How many stands there are in its watches. */
  stands: number;
  lister: Lister | null;
  readonly company: Company;
  readonly sharedList: SharedList;
}

/** The list of a host as it is read in the place of checks, with one token for all who watch something of the host. */
export interface SharedList {
  /** Until when checks wait for what it tells, epoch ms; Infinity while it is under way. */
  awaitedUntil: number;
  /** When it was last asked for, epoch ms: what it did not tell is read otherwise. */
  triedAt: number;
}

/** Every read that a host will need, due or not. */
export interface GroupReads {
  readonly lists: readonly DueRead<ListStand>[];
  readonly operations: readonly { readonly watch: Watch; readonly read: DueRead<Stand> }[];
  /** When anything of the host is checked, epoch ms, in order; none where this process checks all of it. */
  readonly turns: readonly number[];
}

export function readsOf(group: HostGroup, now: number, times: PollTimes, heldBack: HeldBack): GroupReads {
  const { host, lister, sharedList } = group;
  // A list under way is about to check everything on it; only what nobody else can prove is read beside it.
  const isListing =
    sharedList.awaitedUntil === Infinity ||
    (lister !== null && [...lister.stands.values()].some(({ checking }) => checking));
  const turns = turnsOf(group, now, times);
  const afterList = (read: DueRead<Stand>): DueRead<Stand> =>
    read.at >= sharedList.awaitedUntil || isFirst(read) ? read : { ...read, at: sharedList.awaitedUntil };
  return {
    turns,
    lists: lister === null ? [] : dueLists(lister, listPath(host), now, times, heldBack, turns),
    operations: [...group.watches.values()].flatMap((watch) =>
      dueReads(watch, now, times, heldBack, turns)
        .filter((read) => !isListing || isFirst(read))
        .map((read) => ({ watch, read: afterList(read) })),
    ),
  };
}

function turnsOf(group: HostGroup, now: number, times: PollTimes): number[] {
  const isShared = group.company.size > 0 || [...group.watches.values()].some(({ isKeptElsewhere }) => isKeptElsewhere);
  if (!isShared) return [];
  return [...new Set([...nextChecks(group, now, times.intervalMs)].map(([, at]) => at))].sort((a, b) => a - b);
}

/** Whether it is one that nobody else can make. */
function isFirst(read: DueRead<Stand>): boolean {
  return isOwn(read) && read.stand.provedAt === null;
}

/**
 * What of a host is due now, as jobs: one per caller whose token is used. First reads and renewals need the scope's own
 * token. The checks that all share go with a list that is read anyway, else with the token that can make most of them,
 * and among equals with the one whose proof is oldest.
 */
export function planChecks(
  group: HostGroup,
  now: number,
  times: PollTimes,
  heldBack: HeldBack,
): { readonly caller: Caller; readonly job: HostJob }[] {
  const due = readsOf(group, now, times, heldBack);
  const refs = new Map<Scope, { caller: Caller; refs: Map<string, OperationRef> }>();
  const add = ({ caller }: { readonly caller: Caller }, { ref }: Watch): void => {
    const ofScope = refs.get(caller.scope) ?? { caller, refs: new Map<string, OperationRef>() };
    ofScope.refs.set(ref.location, ref);
    refs.set(caller.scope, ofScope);
  };
  const lists = new Map(
    due.lists.filter(({ at }) => at <= now).map(({ stand }) => [stand.caller.scope, stand] as const),
  );
  const reads = due.operations.filter(({ read }) => read.at <= now);
  const own = reads.filter(({ read }) => isOwn(read));
  for (const { watch, read } of own) add(read.stand, watch);

  const alone = new Set(own.map(({ watch }) => watch));
  const shared = new Set(reads.map(({ watch }) => watch).filter((watch) => !alone.has(watch)));
  const forAll = lists.size > 0 ? null : listForAll(group, own, shared, now, times, heldBack);
  if (forAll !== null) {
    for (const watch of shared) if (hasProved(watch, forAll.caller.scope, now, times)) add(forAll, watch);
    shared.clear(); // the list tells of the others
  }
  for (const { caller } of lists.values()) {
    for (const watch of shared) if (watch.stands.has(caller.scope)) add({ caller }, watch);
    shared.clear();
  }
  while (shared.size > 0) {
    const stand = mostUseful(shared, (each) => each.suspended === null && isProved(each.provedAt, now, times));
    if (stand === null) break;
    for (const watch of shared) {
      if (!hasProved(watch, stand.caller.scope, now, times)) continue;
      add(stand, watch);
      shared.delete(watch);
    }
  }

  const callers = new Map([...lists].map(([scope, { caller }]) => [scope, caller] as const));
  for (const [scope, { caller }] of refs) callers.set(scope, caller);
  return [...callers].map(([scope, caller]) => {
    const list = lists.get(scope);
    const ofScope = refs.get(scope)?.refs ?? new Map<string, OperationRef>();
    return {
      caller,
      job: {
        host: group.host,
        refs: [...ofScope.values()],
        others: forAll?.caller.scope === scope ? forAll.locations.filter((location) => !ofScope.has(location)) : [],
        list: list === undefined ? 'ifCheaper' : isOverdue(list, now, times) ? 'asked' : 'due',
      },
    };
  });
}

/**
 * A list makes way for single reads of what is on it, but not for ever: whoever watches a host has asked for its list,
 * and would hear of nothing while others keep asking for single operations.
 */
function isOverdue({ listedAt }: ListStand, now: number, times: PollTimes): boolean {
  return (listedAt ?? -Infinity) + times.intervalMs + mostLateMs(times) <= now;
}

/**
 * Whose list is to check all of the host that is due, with whose token, and here or in another process; null where no list
 * would save anything. It is read with a token that reads something anyway, else with the one that can make most of the
 * checks should it come to single reads; never with one that the list would be too early for.
 */
function listForAll(
  group: HostGroup,
  own: GroupReads['operations'],
  shared: ReadonlySet<Watch>,
  now: number,
  times: PollTimes,
  heldBack: HeldBack,
): { readonly caller: Caller; readonly locations: readonly string[] } | null {
  if (own.length + shared.size === 0 || group.sharedList.triedAt + mostLateMs(times) > now) return null;
  const readAt = new Map<Scope, number>();
  for (const { stands } of group.watches.values()) {
    for (const [scope, stand] of stands) readAt.set(scope, Math.max(readAt.get(scope) ?? 0, stand.readAt ?? 0));
  }
  const mayList = ({ caller, suspended, provedAt }: Stand): boolean =>
    suspended === null &&
    isProved(provedAt, now, times) &&
    (readAt.get(caller.scope) ?? 0) + times.intervalMs <= now &&
    (heldBack(caller, listPath(group.host)) ?? 0) <= now;
  const renewing = own.map(({ read }) => read.stand).find(mayList);
  const stand = renewing ?? mostUseful(shared, mayList);
  if (stand === null) return null;
  // A renewal is one more read unless it is the next check of the others, a little early.
  const dueBy = now + (renewing === undefined ? standbyMs(times) : mostLateMs(times));
  const locations = new Set([...shared].map(({ ref }) => ref.location));
  for (const [location, at] of nextChecks(group, now, times.intervalMs)) if (at <= dueBy) locations.add(location);
  for (const { watch } of own) locations.delete(watch.ref.location);
  return { caller: stand.caller, locations: [...locations] };
}

function hasProved({ stands }: Watch, scope: Scope, now: number, times: PollTimes): boolean {
  return isProved(stands.get(scope)?.provedAt ?? null, now, times);
}

/** The stand whose token can check most of these watches; among equals the one whose proof is oldest. */
function mostUseful(watches: ReadonlySet<Watch>, mayRead: (stand: Stand) => boolean): Stand | null {
  const tallies = new Map<Scope, { stand: Stand; watches: number; provedAt: number }>();
  for (const { stands } of watches) {
    for (const [scope, stand] of stands) {
      if (!mayRead(stand)) continue;
      const tally = tallies.get(scope) ?? { stand, watches: 0, provedAt: Infinity };
      tallies.set(scope, {
        stand,
        watches: tally.watches + 1,
        provedAt: Math.min(tally.provedAt, stand.provedAt ?? 0),
      });
    }
  }
  const [best] = [...tallies.values()].sort((a, b) => b.watches - a.watches || a.provedAt - b.provedAt);
  return best?.stand ?? null;
}
