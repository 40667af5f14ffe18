import { type Log } from '../lib/log.js';
import { LimitError, type GraphError } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { type Checks } from './checks.js';
import { isProved, type PollTimes } from './dues.js';
import { seatReaders, type HostGroup, type ListReader, type ListStand } from './host-group.js';
import { isFresh } from './known.js';
import { type Proof } from './proofs.js';
import { createRegistry, type Registry, type RegistryOptions } from './registry.js';
import { admit, adopt, callersIn, forget } from './stands.js';
import { createPollTally, type PollTally } from './tally.js';
import { catchUp, forsakenAt, hasRefusedToken, newer, type Seat, type Stand, type Watch } from './watch.js';
import { createWithdrawals } from './withdrawals.js';

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
  /** Another process watches these for a scope, until then, epoch ms, or no more where that is now. */
  goAlong(scope: Scope, refs: readonly OperationRef[], until: number): void;
  /** The seat's authority has another caller: it goes on where it was, once that one has proved its right. */
  move(seat: Seat): void;
  /** Whether what is held may be told to whoever sits here. */
  mayHear(seat: Seat): boolean;
  readonly refusalOf: Registry['refusalOf'];
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

export interface WatchesOptions extends Omit<RegistryOptions, 'hear'> {
  readonly checks: Checks;
  readonly log: Log;
  readonly times: PollTimes;
  readonly tally?: PollTally;
}

