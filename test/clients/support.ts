import { WebSocket } from 'ws';
import { secret } from '../support/secrets.js';
import { closeAfterTest, TOKEN } from '../support/gateway.js';
import { startTcpProxy } from '../support/tcp-proxy.js';
import { startWatched, type Watched } from '../client/support.js';

/** A gateway, and a way to it that can be cut, as it is put into a client of another make. */
export interface Reachable extends Watched {
  readonly url: string;
  readonly wsUrl: string;
  readonly authorization: string;
  /** Ends the connections there are; new ones go through. */
  readonly cut: () => void;
}

export async function startReachable(): Promise<Reachable> {
  const watched = await startWatched();
  const proxy = await startTcpProxy(Number(new URL(watched.gateway.url).port));
  closeAfterTest({ close: () => proxy.stop() });
  const address = `127.0.0.1:${proxy.port}/graphql`;
  return {
    ...watched,
    url: `http://${address}`,
    wsUrl: `ws://${address}`,
    authorization: `Bearer ${secret(TOKEN)}`,
    cut: () => proxy.cut(),
  };
}

/** What a client of graphql-ws is made with, whoever uses it then. */
export function socketOptions({ wsUrl, authorization }: Reachable) {
  return {
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: () => ({ authorization }),
    shouldRetry: () => true,
    retryAttempts: Infinity,
    retryWait: () => Promise.resolve(),
  };
}

export const WATCH = `subscription Watch($refs: [OperationRef!]!, $after: String) {
  operationStatusChanged(refs: $refs, after: $after) {
    reason from to cursor
    operation { id state terminal }
  }
}`;

export interface WatchData {
  readonly operationStatusChanged: {
    readonly reason: string;
    readonly from: string | null;
    readonly to: string;
    readonly cursor: string;
    readonly operation: { readonly id: string; readonly state: string; readonly terminal: boolean };
  };
}

export const ALL_CHANGES = ['SNAPSHOT NOT_STARTED', 'CHANGED RUNNING', 'CHANGED SUCCEEDED'];

/**
 * Has the connection cut after the first two events, and then something happen. What is told meanwhile, and nothing
 * else, is what the client has to hear afterwards.
 */
export function createStory({ put, cut }: Reachable) {
  const told: string[] = [];
  return {
    told,
    hear: ({ operationStatusChanged: { reason, to } }: WatchData): void => {
      told.push(`${reason} ${to}`);
      if (told.length > 2) return;
      cut();
      put(told.length === 1 ? 'inProgress' : 'succeeded');
    },
  };
}
