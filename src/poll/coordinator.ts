import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { once } from '../lib/once.js';
import { GraphError, InputError, LimitError, mayPass } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { type Checks } from './checks.js';
import { digestOf, parseCursor, type Cursor } from './cursor.js';
import { dueOfHost, dueReads, isProved, type PollTimes } from './dues.js';
import { noteList, seatReaders, type Lister, type ListReader, type ListStand } from './lister.js';
import { planChecks, readsOf, type HostGroup } from './plan.js';
import { type Bus } from './ports.js';
import { type HostJob, type Readings } from './reads.js';
import { createSchedule } from './schedule.js';
import { createStream, type StreamEvent } from './stream.js';
import { catchUp, type Seat, type Stand, type Watch } from './watch.js';

export interface CoordinatorOptions {
  readonly checks: Checks;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: PollTimes;
}

/**
 * Keeps the watches: who watches what, and when it is read next. The loop is: wake, take what is due, check it, tell
 * whoever may hear it, put it back.
 */
export interface Coordinator {
  /**
   * The state of each operation now and every later change, to the end of the last of them.
   * @param after a cursor of an earlier stream of the same refs
   * @throws {InputError} for a cursor that is none
   */
  watchOperations(
    caller: Caller,
    refs: readonly OperationRef[],
    after: string | null,
  ): AsyncIterableIterator<StreamEvent>;
  /** The same for everything on a host's list, what begins later included. It has no end of its own. */
  watchHost(
    caller: Caller,
    host: OperationHost,
    filter: (operation: Operation) => boolean,
    after: string | null,
  ): AsyncIterableIterator<StreamEvent>;
  /** When a watched operation is to be checked next, epoch ms; null when nobody watches it or it has ended. */
  nextCheckAt(location: string): number | null;
  /** How many operations are watched. */
  readonly watches: number;
  /** Ends every stream and starts no further check; resolves when those in flight are done. */
  stop(): Promise<void>;
}

/** Another process holds the lease, or the store did not answer: look again after a moment. */
const RETRY_MS = 1_000;
/** So many unreadable answers in a row may be a proxy's bad minute; after them the stream ends. */
const MALFORMED_TOLERATED = 2;

