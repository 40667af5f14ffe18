import { type GraphError } from '../operation/failure.js';
import { type OperationHost } from '../operation/ref.js';
import { type Denial } from './denial.js';
import { type Registry } from './registry.js';
import { callersIn, refuse } from './stands.js';
import { type Seat } from './watch.js';

export interface WithdrawalsOptions {
  readonly registry: Registry;
  readonly failSeat: (seat: Seat, error: GraphError) => void;
  readonly touchHost: (host: OperationHost) => void;
}

/** What follows for those who watch when Graph has told their scope that something is not for it, whoever found out. */
export function createWithdrawals({ registry, failSeat, touchHost }: WithdrawalsOptions): (denial: Denial) => void {
  /**
   * A token that worked and is refused has ended: whoever can bring another one is waited for, and hears nothing
   * meanwhile. Those of the scope who have brought another one go on with that.
   */
  const suspend = ({ scope, credential, sentAt, error }: Denial): void => {
    const { stands, lists } = registry.of(scope);
    const hasWorked = [...stands].some(({ readAt }) => readAt !== null) || [...lists].some((list) => list.hasListed);
    if (!hasWorked) return; // the read that failed ends its own streams
    for (const stand of [...stands]) {
      for (const seat of [...stand.seats]) {
        if (seat.place?.caller.credential !== credential || seat.authority.refused(error)) continue;
        stand.seats.delete(seat);
        failSeat(seat, error);
      }
      refuse(stand, credential, error, callersIn(stand));
      if (stand.suspended !== null) {
        stand.provedAt = null;
        stand.deniedSince = Math.max(stand.deniedSince, sentAt);
      }
      if (stand.seats.size === 0) registry.drop(stand);
      registry.dissolveIfOver(stand.watch);
      touchHost(stand.watch.ref.host);
    }
    for (const stand of [...lists]) {
      for (const [reader, caller] of [...stand.readers]) {
        if (caller.credential !== credential || reader.authority.refused(error)) continue;
        stand.readers.delete(reader);
        reader.fail({ ref: null, error });
      }
      refuse(stand, credential, error, stand.readers.values());
      if (stand.suspended !== null) {
        stand.listedAt = null;
        stand.deniedSince = Math.max(stand.deniedSince, sentAt);
      }
      if (stand.readers.size === 0) registry.dropList(stand);
      registry.dropIfEmpty(stand.group);
      touchHost(stand.group.host);
    }
  };

  return (denial) => {
    const { scope, location, sentAt } = denial;
    if (location === null) {
      suspend(denial);
      return;
    }
    // Nothing more is told; the scope's next read says how it goes on.
    const { stands, lists } = registry.of(scope);
    for (const stand of stands) {
      const { ref } = stand.watch;
      if (ref.location !== location && ref.host.location !== location) continue;
      stand.provedAt = null;
      stand.deniedSince = Math.max(stand.deniedSince, sentAt);
      touchHost(ref.host);
    }
    for (const stand of lists) {
      if (stand.group.host.location !== location) continue;
      stand.listedAt = null;
      stand.deniedSince = Math.max(stand.deniedSince, sentAt);
      touchHost(stand.group.host);
    }
  };
}
