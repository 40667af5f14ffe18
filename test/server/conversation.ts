import { type GraphQLSchema } from 'graphql';
import { createSchema } from '../../src/api/schema.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readLimits } from '../../src/config/limits.js';
import { type Clock } from '../../src/lib/clock.js';
import { silentLog } from '../../src/lib/log.js';
import { type EventStream, type StreamEvent } from '../../src/poll/stream.js';
import { createDocuments } from '../../src/server/documents.js';
import { createFanOut, createFanOutTally, type FanOutTally, type Push, type Sink } from '../../src/server/fan-out.js';
import { framesOf } from '../../src/server/frames.js';
import { createProtocol, type Connection } from '../../src/server/graphql-protocol.js';
import { createSocketCaps } from '../../src/server/socket-caps.js';
import { caller } from '../poll/world.js';
import { textsIn } from './frame-texts.js';

/** What a client says to begin. */
export interface Asking {
  readonly id: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** The protocol on both its paths, with streams of a test's own and no network. */
export interface Conversations {
  readonly tally: FanOutTally;
  /**
   * All that a client hears who asks for the stream, to its end.
   * @param path whether events are pushed, or asked for one by one as graphql-js and graphql-ws do
   */
  readonly hear: (path: 'push' | 'pull', asking: Asking, stream: EventStream) => Promise<readonly string[]>;
}

const limits = readLimits(
  createEnvironmentReader({ MAX_OPERATIONS_PER_SECOND: '1000000', MAX_DOCUMENT_ALIASES: '1000' }),
);

export async function createConversations(clock: Clock, given?: GraphQLSchema): Promise<Conversations> {
  const schema = given ?? (await createSchema());
  const report = { log: silentLog, refused: () => undefined };
  const tally = createFanOutTally();
  let stream: AsyncIterableIterator<StreamEvent> | null = null;
  const watch = () => stream;
  const coordinator = { watchOperations: watch, watchHost: watch, nextCheckAt: () => clock.now() + 31_000 };
  const services = { coordinator, clock, graphRoot: new URL('https://graph.test'), limits, checks: null, waits: null };
  const protocol = createProtocol({
    schema,
    documents: createDocuments({ schema, introspection: true, limits, trusted: null }),
    services: services as never, // as much of them as a subscription needs
    fanOut: createFanOut({ schema, services: services as never, clock, report, tally }),
    identify: () => Promise.resolve(caller('anna')),
    caps: createSocketCaps(limits),
    limits,
    clock,
    report,
  });

  return {
    tally,
    async hear(path, { id, ...payload }, events) {
      stream =
        path === 'push'
          ? events
          : {
              next: () => events.next(),
              return: () => events.return(),
              [Symbol.asyncIterator]() {
                return this;
              },
            };
      const said: string[] = [];
      let say: (message: never) => Promise<void> = () => Promise.resolve();
      return new Promise((resolve) => {
        const hear = (text: string): void => {
          said.push(text);
          const { type } = JSON.parse(text) as { type: string };
          if (type === 'connection_ack') void say({ type: 'subscribe', id, payload } as never);
          if (type === 'complete' || type === 'error') resolve(said.slice(1));
        };
        const connection: Connection = {
          authorization: 'Bearer one',
          session: null,
          isOpen: true,
          running: new Map(),
          operations: {},
          outlet: protocol.openOutlet(sinkTo(hear), { hasEnded: (key) => protocol.ended(connection, key) }),
          bucket: protocol.newBucket(),
          greeted: () => undefined,
          close: (_code, reason) => resolve([...said, `closed: ${reason}`]),
          say: (message) => hear(JSON.stringify(message)),
          warn: () => undefined,
          expire: () => undefined,
          hasAnotherCaller: () => undefined,
        };
        const socket = {
          protocol: 'graphql-transport-ws',
          send: (text: string) => hear(text),
          close: (_code: number, reason: string) => resolve([...said, `closed: ${reason}`]),
          onMessage: (listener: (message: never) => Promise<void>) => (say = listener),
        };
        protocol.opened(socket, connection);
        void say({ type: 'connection_init' } as never);
      });
    },
  };
}

/** A connection that takes everything at once. */
export function sinkTo(hear: (text: string) => void): Sink {
  return {
    isFull: false,
    whenRoom: () => undefined,
    write: (pushes: readonly Push[]) => {
      for (const text of textsIn(framesOf(pushes))) hear(text);
    },
  };
}
