/** One thing that was asked of the sandbox: a request, or a part of a batch. A batch itself is not one, unless it was refused whole. */
export interface SeenRead {
  /** Epoch ms. */
  readonly at: number;
  readonly method: string;
  /** Path and query as received; of a part with the version of its batch before it. */
  readonly path: string;
  /** The id of the token's user, or null when the token was not good. */
  readonly userId: string | null;
  /** The team or chat that was asked for, and which of its operations; null where the path names none. */
  readonly hostId: string | null;
  readonly operationId: string | null;
  /** Null when no answer was sent. */
  readonly status: number | null;
  readonly part: boolean;
  /** The number of the HTTP request, from 1; the parts of a batch share it. */
  readonly request: number;
}

export interface Ledger {
  add(read: SeenRead): void;
  /** The newest, oldest first; a long-lived sandbox forgets the rest. */
  reads(): readonly SeenRead[];
  /** How many there were in all. */
  count(): number;
}

const KEPT = 20_000;

export function createLedger(): Ledger {
  const seen: SeenRead[] = [];
  let count = 0;
  return {
    add(read) {
      count += 1;
      seen.push(read);
      // Cut in large pieces: taking one off the front for each that comes would move them all each time.
      if (seen.length >= 2 * KEPT) seen.splice(0, seen.length - KEPT);
    },
    reads: () => seen.slice(-KEPT),
    count: () => count,
  };
}
