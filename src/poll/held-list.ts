import { createRef, listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { type Store } from './ports.js';

/** A list longer than this is read no further: 10 pages are 10 requests against the budget of its host. */
export const MAX_PAGES = 10;

/** What one scope read of a host's list within the interval. */
export interface HeldList {
  readonly refs: readonly OperationRef[];
  /** By location. */
  readonly helds: ReadonlyMap<string, Held>;
  /** When its oldest page was read, epoch ms. */
  readonly readAt: number;
  /** The page at which it breaks off; null when it is whole. */
  readonly nextLink: string | null;
}

/**
 * @param from the page to begin with; the first one unless told
 * @returns null when not even that page is held
 */
export async function readHeldList(
  store: Store,
  scope: Scope,
  host: OperationHost,
  from: string = listPath(host),
): Promise<HeldList | null> {
  const locations: string[] = [];
  let readAt = Infinity;
  let link: string | null = from;
  for (let pages = 0; pages < MAX_PAGES && link !== null; pages++) {
    const page = await store.pages.get(scope, link);
    if (page === null) break;
    locations.push(...page.entries.flatMap((entry) => ('location' in entry ? [entry.location] : [])));
    readAt = Math.min(readAt, page.readAt);
    link = page.nextLink;
  }
  if (readAt === Infinity) return null;
  const helds = new Map<string, Held>();
  for (const [at, held] of (await store.snapshots.get(locations)).entries()) {
    if (held !== null) helds.set(locations[at] ?? '', held);
  }
  const refs = [...helds.values()].map(({ snapshot }) => createRef(host, snapshot.operation.operationId));
  return { refs, helds, readAt, nextLink: link };
}
