import { earliestOf, latestOf } from '../lib/times.js';
import { isTerminal } from '../operation/state.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Lister, type ListStand } from './host-group.js';
import { type Due } from './schedule.js';
import { type Stand, type Watch } from './watch.js';

/** The times that polling keeps, in milliseconds. */
export interface PollTimes {
  /** The least time between two checks of one operation under one authority. */
  readonly intervalMs: number;
  /** How long a scope's own read counts. */
  readonly proofMs: number;
  /** How long a watch goes on after its last subscriber left: a reconnect finds it as it was. */
  readonly lingerMs: number;
  /** A watch that never reaches a terminal state ends after this. */
  readonly maxAgeMs: number;
  /** How long a 404 is taken for Graph's lag behind its own 202. */
  readonly notFoundGraceMs: number;
}

/** First reads wait so long for others who subscribe at the same moment. */
const GATHER_MS = 10;

/** A read that is due, or will be. */
export interface DueRead<S> {
  readonly stand: S;
  readonly at: number;
  /** Since when it is due, where it stands by or another process was in its way; it waits for company from then on only. */
  readonly since?: number;
  /**
   * `first`: the scope has no valid proof. `renewal`: its proof ends soon. `shared`: the check that serves all.
   * `standby`: that one, should the process that has made it so far not do so.
   */
  readonly why: 'first' | 'renewal' | 'shared' | 'standby';
}

/**
 * The most that a check is put off for the sake of others. By half an interval one of any two comes to the other; and by
 * some moments more also where they come round only after the interval and the time that Graph takes to answer, and where
 * another process makes the check of one of them, and this one stands by.
 */
export function mostLateMs(times: Pick<PollTimes, 'intervalMs'>): number {
  return times.intervalMs / 2 + 1.5 * standbyMs(times);
}

/** How long the check that all share is left to the process that made the last one, before another steps in. */
export function standbyMs({ intervalMs }: Pick<PollTimes, 'intervalMs'>): number {
  return Math.min(2_000, intervalMs / 10);
}

/** From when on a proof may be renewed in the place of a shared check. */
export function earliestRenewalAt(provedAt: number, { proofMs }: Pick<PollTimes, 'proofMs'>): number {
  return provedAt + proofMs / 2;
}

/** When a proof has to be renewed at the latest, so that it does not end meanwhile. */
export function latestRenewalAt(provedAt: number, times: Pick<PollTimes, 'intervalMs' | 'proofMs'>): number {
  return provedAt + times.proofMs - times.intervalMs;
}

/**
 * When a proof is renewed. Where another process makes the shared checks, the renewal goes up a little before the next
 * one, which is then that check: so scopes that are watched from different processes take turns as they do within one.
 * The older a proof is, the earlier it goes; the lease lets one of them through.
 */
function renewAtOf(provedAt: number, sharedAt: number | null, times: PollTimes): number {
  const latestAt = latestRenewalAt(provedAt, times);
  const earliestAt = earliestRenewalAt(provedAt, times);
  if (sharedAt === null || sharedAt > latestAt || earliestAt >= latestAt) return latestAt;
  const age = (sharedAt - earliestAt) / (latestAt - earliestAt);
  const at = Math.floor(sharedAt - (standbyMs(times) * (1 + age)) / 2);
  return at < earliestAt ? latestAt : at;
}

/** Whether a read is for its own scope's proof, and not for all. */
export function isOwn({ why }: Pick<DueRead<unknown>, 'why'>): boolean {
  return why === 'first' || why === 'renewal';
}

/** Until when a failure forbids a scope the read of a location; null when none does. */
export type HeldBack = (caller: Caller, location: string) => number | null;

export function isProved(
  provedAt: number | null,
  now: number,
  { proofMs }: Pick<PollTimes, 'proofMs'>,
): provedAt is number {
  return provedAt !== null && provedAt + proofMs > now;
}

/**
 * When an operation is to be read next, and with whose token. The check that all share is made with the token whose
 * proof is oldest, so that proofs are mostly renewed by checks that are due anyway.
 */
