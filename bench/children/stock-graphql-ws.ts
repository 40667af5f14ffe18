import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { buildSchema, type GraphQLInterfaceType, type GraphQLSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { stateAt } from '../world.js';
import { answerParent, setting } from './child.js';

/** graphql-ws as its documentation sets it up: our schema, events from memory, one execution per subscriber and event. */

export type StockCommands = {
  /** The number of the newest change. */
  revision: (input: null) => number;
  /** Tells everybody. */
  change: (input: null) => void;
};

interface Event {
  readonly operationStatusChanged: object;
}

/** What a subscriber of the gateway was told, in a message as it came. */
const message = JSON.parse(setting('SAMPLE')) as {
  readonly payload: { readonly data: { readonly operationStatusChanged: { readonly operation: object } } };
};
const sample = message.payload.data.operationStatusChanged;

let revision = 0;
const subscribers = new Set<(event: Event) => void>();

function eventOf(reason: 'SNAPSHOT' | 'CHANGED'): Event {
  const { status, state } = stateAt(revision);
  const from = reason === 'SNAPSHOT' ? null : stateAt(revision - 1).state;
  const operation = { __typename: 'TeamsAsyncOperation', ...sample.operation, state, rawStatus: status };
  return { operationStatusChanged: { ...sample, reason, from, to: state, operation } };
}

/** What a topic of a publish/subscribe library gives to each subscriber. */
function subscribe(): AsyncIterableIterator<Event> {
  const waiting: Event[] = [eventOf('SNAPSHOT')];
  let wake: ((event: IteratorResult<Event>) => void) | null = null;
  const tell = (event: Event): void => {
    if (wake === null) waiting.push(event);
    else wake({ done: false, value: event });
    wake = null;
  };
  subscribers.add(tell);
  return {
    next() {
      const value = waiting.shift();
      if (value !== undefined) return Promise.resolve({ done: false, value });
      return new Promise((resolve) => (wake = resolve));
    },
    return() {
      subscribers.delete(tell);
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function createStockSchema(sdl: string): GraphQLSchema {
  const schema = buildSchema(sdl);
  for (const name of ['Operation', 'Node']) {
    (schema.getType(name) as GraphQLInterfaceType).resolveType = () => 'TeamsAsyncOperation';
  }
  return schema;
}

const schema = createStockSchema(await readFile('schema/schema.graphql', 'utf8'));
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/graphql', perMessageDeflate: false });
useServer({ schema, roots: { subscription: { operationStatusChanged: subscribe } } }, server);
await once(server, 'listening');

const commands: StockCommands = {
  revision: () => revision,
  change() {
    revision += 1;
    const event = eventOf('CHANGED');
    for (const tell of subscribers) tell(event);
  },
};
answerParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, commands);
