import { sleepUntil, type Clock } from '../lib/clock.js';
import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { remaining, type Failures } from './failures.js';
import { readHeldList } from './held-list.js';
import { createHoldings } from './holdings.js';
import { type Known, type LookUp } from './known.js';
import { type Store } from './ports.js';
import { type Proofs } from './proofs.js';
import { type Cost, type HostJob, type Readings, type Reads } from './reads.js';

export interface RenewalsOptions {
  readonly store: Store;
  readonly proofs: Proofs;
  readonly failures: Failures;
  readonly reads: Reads;
  readonly lookUp: LookUp;
  readonly clock: Clock;
  readonly intervalMs: number;
}

/** How long whoever wants what another process is reading waits before it looks again. */
const READ_ELSEWHERE_MS = 250;
/**
 * Reads what must be read, in one process at a time: under one scope nothing of a host is read by two at once, and what
 * all scopes share is read by one for all. What is leased to another process comes back without an outcome, after a
 * moment.
 */
export interface Renewals {
  run(caller: Caller, jobs: readonly HostJob[], cost: Cost, patientUntil?: number): Promise<Readings>;
  /** One page of a host's list, where this scope has not read it within the interval. */
  page(caller: Caller, host: OperationHost, link: string | null, cost: Cost, patientUntil: number): Promise<void>;
}

export function createRenewals(options: RenewalsOptions): Renewals {
  const { store, proofs, failures, reads, lookUp, clock, intervalMs } = options;

  const holdings = createHoldings({ leases: store.leases, clock, intervalMs });
  const patienceMs = (patientUntil = -Infinity): number => Math.max(0, patientUntil - clock.now());

  /** Answers a whole list, or the beginning of one, from what this scope read of it within the interval. */
  const fromHeldList = async (
    caller: Caller,
    job: HostJob,
    isLeased: boolean,
    answered: Readings,
  ): Promise<HostJob> => {
    if (job.list === 'ifCheaper') return job;
    const { host } = job;
    const failure = failures.active(caller, listPath(host));
    if (failure !== null) {
      answered.lists.set(host.location, remaining(failure, clock.now()));
      return { ...job, list: 'ifCheaper' };
    }
    const list = await readHeldList(store, caller.scope, host);
    if (list !== null && !(await proofs.speaksFor(caller, host, list.readAt))) {
      answered.lists.set(host.location, proofs.refusalOf(caller, host, list.readAt));
      return { ...job, list: 'ifCheaper' };
    }
    if (list === null) {
      const [readAt] = await proofs.hostsReadAt(caller.scope, [host]);
      const isHostEarly = readAt != null && readAt + intervalMs > clock.now();
      return job.list === 'due' && (isHostEarly || !isLeased) ? { ...job, list: 'ifCheaper' } : job;
    }
    for (const [location, held] of list.helds) answered.operations.set(location, held);
    if (list.nextLink !== null) return { ...job, known: { refs: list.refs, nextLink: list.nextLink } };
    answered.lists.set(host.location, list);
    return { ...job, list: 'ifCheaper' };
  };

  /** Inside the leases nobody else reads any of this: what is found young stays young until it is read. */
  const readDue = async (
    caller: Caller,
    jobs: readonly HostJob[],
    cost: Cost,
    patientUntil: number | undefined,
    mayReadHosts: () => Promise<boolean>,
  ): Promise<Readings> => {
    const answered: Readings = { operations: new Map(), lists: new Map() };
    const known = await lookUp(
      caller,
      jobs.flatMap(({ refs }) => refs),
    );
    answer(known, answered);
    const shared = known.filter((each) => isForAll(each) && !answered.operations.has(each.ref.location));
    const renewals = shared.map(({ ref }) => ref);
    const lists = jobs.filter(({ list }) => list === 'due').map(({ host }) => listPath(host));
    const taken = await holdings.take(
      [...renewals.map(({ location }) => location), ...lists],
      patienceMs(patientUntil),
    );
    const leased = taken.keys;
    return holdings.during(taken, async (mayReadShared) => {
      const ours = renewals.filter(({ location }) => leased.has(location));
      if (ours.length > 0) answerWhatWasRead(shared, await lookUp(caller, ours), answered);
      const elsewhere = new Set(renewals.map(({ location }) => location).filter((location) => !leased.has(location)));
      const listed = await Promise.all(
        jobs.map((job) => fromHeldList(caller, job, leased.has(listPath(job.host)), answered)),
      );
      const isDue = ({ location }: OperationRef): boolean =>
        !answered.operations.has(location) && !elsewhere.has(location);
      const due = listed
        .map((job) => (job.refs.every(isDue) ? job : { ...job, refs: job.refs.filter(isDue) }))
        .filter((job) => job.list !== 'ifCheaper' || job.refs.length > 0);
      if (due.length > 0 && (await mayReadHosts()) && (await mayReadShared())) {
        return merge([answered, await reads.run(caller, due, cost, patientUntil)]);
      }
      if (due.length > 0 || elsewhere.size > 0) await sleepUntil(clock, clock.now() + READ_ELSEWHERE_MS);
      return answered;
    });
  };

  return {
    async run(caller, jobs, cost, patientUntil) {
      const keys = [...new Set(jobs.map(({ host }) => hostKey(caller, host)))];
      const taken = await holdings.take(keys, patienceMs(patientUntil));
      const ours = jobs.filter(({ host }) => taken.keys.has(hostKey(caller, host)));
      if (ours.length > 0) {
        return holdings.during(taken, (mayRead) => readDue(caller, ours, cost, patientUntil, mayRead));
      }
      await sleepUntil(clock, clock.now() + READ_ELSEWHERE_MS);
      return { operations: new Map(), lists: new Map() };
    },
    async page(caller, host, link, cost, patientUntil) {
      const taken = await holdings.take([hostKey(caller, host)], patienceMs(patientUntil));
      if (taken.keys.size === 0) {
        await sleepUntil(clock, clock.now() + READ_ELSEWHERE_MS);
        return;
      }
      await holdings.during(taken, async (mayRead) => {
        if ((await store.pages.get(caller.scope, link ?? listPath(host))) !== null) return;
        if (await mayRead()) await reads.page(caller, host, link, cost, patientUntil);
      });
    },
  };
}

