import { createCounts } from '../lib/counts.js';
import { LimitError } from '../operation/failure.js';

/** See the table of the configuration. */
export interface SocketLimits {
  readonly sockets: number;
  readonly socketsPerAddress: number;
  readonly socketsPerLocalAddress: number;
  readonly subscriptions: number;
  readonly subscriptionsPerCaller: number;
  readonly subscriptionsPerSocket: number;
  readonly operationsPerSecond: number;
  readonly messageBytes: number;
  readonly unreadBytes: number;
}

/** Where a socket comes from. */
export interface ClientAddress {
  readonly address: string;
  /** It is this machine's own. */
  readonly isLocal: boolean;
}

/** Counts sockets and what runs on them. What is taken is given back, whatever comes between. */
export interface SocketCaps {
  /** Takes a place for a socket. @returns why there is none, or null */
  open(from: ClientAddress): LimitError | null;
  close(from: ClientAddress): void;
  /**
   * Takes a place for an operation.
   * @param running how many run on its socket already
   * @returns why there is none, or null
   */
  begin(subject: string, running: number): LimitError | null;
  end(subject: string): void;
  /** A place is another subject's from now on, even where that has as many as it may. */
  move(from: string, to: string): void;
  readonly sockets: number;
  readonly subscriptions: number;
}

export function createSocketCaps(limits: SocketLimits): SocketCaps {
  const addresses = createCounts();
  const subjects = createCounts();

  return {
    open({ address, isLocal }) {
      const most = isLocal ? limits.socketsPerLocalAddress : limits.socketsPerAddress;
      if (addresses.all >= limits.sockets) {
        return new LimitError('SOCKETS', `This process takes ${limits.sockets} sockets at a time.`);
      }
      if (addresses.of(address) >= most) {
        return new LimitError('SOCKETS_PER_ADDRESS', `One address has at most ${most} sockets at a time.`);
      }
      addresses.add(address);
      return null;
    },
    close: ({ address }) => addresses.remove(address),
    begin(subject, running) {
      const { subscriptions, subscriptionsPerCaller, subscriptionsPerSocket } = limits;
      if (running >= subscriptionsPerSocket) {
        const message = `A socket takes ${subscriptionsPerSocket} subscriptions at a time.`;
        return new LimitError('SUBSCRIPTIONS_PER_SOCKET', message);
      }
      if (subjects.of(subject) >= subscriptionsPerCaller) {
        const message = `A caller has at most ${subscriptionsPerCaller} subscriptions at a time.`;
        return new LimitError('SUBSCRIPTIONS_PER_CALLER', message);
      }
      if (subjects.all >= subscriptions) {
        return new LimitError('SUBSCRIPTIONS', `This process takes ${subscriptions} subscriptions at a time.`);
      }
      subjects.add(subject);
      return null;
    },
    end: (subject) => subjects.remove(subject),
    move(from, to) {
      subjects.remove(from);
      subjects.add(to);
    },
    get sockets() {
      return addresses.all;
    },
    get subscriptions() {
      return subjects.all;
    },
  };
}
