/**
 * What the client of one stream has not read yet, by operation. Where there is no gap, it knows all that happened up to
 * now; a cursor says what it does not know. Keys are the stream's own.
 */
export interface Gaps {
  /** The client knows an operation up to this stamp; null when it was told nothing of it. */
  open(key: string, upTo: number | null): void;
  /** There is a transition with this stamp that the client has not read; stamps come in order. */
  owe(key: string, stamp: number): void;
  /** The client has read up to this stamp. */
  read(key: string, stamp: number): void;
  close(key: string): void;
  readonly entries: ReadonlyMap<string, number | null>;
}

export function createGaps(): Gaps {
  const entries = new Map<string, number | null>();
  /** The newest stamp of each gap. */
  const owed = new Map<string, number>();
  const close = (key: string): void => {
    entries.delete(key);
    owed.delete(key);
  };

  return {
    open: (key, upTo) => void entries.set(key, upTo),
    owe(key, stamp) {
      if (!entries.has(key)) entries.set(key, stamp - 1);
      owed.set(key, stamp);
    },
    read(key, stamp) {
      if ((owed.get(key) ?? 0) > stamp) entries.set(key, stamp);
      else close(key);
    },
    close,
    entries,
  };
}
