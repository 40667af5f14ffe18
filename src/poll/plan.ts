import { listPath, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import {
  dueLists,
  dueReads,
  isOwn,
  isProved,
  mostLateMs,
  type DueRead,
  type HeldBack,
  type PollTimes,
} from './dues.js';
import { type HostGroup, type ListStand } from './host-group.js';
import { type HostJob } from './reads.js';
import { type Stand, type Watch } from './watch.js';

/** Every read that a host will need, due or not. */
export interface GroupReads {
  readonly lists: readonly DueRead<ListStand>[];
  readonly operations: readonly { readonly watch: Watch; readonly read: DueRead<Stand> }[];
}

export function readsOf(group: HostGroup, now: number, times: PollTimes, heldBack: HeldBack): GroupReads {
  const { host, lister } = group;
  // A list under way is about to check everything on it; only what nobody else can prove is read beside it.
  const isListing = lister !== null && [...lister.stands.values()].some(({ checking }) => checking);
  return {
    lists: lister === null ? [] : dueLists(lister, listPath(host), now, times, heldBack),
    operations: [...group.watches.values()].flatMap((watch) =>
      dueReads(watch, now, times, heldBack)
        .filter((read) => !isListing || (isOwn(read) && read.stand.provedAt === null))
        .map((read) => ({ watch, read })),
    ),
  };
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
  for (const { caller } of lists.values()) {
    for (const watch of shared) if (watch.stands.has(caller.scope)) add({ caller }, watch);
    shared.clear();
  }
  while (shared.size > 0) {
    const stand = mostUseful(shared, now, times);
    if (stand === null) break;
    for (const watch of shared) {
      if (!isProved(watch.stands.get(stand.caller.scope)?.provedAt ?? null, now, times)) continue;
      add(stand, watch);
      shared.delete(watch);
    }
  }

  const callers = new Map([...lists].map(([scope, { caller }]) => [scope, caller] as const));
  for (const [scope, { caller }] of refs) callers.set(scope, caller);
  return [...callers].map(([scope, caller]) => {
    const list = lists.get(scope);
    return {
      caller,
      job: {
        host: group.host,
        refs: [...(refs.get(scope)?.refs.values() ?? [])],
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

/** The stand whose token can check most of these watches; among equals the one whose proof is oldest. */
function mostUseful(watches: ReadonlySet<Watch>, now: number, times: PollTimes): Stand | null {
  const tallies = new Map<Scope, { stand: Stand; watches: number; provedAt: number }>();
  for (const { stands } of watches) {
    for (const [scope, stand] of stands) {
      if (stand.suspended !== null || !isProved(stand.provedAt, now, times)) continue;
      const tally = tallies.get(scope) ?? { stand, watches: 0, provedAt: stand.provedAt };
      tallies.set(scope, {
        stand,
        watches: tally.watches + 1,
        provedAt: Math.min(tally.provedAt, stand.provedAt),
      });
    }
  }
  const [best] = [...tallies.values()].sort((a, b) => b.watches - a.watches || a.provedAt - b.provedAt);
  return best?.stand ?? null;
}