export function startCoordinator({ checks, bus, clock, log, times }: CoordinatorOptions): Coordinator {
  const groups = new Map<string, HostGroup>();
  const watches = new Map<string, { watch: Watch; group: HostGroup; unsubscribe: () => void }>();
  const schedule = createSchedule();
  const touched = new Set<HostGroup>();
  const running = new Set<Promise<void>>();
  const openStreams = new Set<() => void>();
  let cancelWake: (() => void) | null = null;
  let cancelFlush: (() => void) | null = null;
  let stopping = false;

  const heldBack = (caller: Caller, location: string): number | null =>
    checks.failureOf(caller, location)?.until ?? null;
  const isFresh = (held: Held): boolean =>
    isTerminal(held.snapshot.operation.state) || held.snapshot.checkedAt + times.intervalMs > clock.now();

  // --- when -------------------------------------------------------------------------------------------------------

  /** Something of the host has changed; its next read is worked out once per turn, however much changes in it. */
  const touch = (group: HostGroup): void => {
    if (stopping) return;
    touched.add(group);
    cancelFlush ??= clock.wakeAt(clock.now(), () => {
      cancelFlush = null;
      for (const each of touched) reschedule(each);
      touched.clear();
      arm();
    });
  };

  const reschedule = (group: HostGroup): void => {
    const { location } = group.host;
    const { lists, operations } = readsOf(group, clock.now(), times, heldBack);
    const due = dueOfHost([...lists, ...operations.map(({ read }) => read)], times);
    if (due === null) schedule.remove(location);
    else schedule.put(location, due);
    const endsAt = [...group.watches.values()].flatMap((watch) => [
      watch.startedAt + times.maxAgeMs,
      ...[...watch.stands.values()].flatMap(({ emptySince }) =>
        emptySince === null ? [] : emptySince + times.lingerMs,
      ),
    ]);
    if (group.lister !== null) endsAt.push(group.lister.startedAt + times.maxAgeMs);
    const endAt = Math.min(...endsAt);
    if (endAt === Infinity) schedule.remove(`end of ${location}`);
    else schedule.put(`end of ${location}`, { at: endAt, latestAt: endAt, lane: 'ends' });
  };

  const arm = (): void => {
    cancelWake?.();
    const at = stopping ? null : schedule.nextWakeAt();
    cancelWake = at === null ? null : clock.wakeAt(at, wake);
  };

  // --- the loop ---------------------------------------------------------------------------------------------------

  const wake = (): void => {
    const due = new Set(schedule.take(clock.now()));
    const taken = [...groups.values()].filter(
      ({ host }) => due.has(host.location) || due.has(`end of ${host.location}`),
    );
    for (const group of taken) endOverdue(group);
    const jobs = new Map<string, { caller: Caller; jobs: HostJob[] }>();
    for (const group of taken) {
      for (const { caller, job } of planChecks(group, clock.now(), times, heldBack)) {
        const ofCaller = jobs.get(caller.scope) ?? { caller, jobs: [] };
        ofCaller.jobs.push(job);
        jobs.set(caller.scope, ofCaller);
      }
      touch(group);
    }
    for (const { caller, jobs: ofCaller } of jobs.values()) run(caller, ofCaller);
    arm();
  };

  const run = (caller: Caller, jobs: readonly HostJob[]): void => {
    mark(caller, jobs, true);
    const work = checkAndTell(caller, jobs)
      .catch((error: unknown) => {
        // Graph's failures are outcomes; this is the store's. The streams live on and the checks are tried again.
        log.error({ err: error }, 'check not done');
        for (const watch of watchesOf(jobs)) watch.notBefore = clock.now() + RETRY_MS;
      })
      .finally(() => {
        mark(caller, jobs, false);
        running.delete(work);
        for (const { host } of jobs) touchHost(host);
      });
    running.add(work);
  };

  const watchesOf = (jobs: readonly HostJob[]): Watch[] =>
    jobs.flatMap(({ refs }) => refs.flatMap(({ location }) => watches.get(location)?.watch ?? []));

  const touchHost = (host: OperationHost): void => {
    const group = groups.get(host.location);
    if (group !== undefined) touch(group);
  };

  /** A stand that is being checked is not due, and nor is the check that all share. */
  const mark = (caller: Caller, jobs: readonly HostJob[], checking: boolean): void => {
    for (const { host, refs, list } of jobs) {
      const group = groups.get(host.location);
      for (const ref of refs) {
        const stand = group?.watches.get(ref.location)?.stands.get(caller.scope);
        if (stand !== undefined) stand.checking = checking;
      }
      const lists = list === 'ifCheaper' ? undefined : group?.lister?.stands.get(caller.scope);
      if (lists !== undefined) lists.checking = checking;
    }
  };

  const checkAndTell = async (caller: Caller, jobs: readonly HostJob[]): Promise<void> => {
    const readings = await checks.check(caller, jobs);
    for (const job of jobs) {
      const group = groups.get(job.host.location);
      if (group === undefined) continue;
      await hearOperations(group, caller, job, readings);
      if (job.list !== 'ifCheaper') hearList(group, caller, readings);
    }
  };

  /** Everything the read told of this host, also of operations that it was not made for. */
  const hearOperations = async (group: HostGroup, caller: Caller, job: HostJob, readings: Readings): Promise<void> => {
    for (const { location } of job.refs) {
      const watch = group.watches.get(location);
      const isElsewhere = !readings.operations.has(location);
      if (watch !== undefined && isElsewhere) watch.notBefore = clock.now() + RETRY_MS;
    }
    const heard = [...group.watches.values()].filter(({ ref }) => readings.operations.has(ref.location));
    const readAts = await checks.readAt(
      caller,
      heard.map(({ ref }) => ref.location),
    );
    for (const [at, watch] of heard.entries()) {
      const outcome = readings.operations.get(watch.ref.location);
      const stand = watch.stands.get(caller.scope);
      if (outcome instanceof GraphError) {
        if (stand !== undefined) hearFailure(watch, stand, outcome);
      } else if (outcome !== undefined) {
        watch.held = newer(watch.held, outcome);
        if (stand !== undefined) stand.readAt = readAts[at] ?? null;
        tellAll(watch);
      }
    }
  };

  const hearFailure = (watch: Watch, stand: Stand, error: GraphError): void => {
    const { location } = watch.ref;
    const hadProof = stand.readAt !== null;
    const isLag = error.reason.kind === 'notFound' && !hadProof && clock.now() - stand.since < times.notFoundGraceMs;
    const attempts = checks.failureOf(stand.caller, location)?.attempts ?? 1;
    const isGlitch = error.reason.kind === 'malformed' && hadProof && attempts <= MALFORMED_TOLERATED;
    if (mayPass(error.reason) || isLag || isGlitch) return;
    endStand(watch, stand, error);
  };

  const hearList = (group: HostGroup, caller: Caller, readings: Readings): void => {
    const { lister, host } = group;
    const stand = lister?.stands.get(caller.scope);
    const outcome = readings.lists.get(host.location);
    if (lister === null || stand === undefined || outcome === undefined) return;
    if (outcome instanceof GraphError) {
      const isLag =
        outcome.reason.kind === 'notFound' &&
        stand.listedAt === null &&
        clock.now() - stand.since < times.notFoundGraceMs;
      if (!mayPass(outcome.reason) && !isLag) endListStand(lister, stand, outcome);
      return;
    }
    noteList(lister, stand, outcome, clock.now());
    const shown = new Map<string, Held>();
    for (const { location } of outcome) {
      const held = readings.operations.get(location);
      if (held !== undefined && !(held instanceof GraphError)) shown.set(location, held);
    }
    seatReaders(stand, shown);
  };

  // --- telling ----------------------------------------------------------------------------------------------------

  const tellAll = (watch: Watch): void => {
    for (const stand of watch.stands.values()) tellStand(watch, stand);
    dissolveIfOver(watch);
  };

  const tellStand = (watch: Watch, stand: Stand): void => {
    const { held } = watch;
    if (held === null || !isProved(stand.readAt, clock.now(), times)) return;
    stand.isAwaited = false;
    for (const seat of stand.seats) {
      const isOver = catchUp(seat, held, isFresh(held));
      stand.isAwaited ||= seat.position === null;
      if (!isOver || seat.position === null) continue;
      stand.seats.delete(seat);
      seat.finish();
    }
  };

  const endStand = (watch: Watch, stand: Stand, error: GraphError | LimitError): void => {
    watch.stands.delete(stand.caller.scope);
    for (const seat of stand.seats) {
      seat.fail({ ref: watch.ref, error });
      seat.finish();
    }
    stand.seats.clear();
    dissolveIfOver(watch);
  };

  const endListStand = (lister: Lister, stand: ListStand, error: GraphError | LimitError): void => {
    lister.stands.delete(stand.caller.scope);
    for (const reader of stand.readers) reader.fail({ ref: null, error });
    stand.readers.clear();
  };

  // --- coming and going ---------------------------------------------------------------------------------------------

  const groupOf = (host: OperationHost): HostGroup => {
    const known = groups.get(host.location);
    if (known !== undefined) return known;
    const group: HostGroup = { host, watches: new Map(), lister: null };
    groups.set(host.location, group);
    return group;
  };

  const watchOf = (ref: OperationRef): Watch => {
    const known = watches.get(ref.location);
    if (known !== undefined) return known.watch;
    const group = groupOf(ref.host);
    const watch: Watch = { ref, startedAt: clock.now(), stands: new Map(), held: null, notBefore: 0 };
    const unsubscribe = bus.subscribe(ref.location, (_, held) => {
      watch.held = newer(watch.held, held);
      tellAll(watch);
      touch(group);
    });
    group.watches.set(ref.location, watch);
    watches.set(ref.location, { watch, group, unsubscribe });
    return watch;
  };

  /**
   * Listens first, then looks at what is held: nothing can happen between the two that is not told.
   * @param shown what this scope's own read has told a moment ago
   */
  const sit = (caller: Caller, seat: Seat, shown: Held | null): void => {
    const watch = watchOf(seat.ref);
    const stand = watch.stands.get(caller.scope) ?? newStand(caller);
    watch.stands.set(caller.scope, stand);
    stand.seats.add(seat);
    stand.emptySince = null;
    stand.isAwaited = true;
    if (shown !== null) greet(watch, stand, shown, shown.snapshot.checkedAt);
    else running.add(lookUp(watch, stand));
  };

  const greet = (watch: Watch, stand: Stand, held: Held | null, readAt: number | null): void => {
    if (held !== null) watch.held = newer(watch.held, held);
    if (readAt !== null) stand.readAt = Math.max(stand.readAt ?? 0, readAt);
    tellStand(watch, stand);
    dissolveIfOver(watch);
    touchHost(watch.ref.host);
  };

  const lookUp = (watch: Watch, stand: Stand): Promise<void> => {
    const { location } = watch.ref;
    const work: Promise<void> = Promise.all([checks.readAt(stand.caller, [location]), checks.held(location)])
      .then(([[readAt], held]) => greet(watch, stand, held, readAt ?? null))
      .catch((error: unknown) => {
        log.error({ err: error }, 'snapshot not looked up'); // the first read tells what this would have told
        touchHost(watch.ref.host);
      })
      .finally(() => running.delete(work));
    return work;
  };

  const newStand = (caller: Caller): Stand => ({
    caller,
    since: clock.now(),
    seats: new Set(),
    readAt: null,
    isAwaited: true,
    checking: false,
    emptySince: null,
  });

  const leave = (caller: Caller, seat: Seat): void => {
    const entry = watches.get(seat.ref.location);
    const stand = entry?.watch.stands.get(caller.scope);
    if (entry === undefined || stand?.seats.delete(seat) !== true) return;
    if (stand.seats.size === 0) stand.emptySince = clock.now();
    dissolveIfOver(entry.watch);
    touch(entry.group);
  };

  /** A finished operation needs no watch once everybody has heard of it, and nor does one that nobody is left of. */
  const dissolveIfOver = (watch: Watch): void => {
    const entry = watches.get(watch.ref.location);
    if (entry?.watch !== watch) return;
    const stands = [...watch.stands.values()];
    const hasEnded = watch.held !== null && isTerminal(watch.held.snapshot.operation.state);
    if (stands.some(({ seats }) => seats.size > 0) || (stands.length > 0 && !hasEnded)) return;
    entry.unsubscribe();
    watches.delete(watch.ref.location);
    entry.group.watches.delete(watch.ref.location);
    dropIfEmpty(entry.group);
  };

  const dropIfEmpty = (group: HostGroup): void => {
    if (group.watches.size > 0 || group.lister !== null || groups.get(group.host.location) !== group) return;
    groups.delete(group.host.location);
    schedule.remove(group.host.location);
    schedule.remove(`end of ${group.host.location}`);
    touched.delete(group);
  };

  /** Ends what has lasted too long, and lets go of those whose last subscriber left a while ago. */
  const endOverdue = (group: HostGroup): void => {
    const now = clock.now();
    const hours = Math.round(times.maxAgeMs / 36_000) / 100;
    const tooOld = new LimitError(`It was watched for ${hours} hours and has not ended; subscribe again to go on.`);
    for (const watch of [...group.watches.values()]) {
      const isTooOld = watch.startedAt + times.maxAgeMs <= now;
      for (const stand of [...watch.stands.values()]) {
        if (isTooOld) endStand(watch, stand, tooOld);
        else if (stand.emptySince !== null && stand.emptySince + times.lingerMs <= now) {
          watch.stands.delete(stand.caller.scope);
        }
      }
      dissolveIfOver(watch);
    }
    const { lister } = group;
    if (lister !== null && lister.startedAt + times.maxAgeMs <= now) {
      for (const stand of [...lister.stands.values()]) endListStand(lister, stand, tooOld);
    }
    if (lister?.stands.size === 0) group.lister = null;
    dropIfEmpty(group);
  };

  /** A client cannot have been told of what has not happened yet: a stamp of the future knows nothing. */
  const readCursor = (after: string | null): Cursor | null => {
    const cursor = after === null ? null : parseCursor(after);
    return cursor !== null && cursor.stamp > (clock.now() + 1_000) * 1_000 ? { ...cursor, stamp: 0 } : cursor;
  };

  /** Makes a stream end at once when the process stops. */
  const register = (end: () => void): (() => void) => {
    openStreams.add(end);
    return () => void openStreams.delete(end);
  };

  return {
    watchOperations(caller, refs, after) {
      const unique = [...new Map(refs.map((ref) => [ref.location, ref])).values()];
      if (unique.length === 0) throw new InputError('refs is empty: name at least one operation to watch.');
      const cursor = readCursor(after);
      const digest = digestOf(unique.map(({ location }) => location).sort());
      const order = new Map(unique.map(({ location }, at) => [location, at]));
      const untold = new Set(order.values());
      const left = new Set(order.values());
      const seats: Seat[] = [];
      const stream = createStream({
        digest,
        after: cursor,
        untold: (change) => {
          untold.delete(order.get(change.ref.location) ?? -1);
          return [...untold];
        },
        onDone: () => {
          unregister();
          for (const seat of seats) leave(caller, seat);
        },
      });
      const unregister = register(() => stream.end());
      for (const [at, ref] of unique.entries()) {
        const resumeAfter = resumePoint(cursor, digest, (where) => Array.isArray(where) && where.includes(at));
        seats.push({
          ref,
          tell: stream.tell,
          fail: stream.fail,
          finish: () => {
            left.delete(at);
            if (left.size === 0) stream.end();
          },
          filter: () => true,
          resumeAfter,
          resumed: () => void untold.delete(at),
          firstReason: 'SNAPSHOT',
          position: null,
          told: false,
        });
      }
      for (const seat of seats) sit(caller, seat, null);
      return stream.events;
    },

    watchHost(caller, host, filter, after) {
      const cursor = readCursor(after);
      const digest = digestOf([listPath(host)]);
      const group = groupOf(host);
      if (group.lister === null || group.lister.stands.size === 0) {
        group.lister = { startedAt: clock.now(), stands: new Map(), listedAt: null };
      }
      const { lister } = group;
      const stand: ListStand = lister.stands.get(caller.scope) ?? {
        caller,
        since: clock.now(),
        readers: new Set(),
        listedAt: null,
        known: new Map(),
        isBehind: false,
        checking: false,
      };
      lister.stands.set(caller.scope, stand);
      const seats = new Map<string, Seat>();
      /** First events that wait to be read, in the order of locations. */
      const untold = new Set<string>();
      let isFirstList = true;
      const stream = createStream({
        digest,
        after: cursor,
        untold: (change) => {
          untold.delete(change.ref.location);
          const [from] = untold;
          return from === undefined ? [] : { from };
        },
        onDone: () => {
          unregister();
          stand.readers.delete(reader);
          for (const seat of seats.values()) leave(caller, seat);
          if (stand.readers.size === 0) lister.stands.delete(caller.scope);
          if (lister.stands.size === 0 && group.lister === lister) group.lister = null;
          dropIfEmpty(group);
          touch(group);
        },
      });
      const unregister = register(() => stream.end());
      const hostSeat = (ref: OperationRef): Seat => ({
        ref,
        tell: (change) => {
          if (change.reason !== 'CHANGED') untold.add(ref.location);
          stream.tell(change);
        },
        fail: stream.fail,
        finish: () => void seats.delete(ref.location),
        filter,
        resumeAfter: isFirstList
          ? resumePoint(cursor, digest, (where) => 'from' in where && ref.location >= where.from)
          : null,
        resumed: () => undefined,
        firstReason: isFirstList ? 'SNAPSHOT' : 'CHANGED',
        position: null,
        told: false,
      });
      const reader: ListReader = {
        entered: new Set(),
        enter: (refs, shown) => {
          for (const ref of refs) {
            const seat = hostSeat(ref);
            seats.set(ref.location, seat);
            sit(caller, seat, shown?.get(ref.location) ?? null);
          }
          isFirstList = false;
        },
        fail: (ending) => {
          stream.fail(ending);
          stream.end();
        },
      };
      stand.readers.add(reader);
      if (isProved(stand.listedAt, clock.now(), times)) seatReaders(stand, null);
      touch(group);
      return stream.events;
    },

    nextCheckAt(location) {
      const entry = watches.get(location);
      if (entry === undefined) return null;
      const at = Math.min(...dueReads(entry.watch, clock.now(), times, heldBack).map((read) => read.at));
      return at === Infinity ? null : at;
    },

    get watches() {
      return watches.size;
    },

    stop: once(async () => {
      stopping = true;
      cancelWake?.();
      cancelFlush?.();
      for (const end of [...openStreams]) end();
      await Promise.all(running);
    }),
  };
}

/** The newer of two views of one operation: what a bus tells may overtake what a read returns. */
function newer(a: Held | null, b: Held): Held {
  if (a === null) return b;
  const [stampA, stampB] = [a.transitions.at(-1)?.stamp ?? 0, b.transitions.at(-1)?.stamp ?? 0];
  if (stampA !== stampB) return stampA > stampB ? a : b;
  return a.snapshot.checkedAt > b.snapshot.checkedAt ? a : b;
}

/**
 * From where a seat goes on: null for a stream that begins, or an operation that its cursor says was never told; zero,
 * behind everything, when the cursor is of another stream.
 */
function resumePoint(
  cursor: Cursor | null,
  digest: string,
  isUntold: (untold: Cursor['untold']) => boolean,
): number | null {
  if (cursor === null) return null;
  if (cursor.digest !== digest) return 0;
  return isUntold(cursor.untold) ? null : cursor.stamp;
}
