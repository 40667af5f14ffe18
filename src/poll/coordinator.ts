import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { once } from '../lib/once.js';
import { earliestOf } from '../lib/times.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { type OperationHost } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { delayOf, type Checks } from './checks.js';
import { dueOfHost, dueReads, type PollTimes } from './dues.js';
import { createHearing, RETRY_MS } from './hearing.js';
import { type HostGroup } from './host-group.js';
import { hearHostNotices } from './host-notices.js';
import { createPlaces, type PlacesOptions } from './places.js';
import { planChecks, readsOf } from './plan.js';
import { type Store } from './ports.js';
import { type HostJob } from './reads.js';
import { createSchedule, type Due } from './schedule.js';
import { createSubscriptions, type Subscriptions } from './subscriptions.js';
import { createPollTally, type PollTally } from './tally.js';
import { countOverdueProofs, watchedPage, type WatchedPage } from './watched.js';
import { forsakenAt } from './watch.js';
import { createWatches } from './watches.js';

/** The loop: wake, take what is due, check it, tell whoever may hear it, put it back. */
export interface Coordinator {
  /** The state of each operation now and every later change, to the end of the last of them. */
  readonly watchOperations: Subscriptions['watchOperations'];
  /** The same for everything on a host's list, what begins later included. It has no end of its own. */
  readonly watchHost: Subscriptions['watchHost'];
  /** When a watched operation is to be checked next, epoch ms; null when nobody watches it or it has ended. */
  nextCheckAt(location: string): number | null;
  /** How many operations are watched. */
  readonly watches: number;
  /** How many teams and chats they are of. */
  readonly hosts: number;
  /** Callers that hear nothing because a read of their own is overdue. */
  overdueProofs(): number;
  /** What is watched, for an operator. @param after the last location of the page before, or null */
  readonly watched: (after: string | null, limit: number) => WatchedPage;
  /** Ends every stream and starts no further check; resolves when those in flight are done. */
  readonly stop: () => Promise<void>;
}

/** How much may be watched. */
export interface WatchLimits extends PlacesOptions {
  /** Operations of one host that one scope watches by name. */
  readonly watchedPerHost: number;
}

export interface CoordinatorOptions {
  readonly checks: Checks;
  readonly store: Pick<Store, 'bus' | 'notices' | 'replicas' | 'latestStamp'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: PollTimes;
  readonly limits: WatchLimits;
  readonly tally?: PollTally;
  readonly tracing?: Tracing;
}

/** Planning lets others go on after so long, ms. A host that is watched by very many takes longer than that by itself. */
const PLAN_SLICE_MS = 20;
/** After planning for some time, nothing is planned for so many times as long: others are served meanwhile. */
const REST_PER_PLANNING = 3;
/** A host has two keys in the schedule: its location for its reads, and this one for what ends without a read. */
const endOf = (location: string): string => `end of ${location}`;
const hostOfKey = (key: string): string => key.replace(/^end of /, '');

