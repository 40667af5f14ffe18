/**
 * Whether something was missed while the connection was lost. A gateway that was started anew acknowledges a connection
 * like one that remembers all, and a stream in which nothing happened says nothing when it goes on. So that nothing was
 * missed is said once each operation was heard of again, on its stream or from a check made since; not before.
 */
export interface Gap {
  /** When the connection was back, epoch ms of this machine. */
  readonly backAt: number;
  readonly unheard: readonly Unheard[];
}

/** What a stream told of before, and nobody since. */
export interface Unheard {
  readonly key: string;
  /** Null for a team or chat in which nothing was going on: its next event says how it goes on. */
  readonly id: string | null;
}
