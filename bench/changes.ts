import { type BareCommands } from './children/bare-ws.js';
import { sharedNow } from './children/child.js';
import { type GraphCommands } from './children/graph.js';
import { type StockCommands } from './children/stock-graphql-ws.js';
import { type Child } from './processes.js';
import { hostOf, type World } from './world.js';

/** What makes a server tell everybody something. */
export interface Change {
  /** The number of the coming one. */
  next(): Promise<number>;
  begin(): Promise<void>;
  /** When the server could know of it, by the number of the operation; ms of the clock that all processes share. */
  knownAt(): Promise<(operation: number) => number>;
}

/** All operations change, and the gateway learns it as it reads them. */
export function changeOfGraph(graph: Child<GraphCommands>, world: World): Change {
  return {
    next: async () => (await graph.ask('revision', null)) + 1,
    begin: () => graph.ask('change', null),
    async knownAt() {
      const answeredAt = await graph.ask('answeredAt', null);
      return (operation) => answeredAt.get(hostOf(operation, world)) ?? NaN;
    },
  };
}

export function changeOfStock(server: Child<StockCommands>): Change {
  return onCommand(
    async () => (await server.ask('revision', null)) + 1,
    () => server.ask('change', null),
  );
}

/** The bytes of one message, sent to each socket so many times. */
export function sendingOfBare(server: Child<BareCommands>, frame: string, perSocket: number): Change {
  return onCommand(
    () => Promise.resolve(0),
    () => server.ask('send', { frame, perSocket }),
  );
}

function onCommand(next: () => Promise<number>, begin: () => Promise<void>): Change {
  let begunAt = NaN;
  return {
    next,
    begin() {
      begunAt = sharedNow();
      return begin();
    },
    knownAt: () => Promise.resolve(() => begunAt),
  };
}
