import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { LimitError, type GraphError } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { type Checks } from './checks.js';
import { isProved, type PollTimes } from './dues.js';
import { seatReaders, type Lister, type ListReader, type ListStand } from './lister.js';
import { type HostGroup } from './plan.js';
import { type Bus } from './ports.js';
import { type Denial, type Proof } from './proofs.js';
import { adopt, createStandIndex, forget } from './stands.js';
import { catchUp, type Seat, type Stand, type Watch } from './watch.js';

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
  sit(seat: Seat, shown: { readonly held: Held; readonly readAt: number } | null): void;
  leave(seat: Seat): void;
  /** The seat's authority has another caller: it goes on where it was, once that one has proved its right. */
  move(seat: Seat): void;
  /** Whether what is held may be told to whoever sits here. */
  mayHear(seat: Seat): boolean;
  /** @throws {LimitError} when a scope would watch too much of one host */
  checkRoom(scope: Scope, refs: readonly OperationRef[]): void;
  /** @returns a way to leave */
  joinList(host: OperationHost, reader: ListReader): () => void;
  /** An operation was read, or another process has read it. */
  hear(watch: Watch, held: Held): void;
  /** What a read has proved, of one scope. */
  noteProof(stand: Stand, proof: Proof): void;
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
  /** Operations of one host that one scope may watch. */
  readonly maxPerHost: number;
  /** Something of the host has changed that may move its next read. */
  readonly touch: (group: HostGroup) => void;
}

/** Planning looks at each place of a host: so many take about a tenth of a second. */
const MAX_STANDS_PER_HOST = 100_000;

