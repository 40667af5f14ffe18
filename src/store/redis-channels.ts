import { type Ask } from './redis-link.js';

/** The channels that this process listens to: what was asked for in one moment goes up in one command. */
export interface Channels {
  add(channel: string): void;
  remove(channel: string): void;
  /** Resolves once Redis has confirmed every one of them that was added, or is lost; null where there is nothing to wait for. */
  confirmed(channels: () => readonly string[]): Promise<void> | null;
  /** Which of its subscriptions a channel has now; undefined while it has none that is confirmed. */
  subscriptionOf(channel: string): number | undefined;
  /** Brings what a new session listens to, and what is wanted, together. */
  subscribeAll(ask: Ask): Promise<boolean>;
  /** Whether Redis has confirmed all that was added, and nothing else. */
  readonly isComplete: boolean;
  /** The session is lost, and all subscriptions with it. */
  forget(): void;
}

/** In one command; an answer comes for each. */
const AT_ONCE = 500;

export function createChannels(ask: Ask): Channels {
  const wanted = new Set<string>();
  /** What Redis has confirmed, in this session, and was not told to end; wanted or not. */
  const subscribed = new Set<string>();
  /** Of what is wanted and subscribed, the number of the subscription. */
  const standing = new Map<string, number>();
  /** Wanted, or not wanted any more, since the last round began. */
  const changed = new Set<string>();
  /** Goes on while there is something to say to Redis. */
  let round: Promise<void> | null = null;
  let subscriptions = 0;

  const stand = (channel: string): void => void standing.set(channel, (subscriptions += 1));

  const subscribe = async (askIn: Ask, channels: readonly string[]): Promise<boolean> => {
    for (const part of partsOf(channels)) {
      if ((await askIn((session) => session.subscribe(part).then(() => true))) === undefined) return false;
      for (const channel of part) {
        subscribed.add(channel);
        if (wanted.has(channel) && !standing.has(channel)) stand(channel);
      }
    }
    return true;
  };
  const unsubscribe = async (askIn: Ask, channels: readonly string[]): Promise<boolean> => {
    if (channels.length === 0) return true;
    const isDone = await askIn((session) => {
      // From here on it may end at any moment; who wants it again subscribes again.
      for (const channel of channels) subscribed.delete(channel);
      return session.unsubscribe(channels).then(() => true);
    });
    return isDone === true;
  };

  const say = async (): Promise<void> => {
    await Promise.resolve(); // others of this moment go with it
    const channels = [...changed];
    changed.clear();
    const ended = channels.filter((channel) => !wanted.has(channel) && subscribed.has(channel));
    const begun = channels.filter((channel) => wanted.has(channel) && !subscribed.has(channel));
    await Promise.all([unsubscribe(ask, ended), subscribe(ask, begun)]);
    round = changed.size > 0 ? say() : null;
  };
  const roundNow = (): Promise<void> | null => round;
  const change = (channel: string): void => {
    changed.add(channel);
    round ??= say();
  };

  return {
    add(channel) {
      wanted.add(channel);
      if (subscribed.has(channel)) stand(channel);
      else change(channel);
    },
    remove(channel) {
      wanted.delete(channel);
      standing.delete(channel);
      change(channel);
    },
    confirmed(channelsOf) {
      if (round === null) return null;
      const channels = channelsOf();
      const isAwaited = (): boolean => channels.some((channel) => wanted.has(channel) && !standing.has(channel));
      if (!isAwaited()) return null;
      return (async () => {
        for (let next = roundNow(); next !== null && isAwaited(); next = roundNow()) await next;
      })();
    },
    subscriptionOf: (channel) => standing.get(channel),
    async subscribeAll(askNew) {
      const isHeard = await subscribe(
        askNew,
        [...wanted].filter((channel) => !subscribed.has(channel)),
      );
      if (!isHeard) return false;
      return unsubscribe(
        askNew,
        [...subscribed].filter((channel) => !wanted.has(channel)),
      );
    },
    get isComplete() {
      return standing.size === wanted.size && subscribed.size === standing.size;
    },
    forget() {
      subscribed.clear();
      standing.clear();
    },
  };
}

function* partsOf<T>(all: readonly T[], size = AT_ONCE): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
