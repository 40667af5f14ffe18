import { type Clock } from '../lib/clock.js';
import { GraphError, InputError } from '../operation/failure.js';
import { listPath, type OperationHost } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type HeldPage } from '../operation/snapshot.js';
import { remaining, type Failures } from './failures.js';
import { type Store } from './ports.js';
import { type Proofs } from './proofs.js';
import { type Cost } from './reads.js';
import { type SeenPage } from './seen.js';
import { type PollTally } from './tally.js';

export interface ListPagesOptions {
  readonly store: Store;
  readonly proofs: Proofs;
  readonly failures: Failures;
  readonly clock: Clock;
  readonly tally: PollTally;
  /** Reads a page, or waits for the read of this host that the caller's scope has under way. */
  readonly renew: (caller: Caller, host: OperationHost, link: string | null, cost: Cost) => Promise<void>;
}

/** A page that was asked for so often and is not there yet will not come. */
const MAX_ROUNDS = 200;

/**
 * Pages of lists for queries: what this scope read within the interval is served to it again, and what it did not is read.
 */
export function createListPages({ store, proofs, failures, clock, tally, renew }: ListPagesOptions) {
  const see = async (host: OperationHost, page: HeldPage): Promise<SeenPage> => {
    const located = page.entries.flatMap((entry) => ('location' in entry ? [entry.location] : []));
    const helds = new Map((await store.snapshots.get(located)).map((held, at) => [located[at], held] as const));
    return {
      nextLink: page.nextLink,
      entries: page.entries.map((entry) => {
        if ('malformed' in entry) {
          return new GraphError({ kind: 'malformed', detail: entry.malformed }, entry.malformed);
        }
        const held = helds.get(entry.location);
        if (held == null) {
          const message = 'This operation was held too long ago; ask for the list again.';
          return new GraphError({ kind: 'unavailable' }, message);
        }
        const ref = { host, operationId: held.snapshot.operation.operationId, location: entry.location };
        return { ref, held, delayedBy: null };
      }),
    };
  };

  return {
    /**
     * @param link path and query of a further page; null is the first one
     * @throws {InputError} for a link that Graph did not give to this scope
     */
    async look(
      caller: Caller,
      host: OperationHost,
      link: string | null,
      cost: Cost,
    ): Promise<SeenPage | GraphError | null> {
      if (link !== null && !(await proofs.hasLink(caller.scope, link))) {
        throw new InputError(
          '`after` is a cursor that was not given to this caller, or too long ago: begin anew without.',
        );
      }
      const key = link ?? listPath(host);
      for (let round = 0; round < MAX_ROUNDS; round++) {
        const failure = failures.active(caller, key);
        if (failure !== null) return remaining(failure, clock.now());
        const page = await store.pages.get(caller.scope, key);
        if (page !== null) {
          if (!(await proofs.speaksFor(caller, host, page.readAt))) {
            return proofs.refusalOf(caller, host, page.readAt);
          }
          if (round === 0) {
            cost.snapshots += page.entries.length;
            tally.served += page.entries.length;
          }
          return see(host, page);
        }
        await renew(caller, host, link, cost);
      }
      return null;
    },
  };
}
