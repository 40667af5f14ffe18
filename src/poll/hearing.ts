import { type Clock } from '../lib/clock.js';
import { GraphError, mayPass } from '../operation/failure.js';
import { listPath } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { type Checks } from './checks.js';
import { mostLateMs, type PollTimes } from './dues.js';
import { type Failure } from './failures.js';
import { noteList, seatReaders, type HostGroup, type ListStand } from './host-group.js';
import { type HostNotices } from './host-notices.js';
import { type HostJob, type Readings } from './reads.js';
import { type PollTally } from './tally.js';
import { type Stand, type Watch } from './watch.js';
import { type Watches } from './watches.js';

/** What becomes of an answer: whoever may hear it is told, and a failure that will not pass ends what it is about. */
export interface Hearing {
  /**
   * Hears what was read with a caller's token, also of operations that the reads were not made for.
   * @param startedAt when the reads began, epoch ms: what is younger was read by them, and by no other process
   */
  hear(caller: Caller, jobs: readonly HostJob[], readings: Readings, startedAt: number): Promise<void>;
}

export interface HearingOptions {
  readonly checks: Pick<Checks, 'proofs' | 'failureOf' | 'hostReadAt'>;
  readonly clock: Clock;
  readonly times: PollTimes;
  readonly tally: PollTally;
  readonly watches: Watches;
  readonly notices: Pick<HostNotices, 'tellList'>;
}

/** Another process holds the lease, or the store did not answer: look again after a moment. */
export const RETRY_MS = 1_000;
/** So many unreadable answers in a row may be a proxy's bad minute; after them the stream ends. */
const MALFORMED_TOLERATED = 2;

export function createHearing({ checks, clock, times, tally, watches, notices }: HearingOptions): Hearing {
  const hearOperations = async (caller: Caller, readings: Readings, startedAt: number): Promise<void> => {
    const heard = [...readings.operations.keys()].flatMap((location) => watches.find(location) ?? []);
    const proofs = await checks.proofs(
      caller,
      heard.map(({ ref }) => ref),
    );
    for (const [at, watch] of heard.entries()) {
      const outcome = readings.operations.get(watch.ref.location);
      const stand = watch.stands.get(caller.scope);
      if (outcome instanceof GraphError) {
        if (stand !== undefined) hearFailure(watch, stand, caller, outcome);
      } else if (outcome !== undefined) {
        const proof = proofs[at];
        if (stand !== undefined && proof !== undefined) watches.noteProof(stand, proof);
        // Should another process have read it meanwhile, that one says so.
        if (outcome.snapshot.checkedAt >= startedAt) {
          if (watch.isKeptElsewhere) tally.takeovers += 1;
          watch.isKeptElsewhere = false;
        }
        watches.hear(watch, outcome);
      }
    }
  };

  const hearFailure = (watch: Watch, stand: Stand, caller: Caller, error: GraphError): void => {
    const isBearable =
      stand.readAt === null
        ? isLag(error, stand.since)
        : isGlitch(error, checks.failureOf(stand.caller, watch.ref.location));
    if (mayPass(error.reason) || isBearable || isOver(stand, caller, error)) return;
    watches.end(watch, stand, error);
  };

  /** Graph's answers lag behind its own 202: what is not found right after it may be found in a minute. */
  const isLag = ({ reason }: GraphError, since: number): boolean =>
    reason.kind === 'notFound' && clock.now() - since < times.notFoundGraceMs;

  const hearList = async (group: HostGroup, caller: Caller, readings: Readings, startedAt: number): Promise<void> => {
    const { lister, host } = group;
    const stand = lister?.stands.get(caller.scope);
    if (lister === null || stand === undefined) return;
    const outcome = readings.lists.get(host.location);
    if (outcome === undefined) {
      // Something of the host was read a moment ago, and the list would read it again too early; or it is read just now
      // with another token, and this one looks again after a moment.
      const readAt = await checks.hostReadAt(caller, host);
      const again = clock.now() + RETRY_MS;
      const freeAt = (readAt ?? -Infinity) + times.intervalMs;
      const lastAt = (stand.listedAt ?? 0) + times.intervalMs + mostLateMs(times);
      stand.notBefore = freeAt > clock.now() ? Math.min(freeAt, Math.max(lastAt, again)) : again;
    } else if (outcome instanceof GraphError) {
      const isBearable = !stand.hasListed
        ? isLag(outcome, stand.since)
        : isGlitch(outcome, checks.failureOf(caller, listPath(host)));
      if (mayPass(outcome.reason) || isBearable || isOver(stand, caller, outcome)) return;
      watches.endList(group, stand, outcome);
    } else {
      if (outcome.readAt >= startedAt) notices.tellList(host, outcome);
      if (noteList(lister, stand, outcome)) seatReaders(stand, outcome.readAt, heldOnly(readings));
    }
  };

  return {
    async hear(caller, jobs, readings, startedAt) {
      await hearOperations(caller, readings, startedAt);
      for (const { host, list } of jobs) {
        const group = watches.groups.get(host.location);
        if (group !== undefined && list !== 'ifCheaper') await hearList(group, caller, readings, startedAt);
      }
    },
  };
}

/** An unreadable answer after good ones may be a proxy's; the watch goes on until there were too many in a row. */
function isGlitch({ reason }: GraphError, failure: Failure | null): boolean {
  return reason.kind === 'malformed' && (failure?.attempts ?? 1) <= MALFORMED_TOLERATED;
}

/** A refused token that the scope reads with no more, or that another one is awaited for, ends nothing any more. */
function isOver({ suspended, refused }: Stand | ListStand, { credential }: Caller, { reason }: GraphError): boolean {
  return reason.kind === 'unauthenticated' && (suspended !== null || refused.has(credential));
}

function heldOnly({ operations }: Readings): ReadonlyMap<string, Held> {
  return new Map([...operations].flatMap(([location, held]) => (held instanceof GraphError ? [] : [[location, held]])));
}
