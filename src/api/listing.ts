import { parseOpaque, printOpaque } from '../lib/opaque.js';
import { GraphError, InputError } from '../operation/failure.js';
import { parseListLink } from '../operation/location.js';
import { type Operation } from '../operation/operation.js';
import { type OperationHost } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Checks } from '../poll/checks.js';
import { digestOf } from '../poll/cursor.js';
import { type Seen } from '../poll/seen.js';
import { MAX_PAGES } from '../poll/held-list.js';
import { type Cost } from '../poll/reads.js';

/** A place in a list: behind an operation on the page that `link` leads to, or before all of that page. */
interface Place {
  /** Graph's nextLink, path and query; null for the first page. */
  readonly link: string | null;
  /** Position on the page, -1 for before all. */
  readonly index: number;
  /** Graph's id of the operation there, which finds it again when the page has shifted; empty where it has none. */
  readonly operationId: string;
}

export interface Listed {
  readonly entry: Seen | GraphError;
  readonly cursor: string;
}

export interface Listing {
  readonly entries: readonly Listed[];
  readonly hasNextPage: boolean;
  readonly endCursor: string | null;
}

export interface ListRequest {
  readonly checks: Checks;
  readonly caller: Caller;
  readonly host: OperationHost;
  readonly graphRoot: URL;
  readonly cost: Cost;
  readonly first: number;
  readonly after: string | null;
  readonly matches: (operation: Operation) => boolean;
  /** Null keeps Graph's order. */
  readonly order: ListOrder | null;
}

export interface ListOrder {
  /** Other orders have other names. */
  readonly name: string;
  /** Negative, zero or positive, as a sort wants it. */
  readonly compare: (a: Operation, b: Operation) => number;
}

/**
 * One page of a list for a client, made of as many of Graph's pages as it takes and `MAX_PAGES` at the most. What Graph
 * is not documented to filter or sort by is done here, on the pages that were read.
 *
 * @throws {InputError} for a cursor that is none, or one of another list
 * @throws {GraphError} when a page cannot be read
 */
export async function listOperations(request: ListRequest): Promise<Listing> {
  const place =
    request.after === null ? { link: null, index: -1, operationId: '' } : parsePlace(request.after, request);
  return request.order === null ? inGraphsOrder(request, place) : inOrder(request, request.order, place);
}

async function inGraphsOrder(request: ListRequest, start: Place): Promise<Listing> {
  const entries: Listed[] = [];
  let { link } = start;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page = await readPage(request, link);
    const from = pages === 0 ? indexBehind(page.entries, start) : 0;
    for (let index = from; index < page.entries.length; index++) {
      const entry = page.entries[index];
      if (entry === undefined || !isWanted(request, entry)) continue;
      const last = entries.at(-1);
      if (entries.length === request.first) return { entries, hasNextPage: true, endCursor: last?.cursor ?? null };
      entries.push({ entry, cursor: printPlace({ link, index, operationId: operationIdOf(entry) }, request) });
    }
    if (page.nextLink === null) return { entries, hasNextPage: false, endCursor: entries.at(-1)?.cursor ?? null };
    link = page.nextLink;
    if (entries.length === request.first) break;
  }
  // Whether anything behind here matches is not known until it is read; the cursor leads straight to it.
  return { entries, hasNextPage: true, endCursor: printPlace({ link, index: -1, operationId: '' }, request) };
}

async function inOrder(request: ListRequest, { compare }: ListOrder, start: Place): Promise<Listing> {
  const all: (Seen | GraphError)[] = [];
  let link: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page: Awaited<ReturnType<typeof readPage>> = await readPage(request, link);
    all.push(...page.entries.filter((entry) => isWanted(request, entry)));
    link = page.nextLink;
    if (link === null) break;
  }
  const sorted = all.sort((a, b) => {
    if (a instanceof GraphError || b instanceof GraphError)
      return Number(a instanceof GraphError) - Number(b instanceof GraphError);
    return compare(a.held.snapshot.operation, b.held.snapshot.operation) || (a.ref.location < b.ref.location ? -1 : 1);
  });
  const from = indexBehind(sorted, start);
  const entries = sorted.slice(from, from + request.first).map((entry, at): Listed => {
    const place = { link: null, index: from + at, operationId: operationIdOf(entry) };
    return { entry, cursor: printPlace(place, request) };
  });
  return {
    entries,
    hasNextPage: sorted.length > from + entries.length,
    endCursor: entries.at(-1)?.cursor ?? null,
  };
}

async function readPage({ checks, caller, host, cost }: ListRequest, link: string | null) {
  const page = await checks.lookAtPage(caller, host, link, cost);
  if (page instanceof GraphError) throw page;
  return page;
}

/** An entry that cannot be read is shown as what it is: a filter cannot say that it was not wanted. */
function isWanted({ matches }: ListRequest, entry: Seen | GraphError): boolean {
  return entry instanceof GraphError || matches(entry.held.snapshot.operation);
}

function operationIdOf(entry: Seen | GraphError): string {
  return entry instanceof GraphError ? '' : entry.ref.operationId;
}

/** Where to go on: behind the operation itself where it still is on the page, else behind the place it had. */
function indexBehind(entries: readonly (Seen | GraphError)[], { index, operationId }: Place): number {
  const found = operationId === '' ? -1 : entries.findIndex((entry) => operationIdOf(entry) === operationId);
  return (found === -1 ? index : found) + 1;
}

/** Which list a cursor is of: in another one its place means nothing. */
type ListName = Pick<ListRequest, 'host' | 'order'>;

function digestOfList({ host, order }: ListName): string {
  return digestOf([host.location, order?.name ?? '']);
}

function printPlace({ link, index, operationId }: Place, list: ListName): string {
  return printOpaque([digestOfList(list), link, index, operationId]);
}

/** The link in a cursor goes upstream with a token, so it is held to the same list as one that came from Graph. */
function parsePlace(text: string, list: ListName & Pick<ListRequest, 'graphRoot'>): Place {
  const [digest, link, index, operationId] = parseOpaque(text, 4) ?? [];
  const isIndex = typeof index === 'number' && Number.isInteger(index) && index >= -1 && index < 1_000_000;
  if (digest === digestOfList(list) && isIndex && typeof operationId === 'string') {
    if (link === null) return { link, index, operationId };
    if (typeof link === 'string') return { link: parseListLink(link, list.host, list.graphRoot), index, operationId };
  }
  throw new InputError(
    '`after` is not a cursor of this list in this order: give back an `endCursor` or the `cursor` of an edge of it.',
  );
}
