/**
 * Why there is no operation to show, and how long Graph asked to be left alone with it, where it did: it may say so with
 * any failure. Durations are milliseconds from the moment the error was made.
 */
export type Reason = Kind & { readonly retryAfterMs?: number };

/** The list is closed, so that the compiler names every place that has to decide. */
type Kind =
  /** 429, or 503 with Retry-After: Graph said when to come back. */
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  /** Our own budget below Graph's limits is spent; nothing was sent. */
  | { readonly kind: 'overBudget'; readonly retryAfterMs: number }
  /** Another 5xx, a time limit, no connection, an answer cut short. */
  | { readonly kind: 'unavailable' }
  /** 401. `claims` is the challenge of conditional access, to be handed back to the caller as it is. */
  | { readonly kind: 'unauthenticated'; readonly claims?: string }
  /** 403, likewise. */
  | { readonly kind: 'forbidden'; readonly claims?: string }
  /** 404 or 410. */
  | { readonly kind: 'notFound' }
  /** Another 4xx: Graph does not take the ids the caller named. */
  | { readonly kind: 'refused' }
  /** An answer, but not in Graph's format; `detail` names the member. */
  | { readonly kind: 'malformed'; readonly detail: string };

/** What Graph said of its own failure, for support and for machines; never shown in place of our own sentence. */
export interface GraphAnswer {
  readonly status?: number;
  /** The most exact of Graph's nested error codes. */
  readonly code?: string;
  readonly requestId?: string;
  readonly clientRequestId?: string;
}

/** A read of Graph that gave no operation. An operation that Graph reports as *failed* is not this: it is data. */
export class GraphError extends Error {
  override readonly name = 'GraphError';

  constructor(
    readonly reason: Reason,
    message: string,
    readonly answer: GraphAnswer = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The caller wrote something that cannot be used; the message says what, and what would be right. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The bounds of the gateway, as clients and metrics name them. */
export const LIMIT_NAMES = [
  'SOCKETS',
  'SOCKETS_PER_ADDRESS',
  'SUBSCRIPTIONS',
  'SUBSCRIPTIONS_PER_CALLER',
  'SUBSCRIPTIONS_PER_SOCKET',
  'OPERATIONS_PER_SECOND',
  'MESSAGE_BYTES',
  'UNREAD_BYTES',
  'BODY_BYTES',
  'CONNECTIONS',
  'PIPELINED_REQUESTS',
  'RESERVED_STREAMS',
  'REQUEST_SECONDS',
  'DOCUMENT_LENGTH',
  'DOCUMENT_DEPTH',
  'DOCUMENT_ALIASES',
  'DOCUMENT_DIRECTIVES',
  'DOCUMENT_TOKENS',
  'DOCUMENT_COST',
  'DOCUMENTS_IN_USE',
  'DOCUMENTS_IN_USE_PER_CALLER',
  'REFS',
  'IDS',
  'PAGE_SIZE',
  'WAITS',
  'WAITS_PER_CALLER',
  'WAIT_SECONDS',
  'WATCHED',
  'WATCHED_PER_CALLER',
  'WATCHED_PER_HOST',
  'WATCH_AGE',
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];

/** A bound of the gateway was reached; the message says which, and what would be right. */
export class LimitError extends Error {
  override readonly name = 'LimitError';

  constructor(
    readonly limit: LimitName,
    message: string,
  ) {
    super(message);
  }
}

/** A failure that time may heal: the next check is delayed, and a watch goes on. */
export function mayPass(reason: Reason): boolean {
  return reason.kind === 'throttled' || reason.kind === 'overBudget' || reason.kind === 'unavailable';
}

/** A caller who reads with its own token was told that this operation is not for it. */
export function deniesCaller(reason: Reason): boolean {
  return reason.kind === 'unauthenticated' || reason.kind === 'forbidden' || reason.kind === 'notFound';
}