export function startCoordinator(options: CoordinatorOptions): Coordinator {
  const { checks, store, clock, log, times, tally = createPollTally(), tracing = noTracing } = options;
  const schedule = createSchedule();
  /** Locations of hosts. Not the groups themselves: one that is over must not undo what its successor has scheduled. */
  const touched = new Set<string>();
  const running = new Set<Promise<void>>();
  let cancelWake: (() => void) | null = null;
  let cancelFlush: (() => void) | null = null;
  let stopping = false;
  /** When planning may go on, epoch ms. */
  let restUntil = 0;

  /** Does work for each of these, and hands back those that there was no time for. */
  const inSlices = <T>(all: readonly T[], work: (one: T) => void): readonly T[] => {
    const startedAt = clock.now();
    let done = 0;
    while (done < all.length && clock.now() - startedAt <= PLAN_SLICE_MS) {
      const one = all[done++];
      if (one !== undefined) guarded(() => work(one));
    }
    restUntil = clock.now() + (clock.now() - startedAt) * REST_PER_PLANNING;
    return all.slice(done);
  };

  /** The host's next read is worked out once per turn, however much changes in it. */
  const touch = (group: HostGroup): void => {
    if (stopping) return;
    touched.add(group.host.location);
    cancelFlush ??= clock.wakeAt(Math.max(clock.now(), restUntil), flush);
  };
  const flush = (): void => {
    cancelFlush = null;
    const locations = [...touched];
    touched.clear();
    for (const location of inSlices(locations, reschedule)) touched.add(location);
    if (touched.size > 0) cancelFlush = clock.wakeAt(restUntil, flush);
    guarded(arm);
  };
  const watches = createWatches({ ...options, bus: store.bus, maxPerHost: options.limits.watchedPerHost, touch });
  const notices = hearHostNotices({ store, clock, times, watches, touch });
  const hearing = createHearing({ checks, clock, times, tally, watches, notices });
  const subscriptions = createSubscriptions(watches, createPlaces(options.limits), store);

  /** A timer has no caller: what it throws would end the process, and every stream with it. */
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      log.error({ err: error }, 'poll failed');
    }
  };

  const heldBack = (caller: Caller, location: string): number | null =>
    checks.failureOf(caller, location)?.until ?? null;

  const reschedule = (location: string): void => {
    const group = watches.groups.get(location);
    notices.tellWatched(location, group);
    const due = group === undefined ? null : nextReadOf(group);
    if (due === null) schedule.remove(location);
    else schedule.put(location, due);
    const endAt = group === undefined ? null : nextEndAt(group, times);
    if (endAt === null) schedule.remove(endOf(location));
    else schedule.put(endOf(location), { at: endAt, latestAt: endAt, lane: 'ends' });
  };

  const nextReadOf = (group: HostGroup): Due | null => {
    const { lists, operations } = readsOf(group, clock.now(), times, heldBack);
    return dueOfHost([...lists, ...operations.map(({ read }) => read)], times);
  };

  const arm = (): void => {
    cancelWake?.();
    const at = stopping ? null : schedule.nextWakeAt();
    cancelWake = at === null ? null : clock.wakeAt(Math.max(at, restUntil), () => guarded(wake));
  };

  const wake = (): void => {
    const locations = new Set(schedule.take(clock.now()).map(hostOfKey));
    const taken = [...locations].flatMap((location) => watches.groups.get(location) ?? []);
    const jobs = new Map<string, { readonly caller: Caller; readonly jobs: HostJob[] }>();
    const left = inSlices(taken, (group) => {
      watches.endOverdue(group);
      for (const { caller, job } of planChecks(group, clock.now(), times, heldBack)) {
        // By token, not by scope: what befalls one token of a caller says nothing of its others.
        const ofCaller = jobs.get(caller.credential) ?? { caller, jobs: [] };
        ofCaller.jobs.push(job);
        jobs.set(caller.credential, ofCaller);
      }
      touch(group);
    });
    for (const group of left) touch(group); // they are due, and come next
    for (const { caller, jobs: ofCaller } of jobs.values()) run(caller, ofCaller);
    arm();
  };

  const run = (caller: Caller, jobs: readonly HostJob[]): void => {
    mark(caller, jobs, true);
    // Whoever set the timer that led here: what is checked now is everybody's.
    const work = tracing
      .apart(() => tracing.span('poll', { 'gateway.hosts': jobs.length }, () => checkAndTell(caller, jobs)))
      .catch((error: unknown) => {
        // Graph's failures are outcomes; this is the store's or ours. The streams live on and the checks are tried again.
        log.error({ err: error }, 'check not done');
        for (const job of jobs) putOff(caller, job, clock.now() + times.intervalMs);
      })
      .finally(() => {
        mark(caller, jobs, false);
        running.delete(work);
        for (const { host } of jobs) touchHost(host);
      });
    running.add(work);
  };

  const touchHost = ({ location }: OperationHost): void => {
    const group = watches.groups.get(location);
    if (group !== undefined) touch(group);
  };

  const putOff = (caller: Caller, { host, refs, list }: HostJob, until: number): void => {
    for (const { location } of refs) {
      const stand = watches.find(location)?.stands.get(caller.scope);
      if (stand !== undefined) stand.notBefore = until;
    }
    const stand = watches.groups.get(host.location)?.lister?.stands.get(caller.scope);
    if (list !== 'ifCheaper' && stand !== undefined) stand.notBefore = until;
  };

  /** A stand that is being checked is not due, and nor is the check that all share. */
  const mark = (caller: Caller, jobs: readonly HostJob[], checking: boolean): void => {
    for (const { host, refs, list } of jobs) {
      for (const { location } of refs) {
        const stand = watches.find(location)?.stands.get(caller.scope);
        if (stand !== undefined) stand.checking = checking;
      }
      const lister = list === 'ifCheaper' ? null : watches.groups.get(host.location)?.lister;
      const stand = lister?.stands.get(caller.scope);
      if (stand !== undefined) stand.checking = checking;
    }
  };

  const checkAndTell = async (caller: Caller, jobs: readonly HostJob[]): Promise<void> => {
    const startedAt = clock.now();
    const readings = await checks.check(caller, jobs);
    for (const job of jobs) {
      const elsewhere = job.refs.filter(({ location }) => !readings.operations.has(location));
      putOff(caller, { ...job, refs: elsewhere, list: 'ifCheaper' }, clock.now() + RETRY_MS);
    }
    await hearing.hear(caller, jobs, readings, startedAt);
  };

  const nextCheckAt = (location: string): number | null => {
    const watch = watches.find(location);
    if (watch === undefined) return null;
    const at = earliestOf(dueReads(watch, clock.now(), times, heldBack).map((read) => read.at));
    if (at !== Infinity) return at;
    // Its check is under way, and what is asked is the one after that.
    const isChecking = [...watch.stands.values()].some(({ checking }) => checking);
    return isChecking ? clock.now() + times.intervalMs : null;
  };

  return {
    ...subscriptions,
    nextCheckAt,
    get watches() {
      return watches.size;
    },
    get hosts() {
      return watches.groups.size;
    },
    overdueProofs: () => countOverdueProofs(watches.groups, clock.now(), times),
    watched: (after, limit) =>
      watchedPage(watches.groups, after, limit, {
        times,
        now: clock.now(),
        nextCheckAt,
        delayOf: (caller, location) => delayOf(checks.failureOf(caller, location)),
      }),
    stop: once(async () => {
      stopping = true;
      cancelWake?.();
      cancelFlush?.();
      subscriptions.endAll();
      await Promise.all([...running, watches.settled()]);
    }),
  };
}

/** When something of a host is over without a check: watched for too long, or its last subscriber has left. */
function nextEndAt({ watches, lister }: HostGroup, times: PollTimes): number | null {
  let endAt = Infinity;
  for (const { since } of lister?.stands.values() ?? []) endAt = Math.min(endAt, since + times.maxAgeMs);
  for (const { stands } of watches.values()) {
    for (const stand of stands.values()) {
      endAt = Math.min(endAt, stand.since + times.maxAgeMs, forsakenAt(stand, times));
    }
  }
  return endAt === Infinity ? null : endAt;
}