/** Beside the locations of operations, which begin with a slash, what one scope reads of a host is leased as one. */
function hostKey({ scope }: Caller, { location }: OperationHost): string {
  return `${scope} ${location}`;
}

/** Writes down what needs no read: what must not be read now, and what is young and proved for long enough. */
function answer(known: readonly Known[], { operations }: Readings): void {
  for (const { ref, held, isEarly, isFresh, renewal, refusal } of known) {
    if (refusal !== null) operations.set(ref.location, refusal);
    else if (held !== null && (isEarly || (isFresh && renewal === 'none'))) operations.set(ref.location, held);
  }
}

/**
 * Whether the read serves all who watch, and is one process's for all. A first read is a scope's proof, and nobody else
 * can make it; nor a renewal that cannot wait.
 */
function isForAll({ held, readAt, isFresh, renewal }: Known): boolean {
  return held !== null && readAt !== null && (!isFresh || renewal === 'welcome');
}

/** Another process may have read between the first look and the lease. */
function answerWhatWasRead(before: readonly Known[], after: readonly Known[], { operations }: Readings): void {
  const checkedAt = new Map(before.map(({ ref, held }) => [ref.location, held?.snapshot.checkedAt ?? 0]));
  for (const { ref, held } of after) {
    if (held === null || held.snapshot.checkedAt <= (checkedAt.get(ref.location) ?? 0)) continue;
    operations.set(ref.location, held);
  }
}

export function merge(parts: readonly Readings[]): Readings {
  const merged: Readings = { operations: new Map(), lists: new Map() };
  for (const { operations, lists } of parts) {
    for (const [location, outcome] of operations) merged.operations.set(location, outcome);
    for (const [location, list] of lists) merged.lists.set(location, list);
  }
  return merged;
}
