import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Log } from '../lib/log.js';
import { GraphError, mayPass } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { createRef, listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { logCheck, nameOf } from './check-log.js';
import { type Failures } from './failures.js';
import { MAX_PAGES, readHeldList } from './held-list.js';
import { type ListPage, type Read, type ReadOutcome, type Reader, type Store } from './ports.js';
import { type Proofs } from './proofs.js';
import { createPollTally, type PollTally } from './tally.js';

/** What one caller wants of one host now. */
export interface HostJob {
  readonly host: OperationHost;
  readonly refs: readonly OperationRef[];
  /**
   * The whole list, whatever it holds; else the list is only a cheaper way to the refs. `asked`: a caller's own wish,
   * which goes up even where single operations are young. `due`: the poll's, which keeps their interval.
   */
  readonly list: 'asked' | 'due' | 'ifCheaper';
  /** The part of the list that is held and young; a list that is read whole goes on behind it. */
  readonly known?: { readonly refs: readonly OperationRef[]; readonly nextLink: string };
}

/** What a job brought, by location. */
export interface Readings {
  readonly operations: Map<string, Held | GraphError>;
  /** By the host's location; only for jobs that wanted its list whole. */
  readonly lists: Map<string, WholeList | GraphError>;
}

/** Every operation on a host's list, and when it was read, epoch ms. */
export interface WholeList {
  readonly refs: readonly OperationRef[];
  readonly readAt: number;
}

/** What an answer cost. */
export interface Cost {
  /** HTTP requests to Graph. */
  requests: number;
  /** Reads among them that count against Graph's limits, batched or not. */
  reads: number;
  /** Operations told from what was held, without a request. */
  snapshots: number;
}

export interface ReadsOptions {
  readonly reader: Reader;
  readonly store: Store;
  readonly proofs: Proofs;
  readonly failures: Failures;
  readonly clock: Clock;
  readonly log: Log;
  readonly intervalMs: number;
  readonly proofMs: number;
  readonly tally?: PollTally;
}

/**
 * Turns what is wanted into the fewest reads, sends them, and writes down all that they tell: the snapshot of every
 * operation that was seen, the caller's proof of it, and each failure.
 */
export interface Reads {
  /** Never rejects. The jobs go up together; each round of further pages goes up together as well. */
  run(caller: Caller, jobs: readonly HostJob[], cost: Cost, patientUntil?: number): Promise<Readings>;
  /** One page of a list. */
  page(
    caller: Caller,
    host: OperationHost,
    link: string | null,
    cost: Cost,
    patientUntil: number,
  ): Promise<GraphError | null>;
  /** Forgets how long lists are, for good. */
  close(): void;
}

/** A job under way. */
interface Open {
  readonly job: HostJob;
  readonly missing: Map<string, OperationRef>;
  readonly found: OperationRef[];
  pages: number;
}

interface Step {
  readonly read: Read;
  readonly open: Open;
}

interface SentStep extends Step {
  /** Epoch ms. */
  readonly sentAt: number;
}

/** So many single reads take the place of a list at most: they go up in one `$batch`. */
export const MAX_SINGLY = 20;

/** For one operation no list is the cheaper way. Of a list that is wanted whole, nothing more is asked. */
function mayGoByList({ list, host, refs }: HostJob): boolean {
  return list === 'ifCheaper' && (host.hostKind.readBy === 'list' || refs.length > 1);
}

function itemsOf(open: Open): Step[] {
  return [...open.missing.values()].map((ref) => ({ open, read: { type: 'item', ref } }));
}

/**
 * Whether single reads take the place of a list that was only the cheaper way and has failed: nobody who watches one
 * operation has asked for the list, and may have no right to it. Not where Graph or the budget wants a pause: a list is
 * a check of every operation on it.
 */
function mayGoOnSingly({ job, missing }: Open, { reason }: GraphError): boolean {
  if (job.list !== 'ifCheaper' || missing.size > MAX_SINGLY) return false;
  if (mayPass(reason)) return reason.kind === 'unavailable' && reason.retryAfterMs === undefined;
  return reason.kind !== 'unauthenticated';
}

/** By scope: how long a list is that others read is nothing to be told by what a read costs. */
function pagesKey({ scope }: Caller, { location }: OperationHost): string {
  return `${scope} ${location}`;
}

export function createReads(options: ReadsOptions): Reads {
  const { reader, store, proofs, failures, clock, log, intervalMs, proofMs, tally = createPollTally() } = options;
  /** How many pages a scope's list took to tell what was wanted; a long list may cost more than single reads. */
  const pagesOf = createExpiringMap<string, number>({ clock, maxEntries: 10_000 });
  const keepMs = Math.max(proofMs, intervalMs);

  const send = async (caller: Caller, reads: readonly Read[], cost: Cost, patientUntil?: number) => {
    const sentAt = clock.now();
    const answer = await reader.read(caller, reads, patientUntil);
    cost.requests += answer.requests;
    cost.reads += answer.reads;
    for (const [at, outcome] of answer.outcomes.entries()) {
      tally.checks[nameOf(outcome)] += 1;
      logCheck(log, reads[at], outcome, answer.answers?.[at] ?? {}, clock.now() - sentAt);
    }
    return { outcomes: answer.outcomes, sentAt };
  };

  const keep = async (caller: Caller, host: OperationHost, operations: readonly Operation[], readAt: number) => {
    const refs = operations.map((operation) => createRef(host, operation.operationId));
    const locations = refs.map((ref) => ref.location);
    // The proof comes first: adding a reading tells subscribers, and this caller's are among those who may hear it.
    await proofs.add(caller.scope, host, locations, readAt);
    for (const location of locations) failures.clear(caller.scope, location);
    const helds = await Promise.all(
      operations.map((operation, at) => store.snapshots.add(locations[at] ?? '', { operation, checkedAt: readAt })),
    );
    return { refs, helds };
  };

  const keepPage = async (caller: Caller, host: OperationHost, link: string | null, page: ListPage, readAt: number) => {
    const readable = page.operations.filter((entry): entry is Operation => !(entry instanceof GraphError));
    const kept = await keep(caller, host, readable, readAt);
    const entries = page.operations.map((entry) =>
      entry instanceof GraphError
        ? { malformed: entry.message }
        : { location: createRef(host, entry.operationId).location },
    );
    const key = link ?? listPath(host);
    failures.clear(caller.scope, key);
    await store.pages.put(caller.scope, key, { readAt, entries, nextLink: page.nextLink }, intervalMs);
    if (page.nextLink !== null) await proofs.addLink(caller.scope, page.nextLink, readAt);
    return kept;
  };

  /** Whether the list is the cheaper way, and a check of everything on it is not too early for any of it. */
  const goesByList = (caller: Caller, job: HostJob, lastReadAt: number | null): boolean => {
    if (job.list !== 'ifCheaper') return true;
    if (!mayGoByList(job)) return false;
    if (failures.active(caller, listPath(job.host)) !== null) return false;
    if (lastReadAt !== null && lastReadAt + intervalMs > clock.now()) return false;
    if (job.host.hostKind.readBy === 'list') return true;
    return job.refs.length > (pagesOf.get(pagesKey(caller, job.host)) ?? 1);
  };

  const fail = async (caller: Caller, { read, open, sentAt }: SentStep, error: GraphError, readings: Readings) => {
    const { host } = open.job;
    const ref = read.type === 'item' ? read.ref : null;
    for (const { location } of ref === null ? open.missing.values() : [ref]) {
      failures.record(caller, location, error);
      readings.operations.set(location, error);
    }
    if (ref === null) {
      failures.record(caller, listPath(host), error);
      if (open.job.list !== 'ifCheaper') readings.lists.set(host.location, error);
    }
    await proofs.hearFailure(caller, host, ref, sentAt, error);
  };

  /** Writes down one outcome. @returns what has to be read next because of it */
  const take = async (caller: Caller, step: SentStep, outcome: ReadOutcome, readings: Readings): Promise<Step[]> => {
    const { read, open } = step;
    const { host } = open.job;
    const whole = open.job.list !== 'ifCheaper';
    if (outcome instanceof GraphError) {
      if (read.type === 'page' && mayGoOnSingly(open, outcome)) {
        failures.record(caller, listPath(host), outcome);
        await proofs.hearFailure(caller, host, null, step.sentAt, outcome); // single reads that succeed prove it anew
        if (!mayPass(outcome.reason)) pagesOf.set(pagesKey(caller, host), Infinity, clock.now() + keepMs);
        return itemsOf(open);
      }
      await fail(caller, step, outcome, readings);
      return [];
    }
    const readAt = clock.now();
    if (read.type === 'item') {
      const { helds } = await keep(caller, host, 'operations' in outcome ? [] : [outcome], readAt);
      for (const held of helds) readings.operations.set(read.ref.location, held);
      return [];
    }
    if (!('operations' in outcome)) return [];
    const { refs, helds } = await keepPage(caller, host, read.link, outcome, readAt);
    for (const [at, ref] of refs.entries()) {
      const held = helds[at];
      if (held !== undefined) readings.operations.set(ref.location, held);
      open.missing.delete(ref.location);
    }
    open.found.push(...refs);
    open.pages += 1;
    const isEnough = (): boolean => open.pages >= MAX_PAGES || (!whole && open.missing.size === 0);
    let { nextLink } = outcome;
    if (nextLink !== null && !isEnough()) {
      // Pages that this scope read within the interval are not read again on the way to those behind them.
      const rest = await readHeldList(store, caller.scope, host, nextLink);
      if (rest !== null) {
        for (const [location, held] of rest.helds) {
          readings.operations.set(location, held);
          open.missing.delete(location);
        }
        open.found.push(...rest.refs);
        ({ nextLink } = rest);
      }
    }
    if (nextLink !== null && !isEnough()) return [{ open, read: { type: 'page', host, link: nextLink } }];
    pagesOf.set(pagesKey(caller, host), open.pages, readAt + keepMs);
    if (whole) readings.lists.set(host.location, { refs: open.found, readAt });
    // Not on the list: it may be longer than we read, or lag behind. The operation's own address has the last word.
    return itemsOf(open);
  };

  return {
    async run(caller, jobs, cost, patientUntil) {
      const readings: Readings = { operations: new Map(), lists: new Map() };
      const hosts = jobs.map(({ host }) => host);
      const lastReadAt = jobs.some(mayGoByList) ? await proofs.hostsReadAt(caller.scope, hosts) : [];
      let steps = jobs.flatMap((job, at): Step[] => {
        const missing = new Map(job.refs.map((ref) => [ref.location, ref]));
        const open: Open = { job, missing, found: [...(job.known?.refs ?? [])], pages: 0 };
        if (goesByList(caller, job, lastReadAt[at] ?? null))
          return [{ open, read: { type: 'page', host: job.host, link: job.known?.nextLink ?? null } }];
        return job.refs.map((ref) => ({ open, read: { type: 'item', ref } }));
      });
      while (steps.length > 0) {
        const { outcomes, sentAt } = await send(
          caller,
          steps.map(({ read }) => read),
          cost,
          patientUntil,
        );
        const next = await Promise.all(
          steps.map((step, at) => {
            const outcome = outcomes[at];
            const { read, open } = step;
            return outcome === undefined
              ? Promise.resolve([])
              : take(caller, { read, open, sentAt }, outcome, readings);
          }),
        );
        steps = next.flat();
      }
      return readings;
    },
    async page(caller, host, link, cost, patientUntil) {
      const { outcomes, sentAt } = await send(caller, [{ type: 'page', host, link }], cost, patientUntil);
      const [outcome] = outcomes;
      if (outcome instanceof GraphError) {
        failures.record(caller, link ?? listPath(host), outcome);
        await proofs.hearFailure(caller, host, null, sentAt, outcome);
        return outcome;
      }
      if (outcome !== undefined && 'operations' in outcome) await keepPage(caller, host, link, outcome, clock.now());
      return null;
    },
    close: () => pagesOf.clear(),
  };
}
