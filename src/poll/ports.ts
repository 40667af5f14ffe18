import { type GraphAnswer, type GraphError } from '../operation/failure.js';
import { type Operation } from '../operation/operation.js';
import { type OperationHost, type OperationRef } from '../operation/ref.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type Held, type HeldPage, type News, type Snapshot } from '../operation/snapshot.js';

/** One thing to ask Graph for: an operation, or one page of a host's list of operations. */
export type Read =
  | { readonly type: 'item'; readonly ref: OperationRef }
  /** `link` is path and query as an earlier page gave them in `nextLink`; null asks for the first page. */
  | { readonly type: 'page'; readonly host: OperationHost; readonly link: string | null };

/** One page of a host's list. An entry that cannot be read is an error of its own: its neighbours are still good. */
export interface ListPage {
  readonly operations: readonly (Operation | GraphError)[];
  /** Path and query of the next page, checked to be the same list on the same Graph; null on the last page. */
  readonly nextLink: string | null;
}

/** What came of one read: an operation for an `item`, a page for a `page`. */
export type ReadOutcome = Operation | ListPage | GraphError;

export interface ReadAnswer {
  /** One per read, in the order of the reads. */
  readonly outcomes: readonly ReadOutcome[];
  /** What Graph said besides with each of them, for its support; missing where a reader does not tell. */
  readonly answers?: readonly GraphAnswer[];
  /** How many HTTP requests went to Graph. */
  readonly requests: number;
  /** How many reads Graph was asked for; each counts against its limits, batched or not. */
  readonly reads: number;
}

/** Microsoft Graph, as polling sees it. It never repeats a read by itself: when to come back is the poll's matter. */
export interface Reader {
  /**
   * Reads with the caller's token, in as few requests as it can. It never rejects: a failure is the outcome of the
   * reads it befell. A read that Graph asked to hold back, or that no budget is left for, is not sent.
   *
   * @param patientUntil epoch ms up to which a read may wait for its budget; without it none waits
   */
  read(caller: Caller, reads: readonly Read[], patientUntil?: number): Promise<ReadAnswer>;
}

/** What is held of operations, by location. */
export interface Snapshots {
  get(locations: readonly string[]): Promise<readonly (Held | null)[]>;
  /**
   * Adds one reading to what is held, in one step that no other reading of the same operation can come between.
   * A transition that it makes goes to the bus. @returns what is held now, once whoever listens here has been told
   */
  add(location: string, reading: Snapshot): Promise<Held>;
}

/** Times that are kept by scope: when it read what, and when it was denied what. Holds no token. */
export interface ProofStore {
  /** Sets the time of each key, unless a later one is there: answers may overtake one another. Kept until `at + keepMs` at least. */
  put(scope: Scope, keys: readonly string[], at: number, keepMs: number): Promise<void>;
  /** Epoch ms, or null. */
  get(scope: Scope, keys: readonly string[]): Promise<readonly (number | null)[]>;
}

/** The same as those two tell, without a promise. */
export interface AtHand {
  held(location: string): Held | null;
  /** Epoch ms, or null. */
  notedAt(scope: Scope, key: string): number | null;
}

/** The pages of lists, each for the scope that read it. */
export interface Pages {
  /** @param link path and query of the page; the first page's is the list's path alone */
  get(scope: Scope, link: string): Promise<HeldPage | null>;
  put(scope: Scope, link: string, page: HeldPage, keepMs: number): Promise<void>;
}

/**
 * The right to read something for a while, so that one process does it for all. A lease lasts an interval at least from
 * the moment at which its holder sends the read, so a takeover from a process that died keeps the interval; see Holdings.
 * Whoever takes one looks again at what is held, because another may have read until then.
 */
export interface Leases {
  /** @returns for each key whether it is ours for `forMs` from now */
  take(keys: readonly string[], forMs: number): Promise<readonly boolean[]>;
  /** What is still ours is so for `forMs` from now. @returns whether all of them are */
  extend(keys: readonly string[], forMs: number): Promise<boolean>;
  /** Gives back what was taken; what another holds by now is left alone. */
  release(keys: readonly string[]): Promise<void>;
}

/** Readings, told to every process that watches the operation. */
export interface Bus {
  /**
   * Tells of each transition, and of each reading of another process, because that puts off the next check.
   *
   * @returns an end to it. Listeners are called in the order of the stamps, across locations too, and must not throw.
   */
  subscribe(location: string, listener: (news: News) => void): () => void;
}

/**
 * What processes tell one another besides: a refusal of Graph's, a pause that it asked for, that a list was read, and
 * what of a host is watched.
 */
export type NoticeTopic = 'denial' | 'pause' | 'list' | 'watched';

export interface Notices {
  /** Tells the other processes; what cannot be told now is not told later. Durations, not times: clocks differ. */
  tell(topic: NoticeTopic, notice: Readonly<Record<string, unknown>>): void;
  /** Calls the listener with what others tell. It comes from another process: nothing of it has been looked at. */
  hear(topic: NoticeTopic, listener: (notice: Readonly<Record<string, unknown>>) => void): void;
}

/** What processes share. Times that go in and come out are of this process's clock, whatever the others' say. */
export interface Store {
  readonly snapshots: Snapshots;
  readonly proofs: ProofStore;
  /** Missing where others have to be asked before anything is told. */
  readonly atHand?: AtHand;
  readonly pages: Pages;
  readonly leases: Leases;
  readonly bus: Bus;
  readonly notices: Notices;
  /** How many processes share it, this one among them. */
  replicas(): number;
  /** No stamp is larger than this. They come from a clock of the store's own, in microseconds. */
  latestStamp(): number;
  /** Whether it can be reached; a process without its store serves on, and says so. */
  isReady(): boolean;
  /** How it goes with what is elsewhere; missing where the store is this process's own memory. */
  health?(): StoreHealth;
  close(): Promise<void>;
}

export interface StoreHealth {
  /** How long it took to answer last. */
  readonly roundTripMs: number;
  /** How often it was lost since the start. */
  readonly losses: number;
  /** Commands that failed, or were answered too late. */
  readonly failures: number;
}
