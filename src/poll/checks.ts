import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { GraphError, mayPass } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { type Denial } from './denial.js';
import { createFailures, type Failure } from './failures.js';
import { createFlights } from './flights.js';
import { createGlance, createLookUp } from './known.js';
import { createListPages } from './list-pages.js';
import { type Reader, type Store } from './ports.js';
import { createProofs, type Proof } from './proofs.js';
import { createReads, type Cost, type HostJob, type Readings } from './reads.js';
import { createRenewals, merge } from './renewals.js';
import { type CheckDelay, type Seen, type SeenPage } from './seen.js';
import { createPollTally, type PollTally } from './tally.js';

export interface ChecksOptions {
  readonly reader: Reader;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The least time between two checks of one operation under one authority. */
  readonly intervalMs: number;
  /** How long a scope's own read counts. */
  readonly proofMs: number;
  /** Resolves when those who ask at this very moment have asked. */
  readonly gather?: () => Promise<void>;
  readonly tally?: PollTally;
  readonly tracing?: Tracing;
}

/** A query's wish for one operation, and whether its scope has a valid proof. */
interface Wanted {
  readonly ref: OperationRef;
  readonly isProved: boolean;
}

/**
 * The only door upstream, for queries and for the poll. It serves what is held while that is young, to whoever has
 * proved the right to it, and reads what is not; and it keeps the promise to Graph: no scope reads an operation twice
 * within the interval, and what one reads at a time, others wait for.
 */
export interface Checks {
  /** For a query: one outcome per ref, in order. `cost` is added to. */
  look(caller: Caller, refs: readonly OperationRef[], cost: Cost): Promise<readonly (Seen | GraphError)[]>;
  /** What `look` would tell of one without a read, where that is at hand; null where `look` has to be asked. */
  glance(caller: Caller, ref: OperationRef, cost: Cost): Seen | null;
  /**
   * For a query: one page of a host's list. A list that this scope did not read within the interval is read.
   * @throws {InputError} for a link that Graph did not give to this scope
   */
  lookAtPage(caller: Caller, host: OperationHost, link: string | null, cost: Cost): Promise<SeenPage | GraphError>;
  /** For the poll: reads what the poll says is due, except what this scope read within the interval. */
  check(caller: Caller, jobs: readonly HostJob[]): Promise<Readings>;
  /** The failure that forbids this scope a read for now, or null. */
  failureOf(caller: Caller, location: string): Failure | null;
  /** What this scope's own reads of each operation are worth. */
  proofs(caller: Caller, refs: readonly OperationRef[]): Promise<readonly Proof[]>;
  /** When this scope last read anything of a host, epoch ms; null where it never did. */
  hostReadAt(caller: Caller, host: OperationHost): Promise<number | null>;
  /** Calls the listener whenever a failed read has withdrawn what was proved, whoever made it and what for. */
  onDenial(listener: (denial: Denial) => void): void;
  held(location: string): Promise<Held | null>;
  /** Forgets what was learnt of failures and lists; nothing is checked afterwards. */
  close(): void;
}

/** How long a query waits for a place in the budget before it is told to come back. */
const PATIENCE_MS = 5_000;
/** A query that has waited for so many reads of others gives up; each of them brings what it waits for. */
const MAX_ROUNDS = 200;

