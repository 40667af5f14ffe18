/**
 * What the client of a stream has not read yet of one operation. Where there is no gap, it knows all that happened up to
 * now; a cursor says what it does not know.
 */
export interface Gap {
  /** What it knows: up to this stamp; null when it was told nothing of the operation; undefined where there is no gap. */
  knownUpTo: number | null | undefined;
  /** The newest stamp that it was told of; it may not have read that yet. */
  owed: number;
}

/** The client knows the operation up to this stamp; null when it was told nothing of it. */
export function openGap(gap: Gap, upTo: number | null): void {
  gap.knownUpTo = upTo;
}

/** There is a transition with this stamp that the client has not read; stamps come in order. */
export function owe(gap: Gap, stamp: number): void {
  if (gap.knownUpTo === undefined) gap.knownUpTo = stamp - 1;
  gap.owed = stamp;
}

/** The client has read up to this stamp. */
export function noteRead(gap: Gap, stamp: number): void {
  if (gap.owed > stamp) gap.knownUpTo = stamp;
  else closeGap(gap);
}

export function closeGap(gap: Gap): void {
  gap.knownUpTo = undefined;
  gap.owed = 0;
}
