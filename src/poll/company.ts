import { type OperationRef } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';
import { MAX_PAGES } from './held-list.js';
import { type HostGroup } from './host-group.js';
import { MAX_SINGLY } from './reads.js';
import { newStand, type Along, type Company, type Stand, type Watch } from './watch.js';

/** What goes along with what a scope watches of a host in this process, because it watches it in another one. */
export interface Companies {
  /**
   * Another process watches this for a scope until then, epoch ms.
   * @returns the stand in it; null where the scope watches nothing of the host here, or this operation itself
   */
  readonly take: (ref: OperationRef, scope: Scope, until: number) => Stand | null;
  /** A stand of the scope was taken by somebody of this process: in all it must not be too much. */
  makeRoom(group: HostGroup, scope: Scope): void;
  /** A stand has been let go of, which others may have gone along with. */
  leaveLeader(group: HostGroup, stand: Stand): void;
  /** One that went along has been let go of. */
  forget(group: HostGroup, stand: Stand, along: Along): void;
}

/** The tables that company has its places in. */
export interface CompaniesOptions {
  readonly now: () => number;
  readonly groups: ReadonlyMap<string, HostGroup>;
  readonly find: (location: string) => Watch | undefined;
  /** The watch of an operation; there is one afterwards. */
  readonly watchOf: (ref: OperationRef) => Watch;
  readonly add: (group: HostGroup, stand: Stand) => void;
  /** Lets go of one that went along, and of its watch where nobody else is in it. */
  readonly letGo: (stand: Stand) => void;
}

/** Beyond so many nothing is taken along: the room is for those who come here themselves. */
const MAX_STANDS_WITH_COMPANY = 10_000;
/** Of one scope in one host: together with what it watches here, a list is worth it for so many, however long it is. */
const MAX_COMPANY = MAX_PAGES;
/** A list that fails must find single reads in its place: what goes along is not to make too many of what is watched here. */
const MAX_TOGETHER = MAX_SINGLY;

export function createCompanies({ now, groups, find, watchOf, add, letGo }: CompaniesOptions): Companies {
  const hasRoom = (group: HostGroup, scope: Scope, company: number): boolean =>
    company < MAX_COMPANY &&
    group.stands < MAX_STANDS_WITH_COMPANY &&
    (group.sizes.get(scope) ?? 0) + company < MAX_TOGETHER;

  const open = (group: HostGroup, scope: Scope): Company | null => {
    const leader = leaderIn(group, scope);
    return leader === null ? null : { leader, stands: new Set() };
  };

  return {
    take(ref, scope, until) {
      const known = find(ref.location)?.stands.get(scope);
      if (known !== undefined) {
        if (known.along !== null) known.along.until = until;
        return known.along === null ? null : known;
      }
      const group = groups.get(ref.host.location);
      if (group === undefined || until <= now()) return null;
      const before = group.companies.get(scope);
      if (!hasRoom(group, scope, before?.stands.size ?? 0)) return null;
      const company = before ?? open(group, scope);
      if (company === null) return null;
      const isNew = find(ref.location) === undefined;
      const watch = watchOf(ref);
      if (isNew) watch.isKeptElsewhere = true;
      const stand = newCompanion(watch, { company, until }, now());
      company.stands.add(stand);
      group.companies.set(scope, company);
      add(group, stand);
      return stand;
    },
    makeRoom(group, scope) {
      const company = group.companies.get(scope);
      const [one] = company?.stands ?? [];
      if (company === undefined || one === undefined) return;
      if ((group.sizes.get(scope) ?? 0) + company.stands.size > MAX_TOGETHER) letGo(one);
    },
    leaveLeader(group, stand) {
      const { scope } = stand.caller;
      const company = group.companies.get(scope);
      if (company?.leader !== stand) return;
      const leader = leaderIn(group, scope);
      if (leader !== null) company.leader = leader;
      else for (const each of [...company.stands]) letGo(each);
    },
    forget(group, stand, { company }) {
      company.stands.delete(stand);
      if (company.stands.size === 0) group.companies.delete(stand.caller.scope);
    },
  };
}

/** It waits for nothing and brings no token: its leader's is good for both. */
function newCompanion(watch: Watch, along: Along, since: number): Stand {
  return {
    ...newStand(watch, along.company.leader.caller, since),
    isAwaited: false,
    along,
    get caller() {
      return along.company.leader.caller;
    },
  };
}

/** A stand of the scope that somebody of this process has taken, in any operation of the host, with a token that is good. */
function leaderIn(group: HostGroup, scope: Scope): Stand | null {
  if (!group.sizes.has(scope)) return null;
  for (const { stands } of group.watches.values()) {
    const stand = stands.get(scope);
    if (stand?.along === null && stand.suspended === null) return stand;
  }
  return null;
}