export function createChecks(options: ChecksOptions): Checks {
  const { store, clock, gather = () => Promise.resolve(), tally = createPollTally(), tracing = noTracing } = options;
  const failures = createFailures(options);
  const { atHand } = store;
  const proofs = createProofs({ ...options, store: store.proofs, atHand, notices: store.notices });
  const reads = createReads({ ...options, proofs, failures });
  const lookUp = createLookUp({ ...options, snapshots: store.snapshots, atHand, proofs, failures });
  const heldFor = createGlance({ ...options, snapshots: store.snapshots, atHand, proofs });
  const renewals = createRenewals({ ...options, proofs, failures, reads, lookUp });
  const flights = createFlights();
  /** What queries want read and is about to go up, by scope. */
  const departures = new Map<Scope, { readonly wanted: Map<string, Wanted>; readonly gone: Promise<void> }>();

  const fly = <T>(
    caller: Caller,
    jobs: readonly Pick<HostJob, 'host' | 'refs'>[],
    work: () => Promise<T>,
  ): Promise<T> => {
    const locations = jobs.flatMap(({ refs }) => refs.map(({ location }) => location));
    return tracing.span('check', { 'gateway.hosts': jobs.length, 'gateway.operations': locations.length }, () => {
      const flight = flights.start(
        caller.scope,
        jobs.map(({ host }) => host),
        locations,
        work,
      );
      tracing.covers(flight);
      return flight;
    });
  };
  const inFlight = (caller: Caller, host: OperationHost): Promise<unknown> | undefined =>
    flights.of(caller.scope, host);

  /** What can be answered without a read; null where a read is needed. */
  const answer = async (caller: Caller, refs: readonly OperationRef[]) => {
    const known = await lookUp(caller, refs);
    return known.map(({ ref, held, isProved, isFresh, failure, refusal }) => {
      const seen: Seen | null =
        held === null || !isProved
          ? null
          : isFresh
            ? { ref, held, delayedBy: null }
            : failure !== null && mayPass(failure.error.reason)
              ? { ref, held, delayedBy: delayOf(failure) }
              : null;
      return { seen: seen ?? refusal, isProved };
    });
  };

  /** The read that will bring what is wanted: the scope's own, or anybody's where the scope has proved its right. */
  const flightFor = (caller: Caller, host: OperationHost, wanted: readonly Wanted[]): Promise<unknown> | undefined => {
    const areProved = wanted.every(({ isProved }) => isProved);
    const locations = wanted.map(({ ref }) => ref.location);
    return inFlight(caller, host) ?? (areProved ? flights.bringing(host, locations) : undefined);
  };

  /**
   * Reads what is not answered yet, or waits for those who are reading it. Queries of one scope that ask at the same
   * moment go up together: forty of one team are one list, not forty reads.
   */
  const renew = (caller: Caller, wanted: readonly Wanted[], cost: Cost): Promise<void> => {
    const waiting = departures.get(caller.scope);
    const refs = waiting?.wanted ?? new Map<string, Wanted>();
    for (const want of wanted) refs.set(want.ref.location, want);
    if (waiting !== undefined) {
      tracing.joins(waiting.gone);
      return waiting.gone;
    }
    const gone = gather().then(() => {
      departures.delete(caller.scope);
      return depart(caller, [...refs.values()], cost);
    });
    tracing.covers(gone);
    departures.set(caller.scope, { wanted: refs, gone });
    return gone;
  };

  const depart = async (caller: Caller, wanted: readonly Wanted[], cost: Cost): Promise<void> => {
    const waits: Promise<unknown>[] = [];
    const jobs: HostJob[] = [];
    for (const [host, ofHost] of byHost(wanted)) {
      const flight = flightFor(caller, host, ofHost);
      if (flight === undefined) jobs.push({ host, refs: ofHost.map(({ ref }) => ref), list: 'ifCheaper' });
      else {
        tracing.joins(flight);
        waits.push(flight.catch(() => undefined)); // its own caller is told of its failure
      }
    }
    if (jobs.length > 0)
      waits.push(fly(caller, jobs, () => renewals.run(caller, jobs, cost, clock.now() + PATIENCE_MS)));
    await Promise.all(waits);
  };

  const check = async (caller: Caller, jobs: readonly HostJob[]): Promise<Readings> => {
    const cost: Cost = { requests: 0, reads: 0, snapshots: 0 };
    const free = jobs.filter(({ host }) => inFlight(caller, host) === undefined);
    const busy = jobs.filter(({ host }) => inFlight(caller, host) !== undefined);
    const parts = await Promise.all([
      ...(free.length === 0 ? [] : [fly(caller, free, () => renewals.run(caller, free, cost))]),
      ...busy.map(async (job) => {
        await inFlight(caller, job.host)?.catch(() => undefined);
        return check(caller, [job]);
      }),
    ]);
    return merge(parts);
  };

  /** What has ended does not age. */
  const countAge = ({ held: { snapshot } }: Seen): void => {
    if (!isTerminal(snapshot.operation.state)) tally.servedAge.observe((clock.now() - snapshot.checkedAt) / 1_000);
  };

  const countServed = (served: number, cost: Cost): void => {
    cost.snapshots += served;
    tally.served += served;
  };

  const listPages = createListPages({
    store,
    proofs,
    failures,
    clock,
    tally,
    async renew(caller, host, link, cost) {
      const flight = inFlight(caller, host);
      if (flight !== undefined) {
        tracing.joins(flight);
        await flight.catch(() => undefined);
        return;
      }
      await fly(caller, [{ host, refs: [] }], () => renewals.page(caller, host, link, cost, clock.now() + PATIENCE_MS));
    },
  });

  return {
    async look(caller, refs, cost) {
      const readsBefore = cost.reads;
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const answers = await answer(caller, refs);
        const wanted = answers.flatMap(({ seen, isProved }, at) => {
          const ref = refs[at];
          return seen === null && ref !== undefined ? [{ ref, isProved }] : [];
        });
        // What this very call has read is not told from a snapshot; what others have read for it is.
        const isAnswered = wanted.length === 0;
        if (round === 0 || (isAnswered && cost.reads === readsBefore)) {
          countServed(answers.filter(({ seen }) => isHeld(seen)).length, cost);
        }
        if (isAnswered) {
          for (const { seen } of answers) if (isHeld(seen)) countAge(seen);
          return answers.map(({ seen }) => seen ?? unanswered());
        }
        await renew(caller, wanted, cost);
      }
      return refs.map(unanswered);
    },
    glance(caller, ref, cost) {
      const held = heldFor(caller, ref);
      if (held === null) return null;
      const seen: Seen = { ref, held, delayedBy: null };
      countServed(1, cost);
      countAge(seen);
      return seen;
    },
    async lookAtPage(caller, host, link, cost) {
      const page = await listPages.look(caller, host, link, cost);
      if (page !== null && 'entries' in page) for (const entry of page.entries) if (isHeld(entry)) countAge(entry);
      return page ?? unanswered();
    },
    check,
    failureOf: (caller, location) => failures.active(caller, location),
    proofs: (caller, refs) => proofs.of(caller, refs),
    async hostReadAt(caller, host) {
      const [readAt] = await proofs.hostsReadAt(caller.scope, [host]);
      return readAt ?? null;
    },
    onDenial: (listener) => proofs.onDenial(listener),
    async held(location) {
      const [held] = await store.snapshots.get([location]);
      return held ?? null;
    },
    close() {
      failures.close();
      proofs.close();
      reads.close();
    },
  };
}

function isHeld(seen: Seen | GraphError | null): seen is Seen {
  return seen !== null && 'held' in seen;
}

function byHost<T extends { ref: OperationRef }>(wanted: readonly T[]): Map<OperationHost, T[]> {
  const hosts = new Map<string, OperationHost>();
  const groups = new Map<OperationHost, T[]>();
  for (const want of wanted) {
    const { host } = want.ref;
    const known = hosts.get(host.location) ?? host;
    hosts.set(host.location, known);
    groups.set(known, [...(groups.get(known) ?? []), want]);
  }
  return groups;
}

/** Why a check that is due is not made; null where nothing forbids it. */
export function delayOf(failure: Failure | null): CheckDelay | null {
  switch (failure?.error.reason.kind) {
    case 'throttled':
      return 'THROTTLED';
    case 'overBudget':
      return 'BUDGET';
    case 'unavailable':
      return 'UPSTREAM_UNAVAILABLE';
    default:
      return null;
  }
}

function unanswered(): GraphError {
  return new GraphError({ kind: 'unavailable' }, 'Microsoft Graph was asked and no answer came in time.');
}
