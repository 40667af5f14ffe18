import { type Ask } from './redis-link.js';

/** The channels that this process listens to: what was asked for in one moment goes up in one command. */
export interface Channels {
  add(channel: string): void;
  remove(channel: string): void;
  /** Resolves once Redis has confirmed every one of them that was added, or is lost; null where there is nothing to wait for. */
  confirmed(channels: () => readonly string[]): Promise<void> | null;
  /** Which of its subscriptions a channel has now; undefined while it has none that is confirmed. */
  subscriptionOf(channel: string): number | undefined;
  /** All of them that are not subscribed yet, on a new session. */
  subscribeAll(ask: Ask): Promise<boolean>;
  /** Whether Redis has confirmed all that was added. */
  readonly isComplete: boolean;
  /** The session is lost, and all subscriptions with it. */
  forget(): void;
}

/** In one command; an answer comes for each. */
const AT_ONCE = 500;

export function createChannels(ask: Ask): Channels {
  const wanted = new Set<string>();
  const standing = new Map<string, number>();
  const toAdd = new Set<string>();
  const toRemove = new Set<string>();
  /** Goes on while there is something to say to Redis. */
  let round: Promise<void> | null = null;
  let inFlight: ReadonlySet<string> = new Set();
  let subscriptions = 0;

  const confirm = (channels: Iterable<string>): void => {
    for (const channel of channels) if (wanted.has(channel)) standing.set(channel, (subscriptions += 1));
  };

  const say = async (): Promise<void> => {
    await Promise.resolve(); // others of this moment go with it
    const [adding, removing] = [[...toAdd], [...toRemove]];
    inFlight = new Set(adding);
    toAdd.clear();
    toRemove.clear();
    const removed = removing.length === 0 ? null : ask((session) => session.unsubscribe(removing).then(() => true));
    for (const part of partsOf(adding)) {
      const isDone = await ask((session) => session.subscribe(part).then(() => true));
      if (isDone === true) confirm(part.filter((channel) => !toRemove.has(channel)));
    }
    await removed;
    inFlight = new Set();
    round = toAdd.size + toRemove.size > 0 ? say() : null;
  };
  const roundNow = (): Promise<void> | null => round;
  const begin = (): void => void (round ??= say());

  return {
    add(channel) {
      wanted.add(channel);
      if (toRemove.delete(channel)) {
        if (!inFlight.has(channel)) confirm([channel]);
      } else {
        toAdd.add(channel);
        begin();
      }
    },
    remove(channel) {
      wanted.delete(channel);
      standing.delete(channel);
      if (!toAdd.delete(channel)) {
        toRemove.add(channel);
        begin();
      }
    },
    confirmed(channelsOf) {
      if (round === null) return null;
      const channels = channelsOf();
      const isAwaited = (): boolean => channels.some((channel) => toAdd.has(channel) || inFlight.has(channel));
      if (!isAwaited()) return null;
      return (async () => {
        for (let next = roundNow(); next !== null && isAwaited(); next = roundNow()) await next;
      })();
    },
    subscriptionOf: (channel) => standing.get(channel),
    async subscribeAll(askNew) {
      for (const part of partsOf([...wanted].filter((channel) => !standing.has(channel)))) {
        const isDone = await askNew((session) => session.subscribe(part).then(() => true));
        if (isDone !== true) return false;
        confirm(part);
      }
      return true;
    },
    get isComplete() {
      return standing.size === wanted.size;
    },
    forget: () => standing.clear(),
  };
}

function* partsOf<T>(all: readonly T[], size = AT_ONCE): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
