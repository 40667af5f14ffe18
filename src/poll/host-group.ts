import { type GraphError } from '../operation/failure.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { type Authority } from './authority.js';
import { type WholeList } from './reads.js';
import { type Ending } from './stream.js';
import { type Company, type Watch } from './watch.js';

/** All that is watched of one host; it is read together where that costs less. */
export interface HostGroup {
  readonly host: OperationHost;
  readonly watches: Map<string, Watch>;
  /** How many of the watches each scope has a stand in, for somebody of this process. */
  readonly sizes: Map<Scope, number>;
  /** What each scope watches of it in other processes only. */
  readonly companies: Map<Scope, Company>;
  /** How many stands there are in its watches. */
  stands: number;
  lister: Lister | null;
}

/**
 * The watch of a whole host: its list is read once per interval for all who watch it, and what is new on it becomes a
 * watch of its own. Its subscribers stand by scope too: an operation that one scope's list shows is told to another
 * only after that scope's own list has shown it.
 */
export interface Lister {
  readonly stands: Map<Scope, ListStand>;
  /** When anybody's token last read the list, in whichever process; epoch ms. */
  listedAt: number | null;
  /** As in the watch of an operation. */
  isKeptElsewhere: boolean;
}

export interface ListStand {
  readonly group: HostGroup;
  /** As in the stand of an operation. */
  caller: Caller;
  readonly since: number;
  /** Each as the caller that it came as. */
  readonly readers: Map<ListReader, Caller>;
  /** When this scope last read the list, epoch ms; null where it never did, or where that proves nothing any more. */
  listedAt: number | null;
  /** Lists that were read before this prove nothing, epoch ms. */
  deniedSince: number;
  /** Whether this scope's token has ever read the list. */
  hasListed: boolean;
  /** As in the stand of an operation. */
  suspended: GraphError | null;
  readonly refused: Set<string>;
  /** What this scope's own list showed last, by location. */
  known: ReadonlyMap<string, OperationRef>;
  /** Another scope's list shows an operation that this one's did not. */
  isBehind: boolean;
  checking: boolean;
  /** No list with this scope's token before this: it would check something of the host too early; epoch ms. */
  notBefore: number;
}

/** One subscriber of a whole host. */
export interface ListReader {
  readonly authority: Authority;
  /** Operations that this subscriber has a seat in, or has had. */
  readonly entered: Set<string>;
  /**
   * @param listedAt when this scope read the list that leads there, epoch ms
   * @param shown what that list has just told, by location; null when it was read earlier
   */
  readonly enter: (refs: readonly OperationRef[], listedAt: number, shown: ReadonlyMap<string, Held> | null) => void;
  readonly fail: (ending: Ending) => void;
}

/** Seats every reader of a scope in what its list shows, in the order of locations. */
export function seatReaders(stand: ListStand, listedAt: number, shown: ReadonlyMap<string, Held> | null): void {
  const refs = [...stand.known.values()].sort((a, b) => (a.location < b.location ? -1 : 1));
  for (const reader of stand.readers.keys()) {
    const entering = refs.filter(({ location }) => !reader.entered.has(location));
    for (const { location } of entering) reader.entered.add(location);
    reader.enter(entering, listedAt, shown);
  }
}

/** Another process has read the list: what it showed there, the scopes here are to see for themselves. */
export function noteListElsewhere(lister: Lister, locations: readonly string[], readAt: number): void {
  if (readAt <= (lister.listedAt ?? 0)) return;
  lister.listedAt = readAt;
  lister.isKeptElsewhere = true;
  for (const stand of lister.stands.values()) {
    stand.isBehind ||= locations.some((location) => !stand.known.has(location));
  }
}

/**
 * Writes down what one scope's list showed, and who has fallen behind it.
 * @returns whether the scope may be told of it; not where Graph has denied it the host since
 */
export function noteList(lister: Lister, stand: ListStand, { refs, readAt }: WholeList): boolean {
  if (readAt > (lister.listedAt ?? 0)) {
    lister.listedAt = readAt;
    lister.isKeptElsewhere = false;
  }
  const isValid = readAt >= stand.deniedSince;
  stand.listedAt = isValid ? readAt : null;
  stand.hasListed = true;
  stand.isBehind = false;
  stand.known = new Map(refs.map((ref) => [ref.location, ref]));
  for (const other of lister.stands.values()) {
    if (other !== stand) other.isBehind ||= refs.some(({ location }) => !other.known.has(location));
  }
  return isValid;
}
