import { afterEach } from '@jest/globals';
import { WebSocket } from 'ws';
import { type ConnectionState, type OperationStatusChange } from '../../src/client/client.js';
import { openClient, type OperationsClient } from '../../src/client/operations-client.js';
import { type ClientOptions } from '../../src/client/options.js';
import { realSurroundings, type Surroundings } from '../../src/client/surroundings.js';
import { type Clock } from '../../src/lib/clock.js';
import { startCountingGraph, type CountingGraph } from '../support/counting-graph.js';
import { closeAfterTest, startTestGateway, TOKEN, type GatewayOptions, type TestGateway } from '../support/gateway.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { told } from './told.js';

export const INTERVAL_SECONDS = '0.1';
export const REF = { team: { hostId: 'sales', operationId: 'archiving' } } as const;

/** A gateway on a Graph in which one operation has begun. */
export interface Watched {
  readonly graph: CountingGraph;
  readonly gateway: TestGateway;
  /** Changes the status of an operation, of `REF` unless told. */
  readonly put: (status: string, operationId?: string) => void;
}

export async function startWatched(options: Partial<GatewayOptions> = {}): Promise<Watched> {
  const { clock } = options;
  const graph = closeAfterTest(await startCountingGraph(clock === undefined ? {} : { now: () => clock.now() }));
  const put = (status: string, operationId: string = REF.team.operationId): void =>
    graph.put({ host: 'team', hostId: REF.team.hostId, operationId, status });
  put('notStarted');
  const environment = { POLL_INTERVAL_SECONDS: clock === undefined ? INTERVAL_SECONDS : '31', ...options.environment };
  const gateway = await startTestGateway({ graphUrl: graph.url, ...options, environment });
  return { graph, gateway, put };
}

/** What the client's time and chance are in a test. */
export function surroundingsOf(clock: Clock, random = 0): Surroundings {
  return { random: () => random, wakeIn: (ms, wake) => clock.wakeAt(clock.now() + ms, wake) };
}

export interface TestClient extends OperationsClient {
  /** How its connection was, from the start. */
  readonly connections: readonly ConnectionState[];
  /** Resolves when the connection has been so, so often in all. */
  was(state: ConnectionState['state'], times?: number): Promise<void>;
}

const clients = new Set<OperationsClient>();
afterEach(() => {
  for (const client of clients) client.close();
  clients.clear();
});

/** A client on a real socket, closed after the test. */
export function connect(
  { url }: { readonly url: string },
  options: Partial<ClientOptions> = {},
  surroundings: Surroundings = realSurroundings,
): TestClient {
  const connections: ConnectionState[] = [];
  const client = openClient(
    {
      url,
      token: secret(TOKEN),
      webSocketImpl: WebSocket,
      onConnection: (connection) => void connections.push(connection),
      lingerMs: 0,
      ...options,
    },
    surroundings,
  );
  clients.add(client);
  return {
    ...client,
    connections,
    was: (wanted, times = 1) => until(() => connections.filter(({ state }) => state === wanted).length >= times),
  };
}

/** Takes the next change. @throws when there is none */
export async function next(changes: AsyncIterator<OperationStatusChange, undefined>): Promise<OperationStatusChange> {
  const result = await changes.next();
  if (result.done === true) throw new Error('It is over, and a change was awaited.');
  return result.value;
}

/** Reads to the end. */
export async function readAll(changes: AsyncIterable<OperationStatusChange>): Promise<string[]> {
  const all: string[] = [];
  for await (const change of changes) all.push(told(change));
  return all;
}
