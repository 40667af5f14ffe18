import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Log } from '../lib/log.js';
import { deniesCaller, GraphError } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { parseDenial, printDenial, type Denial } from './denial.js';
import { type AtHand, type Notices, type ProofStore } from './ports.js';

/** What a scope's own reads of an operation are worth. */
export interface Proof {
  /** When the scope last read it, epoch ms: the interval counts from here. Null where it never did. */
  readonly readAt: number | null;
  /** The same while that read speaks for the scope's right; null where Graph has denied it since. */
  readonly provedAt: number | null;
}

/** A scope that never read it. */
export const UNPROVED: Proof = { readAt: null, provedAt: null };

/**
 * Which scope has read which operation itself, and when. What is refused in a host says that its other reads there
 * prove nothing any more: rights are given by host. A refused token proves nothing at all any more to whoever comes with it.
 */
export interface Proofs {
  of(caller: Caller, refs: readonly OperationRef[]): Promise<readonly Proof[]>;
  /** The same of one, without a promise; null where the store has to ask for it. */
  atHand(caller: Caller, ref: OperationRef): Proof | null;
  /** When anything of each host was last read, epoch ms, or null. */
  hostsReadAt(scope: Scope, hosts: readonly OperationHost[]): Promise<readonly (number | null)[]>;
  /** A successful read, of a list or of one operation. */
  add(scope: Scope, host: OperationHost, locations: readonly string[], readAt: number): Promise<void>;
  /**
   * Withdraws what a failed read disproves, if it does. Reads that were answered after this one was sent still count.
   *
   * @param ref what was read; null where it was the host's list
   * @param sentAt epoch ms
   */
  hearFailure(
    caller: Caller,
    host: OperationHost,
    ref: OperationRef | null,
    sentAt: number,
    error: GraphError,
  ): Promise<void>;
  /** Whether what the scope read of a host at `readAt` may still be told to it. */
  speaksFor(caller: Caller, host: OperationHost, readAt: number): Promise<boolean>;
  /** Graph gave the scope a link to a further page of a list. */
  addLink(scope: Scope, link: string, readAt: number): Promise<void>;
  hasLink(scope: Scope, link: string): Promise<boolean>;
  /**
   * What to say of an operation whose proof was withdrawn and that may not be read again yet: Graph's refusal of its
   * host, or of the token.
   * @param readAt when the scope last read it, epoch ms
   */
  refusalOf(caller: Caller, host: OperationHost, readAt: number): GraphError;
  /** Calls the listener at each withdrawal, in whichever process it was found out. */
  onDenial(listener: (denial: Denial) => void): void;
  /** Forgets the refusals, for good. */
  close(): void;
}

export interface ProofsOptions {
  readonly store: ProofStore;
  readonly atHand?: Pick<AtHand, 'notedAt'> | undefined;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
  readonly proofMs: number;
}

/** How long a client may take from one page of a list to the next. */
const LINK_KEEP_MS = 3_600_000;

/** About 1 KB each. */
const MAX_REFUSALS = 20_000;

/** Beside the locations, which begin with a slash, a scope's proofs remember these. */
const linkKey = (link: string): string => `link ${link}`;
const deniedKey = (location: string): string => `denied ${location}`;
/** A refused token says nothing of another one of its scope. */
const refusedKey = (credential: string): string => `refused ${credential}`;