export function createWatches(options: WatchesOptions): Watches {
  const { checks, bus, clock, log, times, maxPerHost, touch } = options;
  const groups = new Map<string, HostGroup>();
  const index = createStandIndex();
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
    const group: HostGroup = { host, watches: new Map(), sizes: new Map(), stands: 0, lister: null };
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
    if (!isProved(stand.provedAt, clock.now(), times)) return;
    stand.isAwaited = false;
    for (const seat of stand.seats) {
      const isOver = catchUp(seat, held, isFresh(held));
      if (seat.position === null) stand.isAwaited = true;
      else if (isOver) {
        stand.seats.delete(seat);
        seat.place = null;
        seat.finish();
      }
    }
  };

  const greet = (stand: Stand, held: Held | null, proof: Proof): void => {
    const { watch } = stand;
    if (held !== null) watch.held = newer(watch.held, held);
    // A read that was answered meanwhile knows better.
    if ((proof.readAt ?? 0) >= (stand.readAt ?? 0)) noteProof(stand, proof);
    tell(watch, stand);
    dissolveIfOver(watch);
    touchHost(watch.ref.host);
  };

  const noteProof = (stand: Stand, { readAt, provedAt }: Proof): void => {
    stand.readAt = readAt;
    stand.provedAt = provedAt;
  };

  const lookUp = (stand: Stand): void => {
    const { ref } = stand.watch;
    const work: Promise<void> = Promise.all([checks.proofs(stand.caller, [ref]), checks.held(ref.location)])
      .then(([[proof], held]) => greet(stand, held, proof ?? { readAt: null, provedAt: null }))
      .catch((error: unknown) => {
        log.error({ err: error }, 'snapshot not looked up'); // the first read tells what this would have told
        touchHost(ref.host);
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
    for (const stand of stands) dropStand(stand);
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

  const addStand = (watch: Watch, caller: Caller): Stand => {
    const stand = newStand(watch, caller, clock.now());
    const group = groupOf(watch.ref.host);
    const { sizes } = group;
    watch.stands.set(caller.scope, stand);
    index.add(stand);
    sizes.set(caller.scope, (sizes.get(caller.scope) ?? 0) + 1);
    group.stands += 1;
    return stand;
  };

  const dropStand = (stand: Stand): void => {
    const { watch, caller } = stand;
    if (!watch.stands.delete(caller.scope)) return;
    index.remove(stand);
    const group = groups.get(watch.ref.host.location);
    if (group === undefined) return;
    const size = group.sizes.get(caller.scope) ?? 0;
    group.stands -= 1;
    if (size > 1) group.sizes.set(caller.scope, size - 1);
    else group.sizes.delete(caller.scope);
  };

  const end = (watch: Watch, stand: Stand, error: GraphError | LimitError): void => {
    dropStand(stand);
    for (const seat of stand.seats) failSeat(seat, error);
    stand.seats.clear();
    dissolveIfOver(watch);
  };

  const failSeat = (seat: Seat, error: GraphError | LimitError): void => {
    seat.place = null;
    seat.fail({ ref: seat.ref, error });
    seat.finish();
  };

  const endList = (group: HostGroup, stand: ListStand, error: GraphError | LimitError): void => {
    dropListStand(stand);
    for (const reader of stand.readers.keys()) reader.fail({ ref: null, error });
    stand.readers.clear();
    dropIfEmpty(group);
  };

  const dropListStand = (stand: ListStand): void => {
    const { lister } = stand.group;
    if (lister?.stands.get(stand.caller.scope) !== stand) return;
    lister.stands.delete(stand.caller.scope);
    index.remove(stand);
  };

  /** Listens first, then looks at what is held: nothing can happen between the two that is not told. */
  const sit = (seat: Seat, shown: { readonly held: Held; readonly readAt: number } | null): void => {
    const { caller } = seat.authority;
    const watch = watchOf(seat.ref);
    const stand = watch.stands.get(caller.scope) ?? addStand(watch, caller);
    adopt(stand, caller);
    stand.seats.add(seat);
    seat.place = { stand, caller };
    stand.emptySince = null;
    stand.isAwaited = true;
    if (stand.suspended !== null && !seat.authority.refused(stand.suspended)) {
      leave(seat);
      failSeat(seat, stand.suspended);
    } else if (shown === null) lookUp(stand);
    else greet(stand, shown.held, { readAt: shown.readAt, provedAt: shown.readAt });
  };

  const leave = (seat: Seat): void => {
    if (seat.place === null) return;
    const { stand, caller } = seat.place;
    seat.place = null;
    stand.seats.delete(seat);
    forget(stand, caller, callersIn(stand));
    if (stand.seats.size === 0) stand.emptySince = clock.now();
    dissolveIfOver(stand.watch);
    touchHost(stand.watch.ref.host);
  };

  /** A token that worked and is refused has ended: whoever can bring another one is waited for. */
  const suspend = (scope: Scope, credential: string, error: GraphError): void => {
    const { stands, lists } = index.of(scope);
    const hasWorked = [...stands].some(({ readAt }) => readAt !== null) || [...lists].some((list) => list.hasListed);
    if (!hasWorked) return; // the read that failed ends its own streams
    for (const stand of [...stands]) {
      stand.provedAt = null;
      for (const seat of [...stand.seats]) {
        if (seat.place?.caller.credential !== credential || seat.authority.refused(error)) continue;
        stand.seats.delete(seat);
        failSeat(seat, error);
      }
      stand.suspended = stand.caller.credential === credential ? error : null;
      for (const seat of stand.seats) if (seat.place !== null) adopt(stand, seat.place.caller);
      if (stand.seats.size === 0) dropStand(stand);
      dissolveIfOver(stand.watch);
      touchHost(stand.watch.ref.host);
    }
    for (const stand of [...lists]) {
      stand.listedAt = null;
      for (const [reader, caller] of [...stand.readers]) {
        if (caller.credential !== credential || reader.authority.refused(error)) continue;
        stand.readers.delete(reader);
        reader.fail({ ref: null, error });
      }
      stand.suspended = stand.caller.credential === credential ? error : null;
      for (const caller of stand.readers.values()) adopt(stand, caller);
      if (stand.readers.size === 0) dropListStand(stand);
      dropIfEmpty(stand.group);
      touch(stand.group);
    }
  };

  /** What a scope was denied it hears nothing more of, whoever found out. Its next read says how it goes on. */
  const hearDenial = ({ scope, location, credential, error }: Denial): void => {
    if (location === null) {
      suspend(scope, credential, error);
      return;
    }
    const { stands, lists } = index.of(scope);
    for (const stand of stands) {
      const { ref } = stand.watch;
      if (ref.location !== location && ref.host.location !== location) continue;
      stand.provedAt = null;
      touchHost(ref.host);
    }
    for (const list of lists) {
      if (list.group.host.location !== location) continue;
      list.listedAt = null;
      touch(list.group);
    }
  };
  checks.onDenial(hearDenial);

  return {
    groups,
    find: (location) => watches.get(location)?.watch,
    get size() {
      return watches.size;
    },
    sit,
    leave,
    move(seat) {
      if (seat.place === null) return;
      const { caller } = seat.authority;
      const { stand } = seat.place;
      if (caller.scope === stand.caller.scope) {
        seat.place = { stand, caller };
        adopt(stand, caller);
        touchHost(seat.ref.host);
        return;
      }
      leave(seat);
      if ((groups.get(seat.ref.host.location)?.sizes.get(caller.scope) ?? 0) < maxPerHost) sit(seat, null);
      else failSeat(seat, tooMany(maxPerHost));
    },
    mayHear: ({ place }) => place === null || isProved(place.stand.provedAt, clock.now(), times),
    checkRoom(scope, refs) {
      const wanted = new Map<string, number>();
      for (const { host, location } of refs) {
        if (watches.get(location)?.watch.stands.has(scope) !== true) {
          wanted.set(host.location, (wanted.get(host.location) ?? 0) + 1);
        }
      }
      for (const [host, count] of wanted) {
        const group = groups.get(host);
        if ((group?.sizes.get(scope) ?? 0) + count > maxPerHost) throw tooMany(maxPerHost);
        if ((group?.stands ?? 0) + count > MAX_STANDS_PER_HOST) throw tooManyInAll();
      }
    },
    joinList(host, reader) {
      const { caller } = reader.authority;
      const group = groupOf(host);
      const lister: Lister = (group.lister ??= {
        startedAt: clock.now(),
        stands: new Map(),
        listedAt: null,
        notBefore: 0,
      });
      const known = lister.stands.get(caller.scope);
      const stand = known ?? newListStand(group, caller, clock.now());
      if (known === undefined) {
        lister.stands.set(caller.scope, stand);
        index.add(stand);
      }
      adopt(stand, caller);
      stand.readers.set(reader, caller);
      if (isProved(stand.listedAt, clock.now(), times)) seatReaders(stand, stand.listedAt, null);
      touch(group);
      return () => {
        stand.readers.delete(reader);
        forget(stand, caller, stand.readers.values());
        if (stand.readers.size === 0) dropListStand(stand);
        dropIfEmpty(group);
        touch(group);
      };
    },
    noteProof,
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
          else if (isForsaken) dropStand(stand);
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
  return new LimitError('WATCH_AGE', `It was watched for ${hours} hours and has not ended; subscribe again to go on.`);
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

/** As whom its seats are taken; an authority may have another caller by now, who stands elsewhere. */
function* callersIn({ seats }: Stand): Generator<Caller> {
  for (const { place } of seats) if (place !== null) yield place.caller;
}

function newStand(watch: Watch, caller: Caller, since: number): Stand {
  return {
    watch,
    caller,
    since,
    seats: new Set(),
    readAt: null,
    provedAt: null,
    suspended: null,
    isAwaited: true,
    checking: false,
    emptySince: null,
  };
}

function newListStand(group: HostGroup, caller: Caller, since: number): ListStand {
  return {
    group,
    caller,
    since,
    readers: new Map(),
    listedAt: null,
    hasListed: false,
    suspended: null,
    known: new Map(),
    isBehind: false,
    checking: false,
  };
}

/** The newer of two views of one operation: what a bus tells may overtake what a read returns. */
function newer(a: Held | null, b: Held): Held {
  if (a === null) return b;
  const [stampA, stampB] = [a.transitions.at(-1)?.stamp ?? 0, b.transitions.at(-1)?.stamp ?? 0];
  if (stampA !== stampB) return stampA > stampB ? a : b;
  return a.snapshot.checkedAt > b.snapshot.checkedAt ? a : b;
}
