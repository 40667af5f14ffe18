import { clientOf, type RedisAddress } from './redis-clients.js';
import { createCommandLine, type ClusterMemory } from './redis-commands.js';
import { type Script } from './redis-scripts.js';

/** Two connections to one Redis: one for commands, one that listens. It lives once: whoever loses it opens another. */
export interface Session {
  connect(): Promise<void>;
  mGet(keys: readonly string[]): Promise<readonly (string | null)[]>;
  set(key: string, value: string, forMs: number): Promise<void>;
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;
  publish(channel: string, message: string): Promise<void>;
  remove(key: string, member: string): Promise<void>;
  subscribe(channels: readonly string[]): Promise<void>;
  unsubscribe(channels: readonly string[]): Promise<void>;
  /** Ends at once; what is under way is rejected. */
  destroy(): void;
}

/** What a session says by itself. */
export interface Hears {
  readonly onMessage: (message: string, channel: string) => void;
  /** A connection ended that was not destroyed. It may be called more than once. */
  readonly onLost: (error: Error) => void;
}

/** Makes the connections once. */
export type OpenSession = (hears: Hears) => Session;

/** The sessions with one Redis, one after the other: what the answers in one have told of it holds for the next. */
export function createSessions(address: RedisAddress): OpenSession {
  const memory: ClusterMemory = { isCluster: false };
  return (hears) => createSession(address, memory, hears);
}

function createSession(address: RedisAddress, memory: ClusterMemory, { onMessage, onLost }: Hears): Session {
  const { urls } = address;
  const commands = createCommandLine({ ...address, memory, onLost });
  let listening = createListening(urls[0] ?? '');
  let isDestroyed = false;

  function createListening(url: string) {
    return clientOf(address, url).on('error', (error: Error) => {
      // While the nodes of a cluster are tried one by one, one that is away is no loss.
      if (listening.isReady || listening.isOpen) onLost(error);
    });
  }

  /** In a cluster every node hears what is published on any. */
  const connectListening = async (): Promise<void> => {
    for (const [at, url] of urls.entries()) {
      if (isDestroyed) return;
      if (at > 0) listening = createListening(url);
      try {
        await listening.connect();
        return;
      } catch (error) {
        listening.destroy();
        if (at === urls.length - 1) throw error;
      }
    }
  };

  return {
    async connect() {
      await Promise.all([commands.connect(), connectListening()]);
    },
    mGet: (keys) => commands.ask((redis) => redis.mGet([...keys])),
    async set(key, value, forMs) {
      await commands.ask((redis) => redis.set(key, value, { expiration: { type: 'PX', value: forMs } }));
    },
    async run(script, keys, args) {
      const options = { keys: [...keys], arguments: [...args] };
      try {
        return await commands.ask((redis) => redis.evalSha(script.sha, options));
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return commands.ask((redis) => redis.eval(script.text, options));
      }
    },
    async publish(channel, message) {
      await commands.ask((redis) => redis.publish(channel, message));
    },
    async remove(key, member) {
      await commands.ask((redis) => redis.zRem(key, member));
    },
    subscribe: (channels) => listening.subscribe([...channels], onMessage),
    unsubscribe: (channels) => listening.unsubscribe([...channels], onMessage),
    destroy() {
      if (isDestroyed) return;
      isDestroyed = true;
      listening.destroy();
      commands.destroy();
    },
  };
}