export function createProofs(options: ProofsOptions): Proofs {
  const { store, atHand, notices, clock, log, intervalMs, proofMs } = options;
  /** While a proof counts, and while the interval since it has to be known. */
  const keepMs = Math.max(proofMs, intervalMs);
  const listeners: ((denial: Denial) => void)[] = [];
  /** The errors of denials, for an interval. */
  const refusals = createExpiringMap<string, GraphError>({
    clock,
    maxEntries: MAX_REFUSALS,
  });
  const keyOf = ({ location, credential }: Pick<Denial, 'location' | 'credential'>): string =>
    location === null ? refusedKey(credential) : deniedKey(location);

  /** What follows at once, here; that it is written down for all is the matter of whoever found out. */
  const apply = (denial: Denial): string => {
    const key = keyOf(denial);
    refusals.set(`${denial.scope} ${key}`, denial.error, clock.now() + intervalMs);
    for (const listener of listeners) listener(denial);
    return key;
  };
  /** What was read before is forgotten sooner than this is, so that no old proof outlives its denial. */
  const note = ({ scope, sentAt }: Denial, key: string): Promise<void> =>
    store.put(scope, [key], sentAt, keepMs + (clock.now() - sentAt));
  const deny = async (denial: Denial): Promise<void> => {
    await note(denial, apply(denial));
    const notice = printDenial(denial, clock);
    if (notice !== null) notices.tell('denial', notice); // they will look at what is written down
  };
  notices.hear('denial', (notice) => {
    const denial = parseDenial(notice, clock);
    if (denial === null) return;
    // It is written down already where all see it, and here for the time when this process is without the others.
    note(denial, apply(denial)).catch((error: unknown) => log.error({ err: error }, 'denial not noted'));
  });

  return {
    async of({ scope, credential }, refs) {
      const [only] = refs;
      if (only !== undefined && refs.length === 1) {
        // Most queries ask for one, and the lists for several take three times as long.
        const { host, location } = only;
        const keys = [location, deniedKey(location), deniedKey(host.location), refusedKey(credential)];
        const [readAt = null, ...withdrawals] = await store.get(scope, keys);
        return [weigh(readAt, Math.max(...withdrawals.map((at) => at ?? -Infinity)))];
      }
      const keys = refs.flatMap(({ location }) => [location, deniedKey(location)]);
      const hosts = [...new Set(refs.map(({ host }) => host.location))];
      const times = await store.get(scope, [...keys, refusedKey(credential), ...hosts.map(deniedKey)]);
      const refusedAt = times[keys.length] ?? -Infinity;
      const deniedAt = new Map(hosts.map((host, at) => [host, times[keys.length + 1 + at] ?? -Infinity]));
      return refs.map(({ host }, at): Proof => {
        const readAt = times[2 * at] ?? null;
        const since = Math.max(times[2 * at + 1] ?? -Infinity, deniedAt.get(host.location) ?? -Infinity, refusedAt);
        return weigh(readAt, since);
      });
    },
    atHand({ scope, credential }, { host, location }) {
      if (atHand === undefined) return null;
      const readAt = atHand.notedAt(scope, location);
      if (readAt === null) return UNPROVED;
      const ofOne = atHand.notedAt(scope, deniedKey(location)) ?? -Infinity;
      const ofHost = atHand.notedAt(scope, deniedKey(host.location)) ?? -Infinity;
      const ofToken = atHand.notedAt(scope, refusedKey(credential)) ?? -Infinity;
      return weigh(readAt, Math.max(ofOne, ofHost, ofToken));
    },
    hostsReadAt: (scope, hosts) =>
      store.get(
        scope,
        hosts.map(({ location }) => location),
      ),
    add: (scope, host, locations, readAt) => store.put(scope, [...locations, host.location], readAt, keepMs),
    async hearFailure(caller, host, ref, sentAt, error) {
      const { kind } = error.reason;
      if (!deniesCaller(error.reason) || (kind === 'unauthenticated' && caller.graphSees === 'gateway')) return;
      const ofOne = kind === 'notFound' && ref !== null;
      const location = kind === 'unauthenticated' ? null : ofOne ? ref.location : host.location;
      const { scope, credential } = caller;
      await deny({ scope, location, credential, sentAt, error });
    },
    async speaksFor({ scope, credential }, { location }, readAt) {
      const deniedAts = await store.get(scope, [refusedKey(credential), deniedKey(location)]);
      return deniedAts.every((deniedAt) => readAt >= (deniedAt ?? -Infinity));
    },
    addLink: (scope, link, readAt) => store.put(scope, [linkKey(link)], readAt, LINK_KEEP_MS),
    async hasLink(scope, link) {
      const [knownAt] = await store.get(scope, [linkKey(link)]);
      return knownAt != null;
    },
    refusalOf({ scope, credential }, { location }, readAt) {
      for (const denied of [refusedKey(credential), deniedKey(location)]) {
        const error = refusals.get(`${scope} ${denied}`);
        if (error !== undefined) return error;
      }
      const retryAfterMs = Math.max(0, readAt + intervalMs - clock.now());
      const message = `This was read with a token that was refused since, and may be read again in ${retryAfterMs} ms.`;
      return new GraphError({ kind: 'overBudget', retryAfterMs }, message);
    },
    onDenial: (listener) => void listeners.push(listener),
    close: () => refusals.clear(),
  };
}

/** @param since when the last withdrawal of it was found out, epoch ms */
function weigh(readAt: number | null, since: number): Proof {
  return { readAt, provedAt: readAt !== null && readAt >= since ? readAt : null };
}
