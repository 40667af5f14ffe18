import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { LimitError, type GraphError } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { type Checks } from './checks.js';
import { isProved, type PollTimes } from './dues.js';
import { seatReaders, type Lister, type ListReader, type ListStand } from './lister.js';
import { type HostGroup } from './plan.js';
import { type Bus } from './ports.js';
import { catchUp, fallBehind, type Seat, type Stand, type Watch } from './watch.js';

/**
 * Who watches what: subscribers by operation, inside it by scope. The first one in starts a watch, the last one out ends
 * it, and everybody is told what their own scope has proved.
 */
export interface Watches {
  readonly groups: ReadonlyMap<string, HostGroup>;
  find(location: string): Watch | undefined;
  /** How many operations are watched. */
  readonly size: number;
  /**
   * Gives a seat its place, and tells it what is held if that may be told.
   * @param shown what this scope's own list, read at `readAt`, has just told of it; null when it is to be looked up
   */
  sit(caller: Caller, seat: Seat, shown: { readonly held: Held; readonly readAt: number } | null): void;
  leave(caller: Caller, seat: Seat): void;
  /** @returns a way to leave */
  joinList(caller: Caller, host: OperationHost, reader: ListReader): () => void;
  /** An operation was read, or another process has read it. */
  hear(watch: Watch, held: Held): void;
  /** Ends the streams of one scope, with the reason; those of others go on. */
  end(watch: Watch, stand: Stand, error: GraphError | LimitError): void;
  endList(group: HostGroup, stand: ListStand, error: GraphError | LimitError): void;
  /** Ends what has lasted too long, and lets go of those whose last subscriber left a while ago. */
  endOverdue(group: HostGroup): void;
  /** Resolves when no look-up is under way. */
  settled(): Promise<void>;
}

export interface WatchesOptions {
  readonly checks: Checks;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: PollTimes;
  /** Something of the host has changed that may move its next read. */
  readonly touch: (group: HostGroup) => void;
}

