import { type CommonCommands } from './children/child.js';
import { type GatewayCommands } from './children/gateway.js';
import { type GraphCommands } from './children/graph.js';
import { startChild, type Child } from './processes.js';
import { type Place } from './processors.js';

/** A Graph of its own and a gateway that reads it. */
export interface Pair {
  readonly graph: Child<GraphCommands>;
  readonly gateway: Child<GatewayCommands & CommonCommands>;
  readonly stop: () => Promise<void>;
}

/** The interval is short, so that there is something to see; then budgets meant for 31 s have to be lifted. */
export async function startPair(intervalSeconds: number, operationsPerHost: number): Promise<Pair> {
  const graph = await startGraph(operationsPerHost);
  const gateway = await startGateway(graph, intervalSeconds);
  return {
    graph,
    gateway,
    async stop() {
      await gateway.stop();
      await graph.stop();
    },
  };
}

export async function startGraph(operationsPerHost: number): Promise<Child<GraphCommands>> {
  const graph = await startChild<GraphCommands>('graph', 'beside');
  await graph.ask('world', { operationsPerHost });
  return graph;
}

export function startGateway(
  graph: { readonly url: string },
  intervalSeconds: number,
  environment: Record<string, string> = {},
  place: Place = 'measured',
): Promise<Child<GatewayCommands & CommonCommands>> {
  return startChild('gateway', place, {
    PORT: '0',
    GRAPH_URL: graph.url,
    POLL_INTERVAL_SECONDS: String(intervalSeconds),
    GRAPH_RATE_PER_SECOND: '0',
    GRAPH_RATE_PER_TEAM: '0',
    ...environment,
  });
}