export function dueReads(watch: Watch, now: number, times: PollTimes, heldBack: HeldBack): DueRead<Stand>[] {
  const stands = [...watch.stands.values()].filter(({ suspended }) => suspended === null);
  if (watch.held !== null && isTerminal(watch.held.snapshot.operation.state)) {
    return stands.flatMap((stand) => firstRead(watch, stand, now, times, heldBack));
  }
  const own = stands.flatMap((stand) => [
    ...firstRead(watch, stand, now, times, heldBack),
    ...renewal(watch, stand, now, times, heldBack),
  ]);
  if (watch.held === null || stands.some(({ checking }) => checking)) return own;
  const stand = oldestProof(
    stands.filter(({ provedAt }) => isProved(provedAt, now, times)),
    ({ provedAt }) => provedAt,
  );
  if (stand === null) return own;
  const checkedAt = watch.held.snapshot.checkedAt;
  const since = Math.max(
    checkedAt + times.intervalMs,
    (stand.readAt ?? 0) + times.intervalMs, // of a read that a process did not live to write down
    heldBack(stand.caller, watch.ref.location) ?? 0,
  );
  const standsByUntil = watch.isKeptElsewhere ? checkedAt + times.intervalMs + standbyMs(times) : 0;
  const at = Math.max(since, standsByUntil, stand.notBefore);
  // Somebody with a proof waits for a state that is young enough: that is as urgent as a first read.
  const isAwaited = stands.some((each) => each.isAwaited && isProved(each.provedAt, now, times));
  return [...own, { stand, at, since, why: isAwaited ? 'first' : watch.isKeptElsewhere ? 'standby' : 'shared' }];
}

function firstRead(watch: Watch, stand: Stand, now: number, times: PollTimes, heldBack: HeldBack): DueRead<Stand>[] {
  if (stand.checking || stand.seats.size === 0 || isProved(stand.provedAt, now, times)) return [];
  const at = Math.max(
    stand.since + GATHER_MS,
    (stand.readAt ?? 0) + times.intervalMs, // a proof that was withdrawn is not renewed any earlier
    stand.notBefore,
    heldBack(stand.caller, watch.ref.location) ?? 0,
  );
  return [{ stand, at, why: 'first' }];
}

function renewal(watch: Watch, stand: Stand, now: number, times: PollTimes, heldBack: HeldBack): DueRead<Stand>[] {
  const isWatched = stand.seats.size > 0 || stand.along !== null;
  if (stand.checking || !isWatched || !isProved(stand.provedAt, now, times)) return [];
  const sharedAt =
    watch.isKeptElsewhere && watch.held !== null ? watch.held.snapshot.checkedAt + times.intervalMs : null;
  const at = Math.max(
    stand.provedAt + times.intervalMs,
    renewAtOf(stand.provedAt, sharedAt, times),
    stand.notBefore,
    heldBack(stand.caller, watch.ref.location) ?? 0,
  );
  return [{ stand, at, why: 'renewal' }];
}

/** The same for a whole host's list. */
export function dueLists(
  lister: Lister,
  path: string,
  now: number,
  times: PollTimes,
  heldBack: HeldBack,
): DueRead<ListStand>[] {
  const stands = [...lister.stands.values()].filter(({ suspended }) => suspended === null);
  const notBefore = (stand: ListStand): number => Math.max(stand.notBefore, heldBack(stand.caller, path) ?? 0);
  const own = stands.flatMap((stand): DueRead<ListStand>[] => {
    if (stand.checking) return [];
    if (!isProved(stand.listedAt, now, times)) {
      return [{ stand, at: Math.max(stand.since + GATHER_MS, notBefore(stand)), why: 'first' }];
    }
    const renewAt = stand.isBehind ? 0 : latestRenewalAt(stand.listedAt, times);
    return [{ stand, at: Math.max(stand.listedAt + times.intervalMs, renewAt, notBefore(stand)), why: 'renewal' }];
  });
  if (lister.listedAt === null || stands.some(({ checking }) => checking)) return own;
  const stand = oldestProof(
    stands.filter(({ listedAt }) => isProved(listedAt, now, times)),
    ({ listedAt }) => listedAt,
  );
  if (stand === null) return own;
  const sharedAt = lister.listedAt + times.intervalMs + (lister.isKeptElsewhere ? standbyMs(times) : 0);
  const why = lister.isKeptElsewhere ? 'standby' : 'shared';
  const since = lister.listedAt + times.intervalMs;
  return [...own, { stand, at: Math.max(sharedAt, notBefore(stand)), since, why }];
}

