import { type Clock } from '../lib/clock.js';
import { LimitError } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { createCompanies, type Companies } from './company.js';
import { type HostGroup, type Lister, type ListStand } from './host-group.js';
import { type Bus } from './ports.js';
import { createStandIndex, type ScopeStands } from './stands.js';
import { newStand, type Stand, type Watch } from './watch.js';

/**
 * The tables of what is watched: hosts, operations in them, scopes in those. It knows who is there and when a place may
 * go, and nothing of what anybody is told.
 */
export interface Registry {
  readonly groups: ReadonlyMap<string, HostGroup>;
  readonly find: (location: string) => Watch | undefined;
  /** How many operations are watched. */
  readonly size: number;
  /** All that a scope watches. */
  readonly of: (scope: Scope) => ScopeStands;
  /** The scope's stand in an operation; there is one afterwards. */
  standIn(ref: OperationRef, caller: Caller): Stand;
  readonly takeAlong: Companies['take'];
  /** The scope's stand in a host's list; there is one afterwards. */
  listStandIn(host: OperationHost, caller: Caller): ListStand;
  drop(stand: Stand): void;
  dropList(stand: ListStand): void;
  /** Lets go of a watch that has ended for everybody, or that nobody is left of. */
  dissolveIfOver(watch: Watch): void;
  dropIfEmpty(group: HostGroup): void;
  /** @returns why a scope must not watch all of these besides what it watches; null when it may */
  readonly refusalOf: (scope: Scope, refs: readonly OperationRef[]) => LimitError | null;
}

export interface RegistryOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Operations of one host that one scope may watch. */
  readonly maxPerHost: number;
  /** Another part of the process, or another process, has read a watched operation. */
  readonly hear: (watch: Watch, held: Held) => void;
  /** Something of the host has changed that may move its next read. */
  readonly touch: (group: HostGroup) => void;
}

/** Planning looks at each stand of a host: so many take about a tenth of a second. */
const MAX_STANDS_PER_HOST = 100_000;

