import { type EnvironmentReader } from './environment.js';

/** What the gateway takes at most. What is more is refused with `LIMIT_EXCEEDED`, and everything else goes on. */
export interface Limits {
  /** Open websockets: in this process, and from one address. */
  readonly sockets: number;
  /** Infinity for addresses of this machine, unless it was set. */
  readonly socketsPerAddress: number;
  readonly socketsPerLocalAddress: number;
  /** Operations that run on websockets, most of them subscriptions. */
  readonly subscriptions: number;
  readonly subscriptionsPerCaller: number;
  readonly subscriptionsPerSocket: number;
  /** GraphQL operations that begin on one websocket, per second in the long run. */
  readonly operationsPerSecond: number;
  readonly messageBytes: number;
  /** What may wait for a reader of a websocket. */
  readonly unreadBytes: number;
  /** The body of one HTTP request. */
  readonly bodyBytes: number;
  /** How long one HTTP request may take to arrive. */
  readonly requestMs: number;
  /** Open connections that are no websockets. */
  readonly connections: number;
  /** Of one GraphQL document. Its length is in characters, whatever they are for. */
  readonly documentLength: number;
  readonly documentDepth: number;
  readonly documentAliases: number;
  readonly documentDirectives: number;
  readonly documentTokens: number;
  /** Fields of an answer, the greatest number that a document may come to. */
  readonly documentCost: number;
  /** Characters of the different documents that run, comments and the like not counted: in this process, and of one caller. */
  readonly documentsInUse: number;
  readonly documentsInUsePerCaller: number;
  /** Operations that one subscription names. */
  readonly refs: number;
  /** Ids of one `nodes`. */
  readonly ids: number;
  /** `first` of a connection. */
  readonly pageSize: number;
  /** Calls of waitForOperation that wait at a time. */
  readonly waits: number;
  readonly waitsPerCaller: number;
  readonly waitSeconds: number;
  /** Operations that all subscriptions name together: in this process, and of one caller. */
  readonly watched: number;
  readonly watchedPerCaller: number;
  /** Operations that one caller watches by name in one team or chat. */
  readonly watchedPerHost: number;
}

export function readLimits({ text, wholeNumber }: EnvironmentReader): Limits {
  const socketsPerAddress = wholeNumber('MAX_SOCKETS_PER_ADDRESS', 2_000, 1, 10_000_000);
  return {
    sockets: wholeNumber('MAX_SOCKETS', 15_000, 1, 10_000_000),
    socketsPerAddress,
    socketsPerLocalAddress: text('MAX_SOCKETS_PER_ADDRESS') === undefined ? Infinity : socketsPerAddress,
    subscriptions: wholeNumber('MAX_SUBSCRIPTIONS', 200_000, 1, 100_000_000),
    subscriptionsPerCaller: wholeNumber('MAX_SUBSCRIPTIONS_PER_CALLER', 120_000, 1, 100_000_000),
    subscriptionsPerSocket: wholeNumber('MAX_SUBSCRIPTIONS_PER_SOCKET', 1_000, 1, 1_000_000),
    operationsPerSecond: wholeNumber('MAX_OPERATIONS_PER_SECOND', 100, 1, 1_000_000),
    messageBytes: wholeNumber('MAX_MESSAGE_BYTES', 262_144, 1_024, 104_857_600),
    unreadBytes: wholeNumber('MAX_UNREAD_BYTES', 4_194_304, 16_384, 1_073_741_824),
    bodyBytes: wholeNumber('MAX_BODY_BYTES', 1_048_576, 1_024, 104_857_600),
    requestMs: wholeNumber('MAX_REQUEST_SECONDS', 30, 1, 3_600) * 1_000,
    connections: wholeNumber('MAX_CONNECTIONS', 4_000, 1, 10_000_000),
    documentLength: wholeNumber('MAX_DOCUMENT_LENGTH', 20_000, 100, 10_000_000),
    documentDepth: wholeNumber('MAX_DOCUMENT_DEPTH', 12, 1, 1_000),
    documentAliases: wholeNumber('MAX_DOCUMENT_ALIASES', 150, 0, 10_000),
    documentDirectives: wholeNumber('MAX_DOCUMENT_DIRECTIVES', 50, 0, 10_000),
    documentTokens: wholeNumber('MAX_DOCUMENT_TOKENS', 2_500, 10, 1_000_000),
    documentCost: wholeNumber('MAX_DOCUMENT_COST', 50_000, 1, 100_000_000),
    documentsInUse: wholeNumber('MAX_DOCUMENTS_IN_USE', 2_000_000, 100, 1_000_000_000),
    documentsInUsePerCaller: wholeNumber('MAX_DOCUMENTS_IN_USE_PER_CALLER', 200_000, 100, 1_000_000_000),
    refs: wholeNumber('MAX_REFS', 100, 1, 10_000),
    ids: wholeNumber('MAX_IDS', 100, 1, 10_000),
    // Not below what the schema asks for when a caller says nothing.
    pageSize: wholeNumber('MAX_PAGE_SIZE', 100, 20, 10_000),
    waits: wholeNumber('MAX_WAITS', 2_000, 1, 1_000_000),
    waitsPerCaller: wholeNumber('MAX_WAITS_PER_CALLER', 200, 1, 1_000_000),
    waitSeconds: wholeNumber('MAX_WAIT_SECONDS', 600, 60, 86_400),
    watched: wholeNumber('MAX_WATCHED', 400_000, 1, 100_000_000),
    watchedPerCaller: wholeNumber('MAX_WATCHED_PER_CALLER', 200_000, 1, 100_000_000),
    watchedPerHost: wholeNumber('MAX_WATCHED_PER_HOST', 2_000, 1, 1_000_000),
  };
}
