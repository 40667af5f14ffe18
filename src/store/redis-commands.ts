import { ErrorReply } from 'redis';
import { clientOf, clusterOf, databaseOf, type RedisAddress } from './redis-clients.js';
import { databaseInCluster, isOfCluster, unusableCluster } from './redis-refusals.js';

/** As much as is used of a client of node-redis, of one node or of a cluster. */
export interface Commands {
  mGet(keys: string[]): Promise<(string | null)[]>;
  set(key: string, value: string, options: { expiration: { type: 'PX'; value: number } }): Promise<unknown>;
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(text: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  zRem(key: string, member: string): Promise<unknown>;
  destroy(): void;
}

/** The connection for commands, to one node or to all of a cluster. */
export interface CommandLine {
  connect(): Promise<void>;
  /** @throws what Redis answers instead, or that there is no connection */
  ask<T>(work: (commands: Commands) => Promise<T>): Promise<T>;
  destroy(): void;
}

/** What stays known from one connection to the next. */
export interface ClusterMemory {
  /** The one that is named has answered as only a node of a cluster does. */
  isCluster: boolean;
}

export interface CommandLineOptions extends RedisAddress {
  readonly memory: ClusterMemory;
  readonly onLost: (error: Error) => void;
}

/**
 * Several addresses are those of a cluster. One may be of a server that is alone or of any node of a cluster: it is asked,
 * because a node refuses what is on another, and whoever uses it as if it were alone shares some things and others not.
 */
export function createCommandLine({ memory, onLost, ...address }: CommandLineOptions): CommandLine {
  const [first = '', ...others] = address.urls;
  const isOne = others.length === 0;
  const database = databaseOf(address.urls);
  let commands: Commands | null = null;
  let isDestroyed = false;

  const connectToCluster = async (): Promise<void> => {
    let isConnected = false;
    let cause: Error | undefined;
    // While the nodes that are named are tried one by one, one that is away is no loss.
    const hear = (error: Error): void => {
      cause = error;
      if (isConnected) onLost(error);
    };
    const cluster = clusterOf(address).on('error', hear).on('node-error', hear);
    commands = cluster;
    try {
      await cluster.connect();
    } catch (error) {
      throw isOne ? unusableCluster(cause ?? error) : (cause ?? error);
    }
    isConnected = true;
  };

  const connectToOne = async (): Promise<void> => {
    const client = clientOf(address, first).on('error', (error: Error) => {
      if (commands === client) onLost(error);
    });
    commands = client;
    await client.connect();
    const isCluster = memory.isCluster || (await isClusterNode(client));
    if (isDestroyed) return;
    if (!isCluster) {
      if (database > 0) await client.select(database);
      return;
    }
    client.destroy();
    commands = null;
    if (database > 0) throw databaseInCluster();
    await connectToCluster();
  };

  return {
    connect: () => (isOne ? connectToOne() : connectToCluster()),
    async ask(work) {
      if (commands === null) throw new Error('not connected');
      try {
        return await work(commands);
      } catch (error) {
        if (!isOne || !isOfCluster(error)) throw error;
        memory.isCluster = true;
        throw unusableCluster(error);
      }
    },
    destroy() {
      isDestroyed = true;
      commands?.destroy();
    },
  };
}

/** Where it may not be asked, the answers to the rest will tell. */
async function isClusterNode(client: { info(section: string): Promise<string> }): Promise<boolean> {
  try {
    return /^cluster_enabled:1\s*$/m.test(await client.info('cluster'));
  } catch (error) {
    if (error instanceof ErrorReply) return false;
    throw error;
  }
}