export function createWatches(options: WatchesOptions): Watches {
  const { checks, clock, log, times, touch, tally = createPollTally() } = options;
  const lookUps = new Set<Promise<void>>();
  const looking = new Set<Stand>();

  /** A read that comes within the interval is somebody's own, for a proof: it saves nothing, and nothing was due. */
  const count = (watch: Watch, { snapshot }: Held): void => {
    const lastAt = watch.held?.snapshot.checkedAt ?? null;
    if (lastAt !== null && snapshot.checkedAt < lastAt + times.intervalMs) return;
    let subscribers = 0;
    let since = Infinity;
    for (const stand of watch.stands.values()) {
      subscribers += stand.seats.size;
      since = Math.min(since, stand.since);
    }
    // What was read before anybody watched was not due.
    if (lastAt !== null && since < snapshot.checkedAt) {
      tally.checkLag.observe((snapshot.checkedAt - Math.max(lastAt + times.intervalMs, since)) / 1_000);
    }
    tally.savedReads += Math.max(0, subscribers - 1);
  };

  const hear = (watch: Watch, held: Held): void => {
    count(watch, held);
    watch.held = newer(watch.held, held);
    for (const stand of watch.stands.values()) tell(watch, stand);
    registry.dissolveIfOver(watch);
  };

  const tell = ({ held }: Watch, stand: Stand): void => {
    if (held === null) return;
    if (!isProved(stand.provedAt, clock.now(), times)) return;
    const fresh = isFresh(held, clock.now(), times.intervalMs);
    // Whoever was told of this already has nothing to hear, and that is nearly everybody when one more comes.
    const isToldAgain = stand.toldOf === held;
    const seats = isToldAgain ? [...stand.behind] : stand.seats;
    stand.toldOf = held;
    stand.isAwaited = false;
    for (const seat of seats) {
      if (isToldAgain && !stand.seats.has(seat)) {
        stand.behind.delete(seat);
        continue;
      }
      if (stand.refused.size > 0 && hasRefusedToken(seat)) {
        stand.behind.add(seat);
        continue;
      }
      const isOver = catchUp(seat, held, fresh);
      if (seat.position === null) {
        stand.isAwaited = true;
        stand.behind.add(seat);
        continue;
      }
      if (stand.behind.size > 0) stand.behind.delete(seat);
      if (isOver) {
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
    registry.dissolveIfOver(watch);
    touchHost(watch.ref.host);
  };

  const noteProof = (stand: Stand, { readAt, provedAt }: Proof): void => {
    stand.readAt = readAt;
    // It was looked up a moment ago, and may have been disproved since.
    stand.provedAt = provedAt !== null && provedAt >= stand.deniedSince ? provedAt : null;
  };

  /** One look for all of a scope who come meanwhile: they are there already when it is answered. */
  const lookUp = (stand: Stand): void => {
    if (looking.has(stand)) return;
    looking.add(stand);
    const { ref } = stand.watch;
    const work: Promise<void> = Promise.all([checks.proofs(stand.caller, [ref]), checks.held(ref.location)])
      .finally(() => looking.delete(stand))
      .then(([[proof], held]) => greet(stand, held, proof ?? { readAt: null, provedAt: null }))
      .catch((error: unknown) => {
        log.error({ err: error }, 'snapshot not looked up'); // the first read tells what this would have told
        touchHost(ref.host);
      })
      .finally(() => lookUps.delete(work));
    lookUps.add(work);
  };

  const touchHost = (host: OperationHost): void => {
    const group = registry.groups.get(host.location);
    if (group !== undefined) touch(group);
  };

  const end = (watch: Watch, stand: Stand, error: GraphError | LimitError): void => {
    registry.drop(stand);
    for (const seat of stand.seats) failSeat(seat, error);
    stand.seats.clear();
    stand.behind.clear();
    registry.dissolveIfOver(watch);
  };

  const failSeat = (seat: Seat, error: GraphError | LimitError): void => {
    seat.place = null;
    seat.fail({ ref: seat.ref, error });
    seat.finish();
  };

  const endList = (group: HostGroup, stand: ListStand, error: GraphError | LimitError): void => {
    registry.dropList(stand);
    for (const reader of stand.readers.keys()) reader.fail({ ref: null, error });
    stand.readers.clear();
    registry.dropIfEmpty(group);
  };

  /** Listens first, then looks at what is held: nothing can happen between the two that is not told. */
  const sit = (seat: Seat, shown: { readonly held: Held; readonly readAt: number } | null): void => {
    const { caller } = seat.authority;
    const stand = registry.standIn(seat.ref, caller);
    admit(stand, caller, stand.seats.size);
    stand.seats.add(seat);
    stand.behind.add(seat);
    seat.place = { stand, caller };
    stand.emptySince = null;
    stand.isAwaited = true;
    if (stand.suspended !== null && !seat.authority.refused(stand.suspended)) {
      leave(seat);
      failSeat(seat, stand.suspended);
    } else if (shown === null) {
      tell(stand.watch, stand);
      if (seat.position === null) lookUp(stand);
      registry.dissolveIfOver(stand.watch);
      touchHost(seat.ref.host);
    } else greet(stand, shown.held, { readAt: shown.readAt, provedAt: shown.readAt });
  };

  const leave = (seat: Seat): void => {
    if (seat.place === null) return;
    const { stand, caller } = seat.place;
    seat.place = null;
    stand.seats.delete(seat);
    stand.behind.delete(seat);
    forget(stand, caller, callersIn(stand));
    if (stand.seats.size === 0) stand.emptySince = clock.now();
    registry.dissolveIfOver(stand.watch);
    touchHost(stand.watch.ref.host);
  };

  const registry = createRegistry({ ...options, hear });
  checks.onDenial(createWithdrawals({ registry, failSeat, touchHost }));

  return {
    groups: registry.groups,
    find: registry.find,
    get size() {
      return registry.size;
    },
    sit,
    leave,
    goAlong(scope, refs, until) {
      for (const ref of refs) {
        const stand = registry.takeAlong(ref, scope, until);
        if (stand === null) continue;
        if (until <= clock.now()) touchHost(ref.host);
        // It is read only where the scope has proved its right to it, as it has where it watches it.
        else if (!isProved(stand.provedAt, clock.now(), times)) lookUp(stand);
      }
    },
    move(seat) {
      if (seat.place === null) return;
      const { caller } = seat.authority;
      const { stand } = seat.place;
      if (caller.scope === stand.caller.scope) {
        const before = seat.place.caller;
        seat.place = { stand, caller };
        forget(stand, before, callersIn(stand));
        adopt(stand, caller);
        touchHost(seat.ref.host);
        return;
      }
      leave(seat);
      const refusal = registry.refusalOf(caller.scope, [seat.ref]);
      if (refusal === null) sit(seat, null);
      else failSeat(seat, refusal);
    },
    mayHear: (seat) =>
      seat.place === null || (isProved(seat.place.stand.provedAt, clock.now(), times) && !hasRefusedToken(seat)),
    refusalOf: registry.refusalOf,
    joinList(host, reader) {
      const { caller } = reader.authority;
      const stand = registry.listStandIn(host, caller);
      const { group } = stand;
      admit(stand, caller, stand.readers.size);
      stand.readers.set(reader, caller);
      if (stand.suspended !== null && !reader.authority.refused(stand.suspended)) {
        reader.fail({ ref: null, error: stand.suspended });
      }
      if (isProved(stand.listedAt, clock.now(), times)) seatReaders(stand, stand.listedAt, null);
      touch(group);
      return () => {
        stand.readers.delete(reader);
        forget(stand, caller, stand.readers.values());
        if (stand.readers.size === 0) registry.dropList(stand);
        registry.dropIfEmpty(group);
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
        for (const stand of [...watch.stands.values()]) {
          const isTooOld = stand.since + times.maxAgeMs <= now;
          if (isTooOld) end(watch, stand, tooOld(times));
          else if (forsakenAt(stand, times) <= now) registry.drop(stand);
        }
        registry.dissolveIfOver(watch);
      }
      for (const stand of [...(group.lister?.stands.values() ?? [])]) {
        if (stand.since + times.maxAgeMs <= now) endList(group, stand, tooOld(times));
      }
      registry.dropIfEmpty(group);
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