function oldestProof<S>(stands: readonly S[], readAtOf: (stand: S) => number | null): S | null {
  return stands.reduce<S | null>(
    (oldest, stand) => (oldest === null || (readAtOf(stand) ?? 0) < (readAtOf(oldest) ?? 0) ? stand : oldest),
    null,
  );
}

/**
 * When a host is to be read: at once for a first read. Checks of the same host wait for each other, a little more than
 * half an interval at most, because together they are one list; afterwards they are in step and wait no more. With reads
 * of other hosts under the same token they share a request, which saves less and is worth less waiting. Renewals of
 * different tokens can share nothing: they do not wait for each other, and so come one by one as they began.
 */
export function dueOfHost(reads: readonly DueRead<{ readonly caller: Caller }>[], times: PollTimes): Due | null {
  const shared = reads.filter(({ why }) => why === 'shared');
  const standby = reads.filter(({ why }) => why === 'standby');
  const own = new Map<Scope, DueRead<{ readonly caller: Caller }>[]>();
  for (const read of reads) {
    if (!isOwn(read)) continue;
    const { scope } = read.stand.caller;
    const ofScope = own.get(scope);
    if (ofScope === undefined) own.set(scope, [read]);
    else ofScope.push(read);
  }
  const isAlone = own.size === 1 && reads.every(({ why }) => why !== 'first');
  const sharedAt = earliestOf(shared.map(({ at }) => at));
  const renewsSoon = reads.some((read) => isOwn(read) && read.at <= sharedAt + mostLateMs(times));
  // Two processes that each keep a part of a host get in step by this, and then one list serves for both.
  const together = shared.length > 0 && !renewsSoon ? [...shared, ...standby] : shared;
  const parties = isAlone ? [[...together, ...(own.values().next().value ?? [])]] : [together, ...own.values()];
  if (together === shared) parties.push(standby); // nothing waits for what is hoped not to be needed
  const dues = parties.flatMap((party) => dueTogether(party, times) ?? []);
  const [earliest] = dues.sort((a, b) => a.at - b.at);
  // Company for one party holds up no other: who else is there is nothing to be told by when an answer comes.
  return earliest === undefined ? null : { ...earliest, latestAt: earliestOf(dues.map(({ latestAt }) => latestAt)) };
}

function dueTogether(reads: readonly DueRead<{ readonly caller: Caller }>[], times: PollTimes): Due | null {
  let first: DueRead<{ readonly caller: Caller }> | null = null;
  for (const read of reads) if (first === null || read.at < first.at) first = read;
  if (first === null) return null;
  const lane = first.stand.caller.scope;
  const firstAt = earliestOf(reads.filter(({ why }) => why === 'first').map(({ at }) => at));
  const checks = reads.filter(({ why }) => why !== 'first');
  if (checks.length === 0) return { at: firstAt, latestAt: firstAt, lane };
  const earliest = earliestOf(checks.map(({ at }) => at));
  const dueSince = earliestOf(checks.map(({ at, since = at }) => since));
  const inTime = checks.map(({ at }) => at).filter((at) => at <= dueSince + mostLateMs(times));
  const inStepAt = Math.max(earliest, latestOf(inTime));
  if (firstAt <= inStepAt) return { at: firstAt, latestAt: firstAt, lane };
  return { at: inStepAt, latestAt: Math.max(inStepAt, dueSince + times.intervalMs / 3), lane };
}
