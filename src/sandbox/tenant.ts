import { hasEnded, momentsOf, type Life, type Moment } from './lives.js';
import { type Steps } from './steps.js';

export type HostKind = 'team' | 'chat';

/** A team or a chat: what lists operations. */
export interface Host {
  readonly kind: HostKind;
  readonly id: string;
  readonly displayName: string;
  /** Epoch ms, as are all times here. */
  readonly createdAt: number;
  /** Counts hosts and operations in the order in which they were made. */
  readonly ordinal: number;
  /** Ids of the users who may see it. */
  readonly members: Set<string>;
  /** Oldest first. */
  readonly operations: Operation[];
}

export interface Operation {
  readonly id: string;
  readonly host: Host;
  readonly ordinal: number;
  readonly operationType: string;
  readonly createdAt: number;
  /** Until then Graph answers 404, as it may shortly after the 202. */
  readonly visibleAt: number;
  readonly moments: readonly Moment[];
  readonly targetResourceId: string;
  readonly targetResourceLocation: string;
  readonly steps: Steps | null;
  /** The four digits below the millisecond of each of its dates. */
  readonly ticks: number;
}

export type NewOperation = Omit<Operation, 'host' | 'ordinal' | 'moments'> & { readonly life: Life };
export type NewHost = Pick<Host, 'kind' | 'id' | 'displayName' | 'createdAt'> & { readonly members: Iterable<string> };

/** The teams and chats of one tenant, and what goes on in them. */
export interface Tenant {
  /** A host with an id that is known already takes its place. */
  addHost(host: NewHost): Host;
  /** A host that a request made. Only the newest of these are kept. */
  makeHost(host: NewHost): Host;
  host(kind: HostKind, id: string): Host | undefined;
  anyHost(id: string): Host | undefined;
  /** The hosts of one kind that a user is a member of, oldest first. */
  hostsOf(userId: string, kind: HostKind): Host[];
  /** Begins an operation. When its host has very many, the oldest that has ended is forgotten. */
  begin(host: Host, operation: NewOperation, now: number): Operation;
  /** Takes an operation out of its host's list; one that is not there is no error. */
  forget(host: Host, operationId: string): void;
}

/** Somebody wants to do something to a team or chat that there is not. */
export class UnknownHost extends Error {
  override readonly name = 'UnknownHost';

  constructor(id: string) {
    super(`The sandbox has no team or chat '${id}'.`);
  }
}

const MAX_MADE_HOSTS = 1_000;
const MAX_OPERATIONS_PER_HOST = 1_000;

export function createTenant(): Tenant {
  const hosts = new Map<string, Host>();
  const made: Host[] = [];
  let ordinal = 0;

  // GUIDs are compared without case; so, for simplicity, are the ids of chats.
  const find = (id: string): Host | undefined => hosts.get(id.toLowerCase());
  const add = ({ members, ...host }: NewHost): Host => {
    const added: Host = { ...host, ordinal: ++ordinal, members: new Set(members), operations: [] };
    hosts.set(host.id.toLowerCase(), added);
    return added;
  };

  return {
    addHost: add,
    makeHost(host) {
      const added = add(host);
      made.push(added);
      const oldest = made.length > MAX_MADE_HOSTS ? made.shift() : undefined;
      if (oldest !== undefined) hosts.delete(oldest.id.toLowerCase());
      return added;
    },
    host(kind, id) {
      const host = find(id);
      return host?.kind === kind ? host : undefined;
    },
    anyHost: find,
    hostsOf: (userId, kind) => [...hosts.values()].filter((host) => host.kind === kind && host.members.has(userId)),
    begin(host, { life, ...operation }, now) {
      const { operations } = host;
      if (operations.length >= MAX_OPERATIONS_PER_HOST) {
        const ended = operations.findIndex(({ moments, createdAt }) => hasEnded(moments, now - createdAt));
        if (ended !== -1) operations.splice(ended, 1);
      }
      const begun: Operation = { ...operation, host, ordinal: ++ordinal, moments: momentsOf(life) };
      operations.push(begun);
      return begun;
    },
    forget({ operations }, operationId) {
      const at = operations.findIndex(({ id }) => id === operationId);
      if (at !== -1) operations.splice(at, 1);
    },
  };
}

/** Whether a team is archived: the last of its operations that archived or unarchived it says so. */
export function isArchived(team: Host, now: number): boolean {
  const last = team.operations
    .filter(({ operationType }) => operationType === 'archiveTeam' || operationType === 'unarchiveTeam')
    .filter(({ moments, createdAt }) => hasEnded(moments, now - createdAt) && moments.at(-1)?.status === 'succeeded')
    .at(-1);
  return last?.operationType === 'archiveTeam';
}
