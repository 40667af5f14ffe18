import { createClient, createCluster, ErrorReply, type RedisClientOptions } from 'redis';
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

export interface SessionOptions {
  /** `redis://` or `rediss://`; several are nodes of one cluster. */
  readonly urls: readonly string[];
  /** Certificates that TLS trusts instead of the well-known ones, as PEM. */
  readonly ca?: string;
  readonly onMessage: (message: string, channel: string) => void;
  /** A connection ended that was not destroyed. It may be called more than once. */
  readonly onLost: (error: Error) => void;
}

/** Makes the connections once. */
export type OpenSession = (hears: Pick<SessionOptions, 'onMessage' | 'onLost'>) => Session;

const CONNECT_TIMEOUT_MS = 2_000;

/**
 * Redis' words for what stands in the way of every command, or of every write: it is full, a copy, still loading, without
 * its other nodes, busy, or closed to us. Before version 7 the word comes behind the script's name.
 */
const REFUSES_ALL =
  /^(?:ERR Error running script.*?-)?(?:OOM|READONLY|LOADING|CLUSTERDOWN|MASTERDOWN|MISCONF|NOREPLICAS|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|ERR max number of clients)\b/;

/** Whether it is an answer that refuses this one command, and says nothing of the next. */
export function refusesOne(error: unknown): boolean {
  return error instanceof ErrorReply && !REFUSES_ALL.test(error.message);
}

/** As much as is used of a client of node-redis, of one node or of a cluster. */
interface Commands {
  connect(): Promise<unknown>;
  mGet(keys: string[]): Promise<(string | null)[]>;
  set(key: string, value: string, options: { expiration: { type: 'PX'; value: number } }): Promise<unknown>;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(text: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  zRem(key: string, member: string): Promise<unknown>;
  destroy(): void;
}

let firstClient: ReturnType<typeof createClient> | undefined;

/** For options that it has not just seen node-redis takes 50 ms to build a class with every command; copies share one. */
function copyClient(options: RedisClientOptions) {
  firstClient ??= createClient();
  return firstClient.duplicate(options);
}

export function createSession({ urls, ca, onMessage, onLost }: SessionOptions): Session {
  const [first = '', ...others] = urls;
  const { username, password, protocol } = new URL(first);
  /** Made anew for each client: node-redis writes into `socket`. */
  const common = () => ({
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    socket: {
      // Whether and when to come back is the link's matter, which then begins with nothing half done.
      reconnectStrategy: false as const,
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...(protocol === 'rediss:' && { tls: true as const, ...(ca !== undefined && { ca }) }),
    },
    // A timer for each command costs several times as much as the command; the link has one for all.
    commandOptions: { timeout: 0 },
    disableOfflineQueue: true,
    maintNotifications: 'disabled' as const,
  });
  const commands: Commands =
    others.length === 0
      ? copyClient({ ...common(), url: first }).on('error', onLost)
      : createCluster({
          rootNodes: urls.map((url) => ({ ...common(), url })),
          defaults: common(),
          minimizeConnections: true,
        })
          .on('error', onLost)
          .on('node-error', onLost);
  let listening = createListening(first);
  let isDestroyed = false;

  function createListening(url: string) {
    return copyClient({ ...common(), url }).on('error', (error: Error) => {
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
    mGet: (keys) => commands.mGet([...keys]),
    async set(key, value, forMs) {
      await commands.set(key, value, { expiration: { type: 'PX', value: forMs } });
    },
    async run(script, keys, args) {
      const options = { keys: [...keys], arguments: [...args] };
      try {
        return await commands.evalSha(script.sha, options);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
        return commands.eval(script.text, options);
      }
    },
    async publish(channel, message) {
      await commands.publish(channel, message);
    },
    async remove(key, member) {
      await commands.zRem(key, member);
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
