import { type JsonObject } from './json.js';
import { type Operation } from './operation.js';

export const GRAPH_VERSIONS = ['v1.0', 'beta'] as const;
export type GraphVersion = (typeof GRAPH_VERSIONS)[number];

/** A resource that lists operations of one kind, a team or a chat, and the paths that lead to it. */
export interface HostKind {
  /** Graph's word for it, which is also the name of the budget that its reads count against. */
  readonly name: string;
  /** The version that is read, whatever version a caller's location was written for. */
  readonly version: GraphVersion;
  /**
   * The path that is read, below the version, with its parameters in braces: `/teams/{team-id}`. One resource has one
   * canonical path, whatever path led to it: two paths would be two watches, and twice the checks.
   */
  readonly path: string;
  /** Every path that leads to it, by version; a parameter that `path` does not have is read and dropped. */
  readonly paths: Readonly<Record<GraphVersion, readonly string[]>>;
  /** The segment below the host that lists its operations, and below which each has its id. */
  readonly collection: string;
  /**
   * How Graph wants its operations read. `list`: the single read may be stale, ask the list whenever the floor allows
   * it. `cheapest`: the list when that costs less than the single reads it stands for.
   */
  readonly readBy: 'list' | 'cheapest';
}

/**
 * All that the gateway knows of one kind of operation: where it lives, how Graph writes it, how it wants to be polled.
 * A further kind is one more file beside the first, and its line in `kinds.ts`.
 */
export interface OperationKind<T extends Operation = Operation> {
  readonly name: T['kind'];
  readonly hosts: readonly HostKind[];
  /** One operation from Graph's JSON. @throws {GraphError} `malformed`, naming the member */
  decode(body: JsonObject): T;
  /**
   * Whether the members that this kind has besides are as `decode` makes them. What another process has written down is
   * asked this before it is taken: it may be of another version, or of nobody's.
   */
  isDecoded(operation: JsonObject): boolean;
}