export function createRegistry({ bus, clock, maxPerHost, hear, touch }: RegistryOptions): Registry {
  const groups = new Map<string, HostGroup>();
  const watches = new Map<string, { readonly watch: Watch; readonly unsubscribe: () => void }>();
  const index = createStandIndex();

  const find = (location: string): Watch | undefined => watches.get(location)?.watch;

  const groupOf = (host: OperationHost): HostGroup => {
    const known = groups.get(host.location);
    if (known !== undefined) return known;
    const group: HostGroup = {
      host,
      watches: new Map(),
      sizes: new Map(),
      companies: new Map(),
      stands: 0,
      lister: null,
    };
    groups.set(host.location, group);
    return group;
  };

  const watchOf = (ref: OperationRef): Watch => {
    const known = watches.get(ref.location);
    if (known !== undefined) return known.watch;
    const group = groupOf(ref.host);
    const watch: Watch = { ref, stands: new Map(), held: null, isKeptElsewhere: false };
    const unsubscribe = bus.subscribe(ref.location, ({ held, isElsewhere }) => {
      watch.isKeptElsewhere = isElsewhere;
      hear(watch, held);
      touch(group);
    });
    group.watches.set(ref.location, watch);
    watches.set(ref.location, { watch, unsubscribe });
    return watch;
  };

  const add = (group: HostGroup, stand: Stand): void => {
    stand.watch.stands.set(stand.caller.scope, stand);
    index.add(stand);
    group.stands += 1;
  };

  const drop = (stand: Stand): void => {
    const { watch, along } = stand;
    const { scope } = stand.caller;
    if (watch.stands.get(scope) !== stand) return;
    watch.stands.delete(scope);
    index.remove(stand);
    const group = groupOf(watch.ref.host);
    group.stands -= 1;
    if (along !== null) {
      companies.forget(group, stand, along);
      return;
    }
    const size = group.sizes.get(scope) ?? 0;
    if (size > 1) group.sizes.set(scope, size - 1);
    else group.sizes.delete(scope);
    companies.leaveLeader(group, stand);
  };

  const dissolveIfOver = (watch: Watch): void => {
    const { location, host } = watch.ref;
    const entry = watches.get(location);
    if (entry?.watch !== watch) return;
    const stands = [...watch.stands.values()];
    const hasEnded = watch.held !== null && isTerminal(watch.held.snapshot.operation.state);
    if (stands.some(({ seats }) => seats.size > 0) || (stands.length > 0 && !hasEnded)) return;
    for (const stand of stands) drop(stand);
    entry.unsubscribe();
    watches.delete(location);
    const group = groupOf(host);
    group.watches.delete(location);
    dropIfEmpty(group);
  };

  const companies = createCompanies({
    now: () => clock.now(),
    groups,
    find,
    watchOf,
    add,
    letGo(stand) {
      drop(stand);
      dissolveIfOver(stand.watch);
    },
  });

  const dropIfEmpty = (group: HostGroup): void => {
    if (group.lister?.stands.size === 0) group.lister = null;
    if (group.watches.size > 0 || group.lister !== null) return;
    if (groups.get(group.host.location) === group) groups.delete(group.host.location);
    touch(group);
  };

  return {
    groups,
    find,
    get size() {
      return watches.size;
    },
    of: index.of,
    standIn(ref, caller) {
      const watch = watchOf(ref);
      const known = watch.stands.get(caller.scope);
      if (known?.along === null) return known;
      if (known !== undefined) drop(known);
      const stand = newStand(watch, caller, clock.now());
      const group = groupOf(ref.host);
      add(group, stand);
      group.sizes.set(caller.scope, (group.sizes.get(caller.scope) ?? 0) + 1);
      companies.makeRoom(group, caller.scope);
      return stand;
    },
    takeAlong: companies.take,
    listStandIn(host, caller) {
      const group = groupOf(host);
      const lister: Lister = (group.lister ??= {
        stands: new Map(),
        listedAt: null,
        isKeptElsewhere: false,
      });
      const known = lister.stands.get(caller.scope);
      if (known !== undefined) return known;
      const stand = newListStand(group, caller, clock.now());
      lister.stands.set(caller.scope, stand);
      index.add(stand);
      return stand;
    },
    drop,
    dropList(stand) {
      const { lister } = stand.group;
      if (lister?.stands.get(stand.caller.scope) !== stand) return;
      lister.stands.delete(stand.caller.scope);
      index.remove(stand);
    },
    dissolveIfOver,
    dropIfEmpty,
    refusalOf(scope, refs) {
      const further = new Map<string, number>();
      for (const { host, location } of refs) {
        if (find(location)?.stands.get(scope)?.along === null) continue; // what goes along takes no room until it comes
        further.set(host.location, (further.get(host.location) ?? 0) + 1);
      }
      for (const [host, count] of further) {
        const group = groups.get(host);
        if ((group?.sizes.get(scope) ?? 0) + count > maxPerHost) return tooMany(maxPerHost);
        if ((group?.stands ?? 0) + count > MAX_STANDS_PER_HOST) return tooManyInAll();
      }
      return null;
    },
  };
}

function tooMany(maxPerHost: number): LimitError {
  return new LimitError(
    'WATCHED_PER_HOST',
    `A caller watches at most ${maxPerHost} operations of one team or chat by name; hostOperationStatusChanged watches them all.`,
  );
}

function tooManyInAll(): LimitError {
  return new LimitError('WATCHED_PER_HOST', 'This team or chat is watched by very many already; try again later.');
}

function newListStand(group: HostGroup, caller: Caller, since: number): ListStand {
  return {
    group,
    caller,
    since,
    readers: new Map(),
    listedAt: null,
    hasListed: false,
    deniedSince: 0,
    suspended: null,
    refused: new Set(),
    known: new Map(),
    isBehind: false,
    checking: false,
    notBefore: 0,
  };
}
