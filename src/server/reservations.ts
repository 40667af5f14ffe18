import { createCounts } from '../lib/counts.js';
import { LimitError } from '../operation/failure.js';

/**
 * Counts the streams that are reserved and not opened yet. Each has the place of a socket, and costs its client no
 * connection: without a bound of their own one client could take all the places there are, ten seconds at a time.
 */
export interface Reservations {
  /** @returns why there is no further one, or null */
  add(subject: string): LimitError | null;
  remove(subject: string): void;
}

/** A client that reserves a stream opens it with its next request. */
const PER_CALLER = 20;
/** Whoever is somebody else with each request leaves the other places alone. */
const PART_OF_SOCKETS = 0.1;

/** @param sockets how many places there are */
export function createReservations(sockets: number): Reservations {
  const subjects = createCounts();
  const inAll = Math.ceil(sockets * PART_OF_SOCKETS);
  const refusal = (whose: string, most: number): LimitError =>
    new LimitError('RESERVED_STREAMS', `${whose} has at most ${most} reserved streams that are not opened: open them.`);
  return {
    add(subject) {
      if (subjects.of(subject) >= PER_CALLER) return refusal('A caller', PER_CALLER);
      if (subjects.all >= inAll) return refusal('This process', inAll);
      subjects.add(subject);
      return null;
    },
    remove: (subject) => subjects.remove(subject),
  };
}
