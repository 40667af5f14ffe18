import { changeMark, refOf, SNAPSHOT_MARK, SUBSCRIPTION, type World } from '../world.js';
import { openConnection, type Connection } from './connection.js';
import { type Tally } from './tally.js';

/** One socket of `graphql-transport-ws` with its subscriptions. */
export interface Subscriber {
  /** Numbers of its subscriptions in the tally. */
  readonly subscriptions: number[];
  /** @param operation that it is to watch, of this world */
  readonly subscribe: (subscription: number, operation: number, world: World) => void;
  readonly close: () => void;
}

export interface SubscriberOptions {
  readonly url: URL;
  readonly localAddress: string;
  readonly tally: Tally;
  /** The number of the change that is awaited; null while first messages are. */
  readonly awaited: () => number | null;
  /** When the bytes that are being read came. */
  readonly now: () => number;
  readonly onText: (bytes: Buffer, start: number, end: number) => void;
}

const ID_MARK = '"id":"s-';
const NEXT_MARK = '"type":"next"';
const ERRORS_MARK = '"errors":';

export async function openSubscriber(options: SubscriberOptions): Promise<Subscriber> {
  const { url, localAddress, tally, awaited, now, onText } = options;
  let acknowledge: () => void = () => undefined;
  const acknowledged = new Promise<void>((resolve) => (acknowledge = resolve));
  let isGreeted = false;

  const hear = (bytes: Buffer, start: number, end: number): void => {
    const message = bytes.subarray(start, end);
    if (!isGreeted) {
      isGreeted = true;
      acknowledge();
      return;
    }
    const revision = awaited();
    const mark = revision === null ? SNAPSHOT_MARK : changeMark(revision);
    if (!message.includes(NEXT_MARK) || message.includes(ERRORS_MARK) || !message.includes(mark)) {
      tally.fault(`instead of ${mark} came ${message.toString().slice(0, 500)}`);
      return;
    }
    tally.hear(readNumber(message, message.indexOf(ID_MARK) + ID_MARK.length), now());
    onText(bytes, start, end);
  };

  const onLost = (why: string): void => {
    tally.fault(`a socket was lost: ${why}`);
    acknowledge();
  };
  const connection: Connection = await openConnection({ url, localAddress, onText: hear, onLost });
  connection.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer bench' } }));
  await acknowledged;

  const subscriptions: number[] = [];
  return {
    subscriptions,
    subscribe(subscription, operation, world) {
      subscriptions.push(subscription);
      const variables = { refs: [{ team: refOf(operation, world) }] };
      const payload = { query: SUBSCRIPTION, variables };
      connection.send(JSON.stringify({ id: `s-${subscription}`, type: 'subscribe', payload }));
    },
    close: connection.close,
  };
}

/** Digits, read without making a text of them. */
function readNumber(bytes: Buffer, from: number): number {
  let number = 0;
  for (let at = from; ; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return number;
    number = number * 10 + digit;
  }
}
