import { type GraphAnswer, type GraphError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { listPath, type OperationHost, type OperationRef } from '../operation/ref.js';
import { readItem } from './item.js';
import { readListPage, type ListPage } from './list.js';

/** One thing to ask Graph for: an operation, or one page of a host's list of operations. */
export type Read =
  | { readonly type: 'item'; readonly ref: OperationRef }
  /** `link` is what an earlier page gave as `nextLink`; null asks for the first page. */
  | { readonly type: 'page'; readonly host: OperationHost; readonly link: string | null };

/** What came of one read: an operation for an `item`, a page for a `page`. */
export type ReadOutcome = Operation | ListPage | GraphError;

/** A read on its way to Graph. */
export interface Outgoing {
  /** Its place among the reads that were asked for together. */
  readonly at: number;
  readonly read: Read;
  /** The host whose limits it counts against. */
  readonly host: OperationHost;
  /** What is read: an operation, or a list whichever of its pages. */
  readonly location: string;
  /** What is asked for, below Graph's root: a versioned path, and the query of a further page. */
  readonly path: string;
}

export interface Settled {
  readonly at: number;
  readonly outcome: ReadOutcome;
  /** What Graph said besides; empty where nothing was sent. */
  readonly answer: GraphAnswer;
}

export function prepare(read: Read, at: number): Outgoing {
  return read.type === 'item'
    ? { at, read, host: read.ref.host, location: read.ref.location, path: read.ref.location }
    : { at, read, host: read.host, location: listPath(read.host), path: read.link ?? listPath(read.host) };
}

/** @throws {GraphError} `malformed` */
export function decode(read: Read, body: unknown, graphRoot: URL): Operation | ListPage {
  return read.type === 'item' ? readItem(read.ref, body) : readListPage(read.host, body, graphRoot);
}
