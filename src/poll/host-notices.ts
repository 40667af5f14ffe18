import { type Clock } from '../lib/clock.js';
import { isJsonObject } from '../operation/json.js';
import { createRef, type OperationHost } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';
import { isTerminal } from '../operation/state.js';
import { latestRenewalAt, standbyMs, type PollTimes } from './dues.js';
import { noteListElsewhere, type HostGroup } from './host-group.js';
import { parseListNotice, printListNotice } from './list-notice.js';
import { type Store } from './ports.js';
import { type WholeList } from './reads.js';
import { type Watch } from './watch.js';
import { MAX_TOLD, parseWatched, printWatched } from './watched-notice.js';
import { type Watches } from './watches.js';

/** What processes that watch one host tell each other of it. */
export interface HostNotices {
  /** A list was read here. */
  tellList(host: OperationHost, list: WholeList): void;
  /** Something of the host may have changed. What each scope watches of it is told when it has, and once in an interval. */
  tellWatched(location: string, group: HostGroup | undefined): void;
}

export interface HostNoticesOptions {
  readonly store: Pick<Store, 'notices' | 'replicas'>;
  readonly clock: Clock;
  readonly times: PollTimes;
  readonly watches: Pick<Watches, 'groups' | 'goAlong'>;
  /** What was heard may change when a host is read next. */
  readonly touch: (group: HostGroup) => void;
}

/** Who says nothing for so many intervals is gone. */
const KEEP_INTERVALS = 3;

/** A check that is left to another process is left to it for longer than a check that is stood by for: so that one is first. */
const LEFT_FOR_STANDBYS = 1.25;

/** Scopes that watch so much of a host read its list anyway, each for itself: which of them watches more is all the same. */
const MOST_SIZE = 2 * MAX_TOLD;

/**
 * Every replica hears of each of these in every interval: 20 replicas that tell so much give each other 3,000 notices a
 * second. Whoever comes later is told of when there is room; till then its checks are not shared by list.
 */
const MAX_TELLING = 5_000;

/** What was told last of one scope. */
interface Told {
  readonly ids: ReadonlySet<string>;
  /** Epoch ms. */
  readonly at: number;
}

export function hearHostNotices({ store, clock, times, watches, touch }: HostNoticesOptions): HostNotices {
  const { notices } = store;
  const leaveTo = createLeaving(times);
  /** By the host's location. */
  const told = new Map<string, Map<Scope, Told>>();
  /** How many are told of there: a scope in two hosts counts twice. */
  let telling = 0;

  notices.hear('list', (notice) => {
    const list = parseListNotice(notice, clock);
    const group = list === null ? undefined : watches.groups.get(list.host);
    if (list === null || group?.lister == null) return;
    noteListElsewhere(group.lister, list.locations, list.readAt);
    touch(group);
  });
  notices.hear('watched', (notice) => {
    // Of most hosts nothing is watched here: no more is read of what is told of those.
    const group =
      isJsonObject(notice) && typeof notice['host'] === 'string' ? watches.groups.get(notice['host']) : undefined;
    const other = group === undefined ? null : parseWatched(notice);
    if (other === null || group === undefined) return;
    const refsOf = (ids: readonly string[]) => ids.map((id) => createRef(group.host, id));
    watches.goAlong(other.scope, refsOf(other.watched), clock.now() + KEEP_INTERVALS * times.intervalMs);
    watches.goAlong(other.scope, refsOf(other.left), clock.now());
    for (const { location } of refsOf(other.watched)) leaveTo(group, location, other.inAll);
  });

  return {
    tellList: (host, list) => notices.tell('list', printListNotice(host, list, clock)),
    tellWatched(location, group) {
      if (store.replicas() < 2) {
        telling -= told.get(location)?.size ?? 0;
        told.delete(location);
        return;
      }
      const now = clock.now();
      const before = told.get(location) ?? new Map<Scope, Told>();
      const watched = group === undefined ? new Map<Scope, Set<string>>() : watchedOf(group);
      for (const scope of new Set([...before.keys(), ...watched.keys()])) {
        const last = before.get(scope);
        if (last === undefined && telling >= MAX_TELLING) continue;
        const ids = watched.get(scope) ?? new Set<string>();
        const left = [...(last?.ids ?? [])].filter((id) => !ids.has(id));
        const isSame = left.length === 0 && ids.size === last?.ids.size;
        if (isSame && last.at + times.intervalMs > now) continue;
        notices.tell('watched', printWatched(scope, { location }, [...ids], left, sizeIn(group, scope)));
        if (last === undefined) telling += 1;
        if (ids.size > 0) before.set(scope, { ids, at: now });
        else {
          before.delete(scope);
          telling -= 1;
        }
      }
      if (before.size === 0) told.delete(location);
      else told.set(location, before);
    },
  };
}

/** How much of a host a scope watches, here and along with that. */
function sizeIn(group: HostGroup | undefined, scope: Scope): number {
  return (group?.sizes.get(scope) ?? 0) + (group?.companies.get(scope)?.stands.size ?? 0);
}

/**
 * A scope that watches more of the host than any scope here has the better use for a check: as within one process it goes
 * with that one's list. Should it not come, it is made here, a little after whoever stands by for that scope: so also
 * where another process makes it anyway, or the two would stand by at one moment and take turns to come in between. A
 * renewal that cannot wait so long does not.
 */
function createLeaving(times: PollTimes): (group: HostGroup, location: string, size: number) => void {
  /** For which check a watch was looked at last, and for what size: more of a notice is no more work. */
  const looked = new WeakMap<Watch, { readonly checkedAt: number; readonly size: number }>();
  return (group, location, inAll) => {
    const watch = group.watches.get(location);
    if (watch === undefined || watch.held === null) return;
    const { checkedAt } = watch.held.snapshot;
    const size = Math.min(inAll, MOST_SIZE);
    const last = looked.get(watch);
    if (last?.checkedAt === checkedAt && last.size >= size) return;
    looked.set(watch, { checkedAt, size });
    for (const scope of watch.stands.keys()) if (sizeIn(group, scope) >= size) return;
    watch.isKeptElsewhere = true;
    const leftUntil = checkedAt + times.intervalMs + LEFT_FOR_STANDBYS * standbyMs(times);
    for (const stand of watch.stands.values()) {
      if (stand.provedAt === null || latestRenewalAt(stand.provedAt, times) < leftUntil) continue;
      stand.notBefore = Math.max(stand.notBefore, leftUntil);
    }
  };
}

/** What somebody of this process watches of a host, with a token that is good, and has not ended: ids, so many of each scope. */
function watchedOf({ watches }: HostGroup): Map<Scope, Set<string>> {
  const byScope = new Map<Scope, Set<string>>();
  for (const { ref, held, stands } of watches.values()) {
    if (held === null || isTerminal(held.snapshot.operation.state)) continue;
    for (const [scope, { along, suspended }] of stands) {
      if (along !== null || suspended !== null) continue;
      const ids = byScope.get(scope) ?? new Set<string>();
      if (ids.size < MAX_TOLD) byScope.set(scope, ids.add(ref.operationId));
    }
  }
  return byScope;
}