export function createWatches({ checks, bus, clock, log, times, touch }: WatchesOptions): Watches {
  const groups = new Map<string, HostGroup>();
  const watches = new Map<
    string,
    { readonly watch: Watch; readonly group: HostGroup; readonly unsubscribe: () => void }
  >();
  const lookUps = new Set<Promise<void>>();

  const isFresh = (held: Held): boolean =>
    isTerminal(held.snapshot.operation.state) || held.snapshot.checkedAt + times.intervalMs > clock.now();

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
      hear(watch, held);
      touch(group);
    });
    group.watches.set(ref.location, watch);
    watches.set(ref.location, { watch, group, unsubscribe });
    return watch;
  };

  const hear = (watch: Watch, held: Held): void => {
    watch.held = newer(watch.held, held);
    for (const stand of watch.stands.values()) tell(watch, stand);
    dissolveIfOver(watch);
  };

  const tell = ({ held }: Watch, stand: Stand): void => {
    if (held === null) return;
    if (!isProved(stand.readAt, clock.now(), times)) {
      for (const seat of stand.seats) fallBehind(seat, held);
      return;
    }
    stand.isAwaited = false;
    for (const seat of stand.seats) {
      const isOver = catchUp(seat, held, isFresh(held));
      if (seat.position === null) stand.isAwaited = true;
      else if (isOver) {
        stand.seats.delete(seat);
        seat.finish();
      }
    }
  };

  const greet = (watch: Watch, stand: Stand, held: Held | null, readAt: number | null): void => {
    if (held !== null) watch.held = newer(watch.held, held);
    if (readAt !== null) stand.readAt = Math.max(stand.readAt ?? 0, readAt);
    tell(watch, stand);
    dissolveIfOver(watch);
    touchHost(watch.ref.host);
  };

  const lookUp = (watch: Watch, stand: Stand): void => {
    const { location } = watch.ref;
    const work: Promise<void> = Promise.all([checks.readAt(stand.caller, [location]), checks.held(location)])
      .then(([[readAt], held]) => greet(watch, stand, held, readAt ?? null))
      .catch((error: unknown) => {
        log.error({ err: error }, 'snapshot not looked up'); // the first read tells what this would have told
        touchHost(watch.ref.host);
      })
      .finally(() => lookUps.delete(work));
    lookUps.add(work);
  };

  const touchHost = (host: OperationHost): void => {
    const group = groups.get(host.location);
    if (group !== undefined) touch(group);
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
    if (group.lister?.stands.size === 0) group.lister = null;
    if (group.watches.size > 0 || group.lister !== null) return;
    if (groups.get(group.host.location) === group) groups.delete(group.host.location);
    touch(group);
  };

  const end = (watch: Watch, stand: Stand, error: GraphError | LimitError): void => {
    watch.stands.delete(stand.caller.scope);
    for (const seat of stand.seats) {
      seat.fail({ ref: watch.ref, error });
      seat.finish();
    }
    stand.seats.clear();
    dissolveIfOver(watch);
  };

  const endList = (group: HostGroup, stand: ListStand, error: GraphError | LimitError): void => {
    group.lister?.stands.delete(stand.caller.scope);
    for (const reader of stand.readers) reader.fail({ ref: null, error });
    stand.readers.clear();
    dropIfEmpty(group);
  };

  return {
    groups,
    find: (location) => watches.get(location)?.watch,
    get size() {
      return watches.size;
    },
    sit(caller, seat, shown) {
      // Listens first, then looks at what is held: nothing can happen between the two that is not told.
      const watch = watchOf(seat.ref);
      const stand = watch.stands.get(caller.scope) ?? newStand(caller, clock.now());
      watch.stands.set(caller.scope, stand);
      stand.seats.add(seat);
      stand.emptySince = null;
      stand.isAwaited = true;
      if (shown === null) lookUp(watch, stand);
      else greet(watch, stand, shown.held, shown.readAt);
    },
    leave(caller, seat) {
      const entry = watches.get(seat.ref.location);
      const stand = entry?.watch.stands.get(caller.scope);
      if (entry === undefined || stand?.seats.delete(seat) !== true) return;
      if (stand.seats.size === 0) stand.emptySince = clock.now();
      dissolveIfOver(entry.watch);
      touch(entry.group);
    },
    joinList(caller, host, reader) {
      const group = groupOf(host);
      const lister: Lister = (group.lister ??= {
        startedAt: clock.now(),
        stands: new Map(),
        listedAt: null,
        notBefore: 0,
      });
      const stand = lister.stands.get(caller.scope) ?? newListStand(caller, clock.now());
      lister.stands.set(caller.scope, stand);
      stand.readers.add(reader);
      if (isProved(stand.listedAt, clock.now(), times)) seatReaders(stand, stand.listedAt, null);
      touch(group);
      return () => {
        stand.readers.delete(reader);
        if (stand.readers.size === 0 && lister.stands.get(caller.scope) === stand) lister.stands.delete(caller.scope);
        dropIfEmpty(group);
        touch(group);
      };
    },
    hear,
    end,
    endList,
    endOverdue(group) {
      const now = clock.now();
      for (const watch of [...group.watches.values()]) {
        const isTooOld = watch.startedAt + times.maxAgeMs <= now;
        for (const stand of [...watch.stands.values()]) {
          const isForsaken = stand.emptySince !== null && stand.emptySince + times.lingerMs <= now;
          if (isTooOld) end(watch, stand, tooOld(times));
          else if (isForsaken) watch.stands.delete(stand.caller.scope);
        }
        dissolveIfOver(watch);
      }
      const { lister } = group;
      if (lister !== null && lister.startedAt + times.maxAgeMs <= now) {
        for (const stand of [...lister.stands.values()]) endList(group, stand, tooOld(times));
      }
      dropIfEmpty(group);
    },
    async settled() {
      await Promise.all(lookUps);
    },
  };
}

function tooOld({ maxAgeMs }: PollTimes): LimitError {
  const hours = Math.round(maxAgeMs / 36_000) / 100;
  return new LimitError(`It was watched for ${hours} hours and has not ended; subscribe again to go on.`);
}

function newStand(caller: Caller, since: number): Stand {
  return { caller, since, seats: new Set(), readAt: null, isAwaited: true, checking: false, emptySince: null };
}

function newListStand(caller: Caller, since: number): ListStand {
  return { caller, since, readers: new Set(), listedAt: null, known: new Map(), isBehind: false, checking: false };
}

/** The newer of two views of one operation: what a bus tells may overtake what a read returns. */
function newer(a: Held | null, b: Held): Held {
  if (a === null) return b;
  const [stampA, stampB] = [a.transitions.at(-1)?.stamp ?? 0, b.transitions.at(-1)?.stamp ?? 0];
  if (stampA !== stampB) return stampA > stampB ? a : b;
  return a.snapshot.checkedAt > b.snapshot.checkedAt ? a : b;
}
