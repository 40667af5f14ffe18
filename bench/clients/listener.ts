import { openConnection } from './connection.js';
import { type Tally } from './tally.js';

/** A socket that asks for nothing, and is to get so many messages in each round. */
export interface Listener {
  readonly beginRound: () => void;
  readonly close: () => void;
}

export interface ListenerOptions {
  readonly url: URL;
  readonly localAddress: string;
  readonly tally: Tally;
  /** Its messages have numbers in the tally like subscriptions: from here, so many. */
  readonly first: number;
  readonly perRound: number;
  readonly now: () => number;
}

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { url, localAddress, tally, first, perRound, now } = options;
  let heard = perRound;
  const connection = await openConnection({
    url,
    localAddress,
    onText() {
      if (heard < perRound) tally.hear(first + heard++, now());
      else tally.fault('a message too many');
    },
    onLost: (why) => tally.fault(`a socket was lost: ${why}`),
  });
  return {
    beginRound: () => void (heard = 0),
    close: connection.close,
  };
}
