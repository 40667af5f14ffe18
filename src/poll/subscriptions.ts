import { InputError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Authority } from './authority.js';
import { digestOf, parseCursor, type Cursor } from './cursor.js';
import { HostSubscription } from './host-subscription.js';
import { takePlaces, type Places } from './places.js';
import { type Store } from './ports.js';
import { RefsSubscription } from './refs-subscription.js';
import { type EventStream } from './stream.js';
import { type Watches } from './watches.js';

/** Turns what a client asks for into seats, and what the seats are told into one stream. */
export interface Subscriptions {
  /** @throws {InputError} for a cursor that is none, or no ref at all; {LimitError} where there is no room */
  watchOperations(authority: Authority, refs: readonly OperationRef[], after: string | null): EventStream;
  /** @throws {InputError} for a cursor that is none */
  watchHost(
    authority: Authority,
    host: OperationHost,
    filter: (operation: Operation) => boolean,
    after: string | null,
  ): EventStream;
  /** Ends every stream there is. */
  endAll(): void;
}

export function createSubscriptions(
  watches: Watches,
  places: Places,
  store: Pick<Store, 'latestStamp'>,
): Subscriptions {
  const running = new Set<RefsSubscription | HostSubscription>();
  const onDone = (one: RefsSubscription | HostSubscription): void => void running.delete(one);

  /** A client cannot have been told of what has not happened yet: a stamp of the future knows nothing. */
  const readCursor = (after: string | null): Cursor | null => {
    const cursor = after === null ? null : parseCursor(after);
    return cursor !== null && cursor.stamp > store.latestStamp() ? { ...cursor, digest: '' } : cursor;
  };

  return {
    watchOperations(authority, given, after) {
      // One that is watched already is held once, however many watch it.
      const refs = inOrder(given).map((ref) => watches.find(ref.location)?.ref ?? ref);
      if (refs.length === 0) throw new InputError('refs is empty: name at least one operation to watch.');
      const { caller } = authority;
      const tooMany = watches.refusalOf(caller.scope, refs);
      if (tooMany !== null) throw tooMany;
      const cursor = readCursor(after);
      const taken = takePlaces(places, caller.subject);
      const refusal = taken.take(refs.length);
      if (refusal !== null) throw refusal;
      const digest = digestOf(refs.map(({ location }) => location));
      const subscription = new RefsSubscription({ watches, authority, refs, digest, after: cursor, taken, onDone });
      running.add(subscription);
      subscription.sit();
      return subscription.stream;
    },

    watchHost(authority, host, filter, after) {
      const taken = takePlaces(places, authority.caller.subject);
      const cursor = readCursor(after);
      const digest = digestOf([listPath(host)]);
      const options = { watches, authority, host, filter, digest, after: cursor, taken, onDone };
      const subscription = new HostSubscription(options);
      running.add(subscription);
      subscription.join();
      return subscription.stream;
    },

    endAll() {
      for (const { stream } of [...running]) stream.end();
    },
  };
}

/** Each operation once, in the order of locations. */
function inOrder(refs: readonly OperationRef[]): readonly OperationRef[] {
  if (refs.length < 2) return refs;
  return [...new Map(refs.map((ref) => [ref.location, ref])).values()].sort((a, b) =>
    a.location < b.location ? -1 : 1,
  );
}
