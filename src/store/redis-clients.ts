import { createClient, createCluster, type RedisClientOptions } from 'redis';

/** Where Redis is, and how to speak to it. */
export interface RedisAddress {
  /** `redis://` or `rediss://`; several are nodes of one cluster, and one may be. */
  readonly urls: readonly string[];
  /** Certificates that TLS trusts instead of the well-known ones, as PEM. */
  readonly ca?: string;
}

const CONNECT_TIMEOUT_MS = 2_000;

let firstClient: ReturnType<typeof createClient> | undefined;

/** The number of the database; a cluster has one only. */
export function databaseOf(urls: readonly string[]): number {
  return Number(new URL(urls[0] ?? '').pathname.slice(1) || 0);
}

/** A client of one node, in its first database; it is not connected yet. */
export function clientOf(address: RedisAddress, url: string) {
  const server = new URL(url);
  server.pathname = '';
  return copyClient({ ...optionsOf(address), url: server.href });
}

/** A client of the cluster to which those that are named belong; it is not connected yet. */
export function clusterOf(address: RedisAddress) {
  const { hostname } = new URL(address.urls[0] ?? '');
  return createCluster({
    rootNodes: address.urls.map((url) => ({ ...optionsOf(address), url })),
    defaults: optionsOf(address),
    minimizeConnections: true,
    nodeAddressMap: (named) => reachable(named, hostname),
  });
}

/** A node that does not know by which address it is reached names none, and means the one at which it was asked. */
function reachable(named: string, hostname: string): { host: string; port: number } | undefined {
  const [, port] = /^(?:null|\?)?:(\d+)$/.exec(named) ?? [];
  return port === undefined ? undefined : { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

/** For options that it has not just seen node-redis takes 50 ms to build a class with every command; copies share one. */
function copyClient(options: RedisClientOptions) {
  firstClient ??= createClient();
  return firstClient.duplicate(options);
}

/** Made anew for each client: node-redis writes into `socket`. */
function optionsOf({ urls, ca }: RedisAddress) {
  const { username, password, protocol } = new URL(urls[0] ?? '');
  return {
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
  };
}
