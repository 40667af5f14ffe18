import { answerParent, sharedNow } from '../children/child.js';
import { type World } from '../world.js';
import { openListener, type Listener } from './listener.js';
import { openSubscriber, type Subscriber } from './subscriber.js';
import { createTally, type Faults } from './tally.js';

/** A process full of clients. Its sockets are those of one server at a time. */

/** What came of a round. */
export interface Round {
  readonly missing: number;
  readonly faults: Faults;
  /** When each subscription was told, and of which operation it is; both in the order of subscriptions. */
  readonly heardAt: Float64Array;
  readonly operations: Int32Array;
  /** The newest message, as it came. */
  readonly sample: string;
}

export type ClientCommands = {
  /** Opens websockets of graphql-transport-ws, besides those that are open. */
  open: (input: { readonly url: string; readonly sockets: number }) => Promise<void>;
  /** Opens websockets that only listen, for so many messages a round. */
  listen: (input: { readonly url: string; readonly sockets: number; readonly perRound: number }) => Promise<void>;
  /**
   * Each open socket, from this number on, watches so many operations: the nth socket of this process those that follow
   * the ones of the socket before it. Resolves when each has been told its state.
   * @param socketsBefore how many sockets of other processes come first
   */
  subscribe: (input: {
    readonly world: World;
    readonly from: number;
    readonly to: number;
    readonly perSocket: number;
    readonly socketsBefore: number;
    readonly limitMs: number;
  }) => Promise<Round>;
  /** From now on each subscription is to be told of the nth change, or each listener its messages. */
  expect: (input: { readonly revision: number }) => void;
  /** Resolves when all has come, or after the limit. */
  round: (input: { readonly limitMs: number }) => Promise<Round>;
  /** Closes every socket. @returns what was wrong in all this time */
  close: (input: null) => Promise<Faults>;
};

/** Handshakes at a time, and subscriptions of so many sockets at a time. */
const OPENING = 50;

const localAddress = process.env['LOCAL_ADDRESS'] ?? '127.0.0.1';
let tally = createTally();
let subscribers: Subscriber[] = [];
let listeners: Listener[] = [];
let operations: number[] = [];
let awaited: number | null = null;
let newest = Buffer.alloc(0);

async function inParallel(count: number, work: (nth: number) => Promise<void>): Promise<void> {
  let begun = 0;
  const workNext = async (): Promise<void> => {
    while (begun < count) await work(begun++);
  };
  await Promise.all(Array.from({ length: OPENING }, workNext));
}

function roundOf(from: number): Round {
  return {
    missing: tally.missing,
    faults: tally.faults,
    heardAt: Float64Array.from(tally.heardAt.slice(from)),
    operations: Int32Array.from(operations.slice(from)),
    sample: newest.toString(),
  };
}

const commands: ClientCommands = {
  async open({ url, sockets }) {
    await inParallel(sockets, async () => {
      const subscriber = await openSubscriber({
        url: new URL(url),
        localAddress,
        tally,
        awaited: () => awaited,
        now: sharedNow,
        onText(bytes, start, end) {
          if (tally.missing === 0) newest = Buffer.from(bytes.subarray(start, end));
        },
      });
      subscribers.push(subscriber);
    });
  },
  async listen({ url, sockets, perRound }) {
    await inParallel(sockets, async () => {
      const first = tally.add(perRound);
      listeners.push(await openListener({ url: new URL(url), localAddress, tally, first, perRound, now: sharedNow }));
    });
  },
  async subscribe({ world, from, to, perSocket, socketsBefore, limitMs }) {
    awaited = null;
    const sockets = subscribers.slice(from, to);
    const first = tally.add(sockets.length * perSocket);
    tally.expect(first, first + sockets.length * perSocket);
    const total = world.hosts * world.operationsPerHost;
    let subscription = first;
    for (const [nth, socket] of sockets.entries()) {
      for (let each = 0; each < perSocket; each++) {
        const operation = ((socketsBefore + nth) * perSocket + each) % total;
        operations[subscription] = operation;
        socket.subscribe(subscription++, operation, world);
      }
      // No more than the server has answered lately: a burst that only waits there would be measured as memory.
      if (nth % OPENING === OPENING - 1) await told(sockets.slice(0, nth), limitMs);
    }
    await tally.complete(limitMs);
    return roundOf(first);
  },
  expect({ revision }) {
    awaited = revision;
    for (const listener of listeners) listener.beginRound();
    tally.expect(0, tally.heardAt.length);
  },
  async round({ limitMs }) {
    await tally.complete(limitMs);
    return roundOf(0);
  },
  async close() {
    const { faults } = tally;
    for (const socket of [...subscribers, ...listeners]) socket.close();
    [subscribers, listeners, operations, tally] = [[], [], [], createTally()];
    return Promise.resolve(faults);
  },
};

/** Resolves when the last of these sockets has been told of all it watches, or after the limit. */
async function told(sockets: readonly Subscriber[], limitMs: number): Promise<void> {
  const last = sockets.at(-1)?.subscriptions.at(-1);
  const until = sharedNow() + limitMs;
  while (last !== undefined && Number.isNaN(tally.heardAt[last]) && sharedNow() < until) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

answerParent('', commands);
