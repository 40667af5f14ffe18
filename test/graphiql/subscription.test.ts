import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { subscribe } from '../../src/graphiql/subscription.js';
import { until } from '../support/until.js';

/** As graphql-ws writes it. */
interface Said {
  readonly type: string;
  readonly id?: string;
  readonly payload?: { readonly authorization?: string; readonly variables?: object };
}

const WATCH = 'subscription Watch($after: String) { operationStatusChanged(refs: [], after: $after) { cursor } }';

describe('a subscription of GraphiQL', () => {
  const browser = globalThis as { WebSocket?: unknown };
  const own = browser.WebSocket; // not every version of Node has one
  let server: WebSocketServer;
  let type: (headers: Record<string, string>) => void;
  let isFollowed: boolean;
  /** What each websocket said, oldest first. */
  let said: Said[][];
  /** Sends an event to whoever has subscribed last. */
  let tell: (cursor: string) => void;

  beforeAll(() => void (browser.WebSocket = WebSocket));
  afterAll(() => void (browser.WebSocket = own));
  beforeEach(async () => {
    [said, isFollowed] = [[], false];
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => {
      const heard: Said[] = [];
      said.push(heard);
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Said;
        heard.push(message);
        if (message.type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (message.type !== 'subscribe') return;
        tell = (cursor) => {
          const payload = { data: { operationStatusChanged: { cursor } } };
          socket.send(JSON.stringify({ id: message.id, type: 'next', payload }));
        };
      });
    });
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    await once(server, 'close');
  });

  function run(headers: Record<string, string>): AsyncIterator<unknown> {
    const results = subscribe({
      endpoint: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      payload: { query: WATCH, variables: {} },
      headers: new Headers(headers),
      typed: {
        follow(listener) {
          isFollowed = true;
          type = (headers) => listener(new Headers(headers));
          return () => void (isFollowed = false);
        },
      },
    });
    return results[Symbol.asyncIterator]();
  }
  const isSubscribed = (sockets: number) => () =>
    said.length === sockets && said.at(-1)?.some(({ type }) => type === 'subscribe') === true;
  const event = (cursor: string): object => ({
    done: false,
    value: { data: { operationStatusChanged: { cursor } } },
  });

  it('goes on behind the last event over a new websocket when another token is typed', async () => {
    const results = run({ authorization: 'Bearer one' });
    const first = results.next();
    await until(isSubscribed(1));
    tell('c-1');
    expect(await first).toEqual(event('c-1'));

    const second = results.next();
    type({ authorization: 'Bearer two' });
    await until(isSubscribed(2));
    tell('c-2');
    expect(await second).toEqual(event('c-2'));
    const [before = [], after = []] = said;
    expect(before.map(({ type }) => type)).toEqual(['connection_init', 'subscribe', 'complete']);
    expect(after[0]?.payload).toEqual({ authorization: 'Bearer two' });
    expect(after[1]?.payload?.variables).toEqual({ after: 'c-1' });
    await until(() => server.clients.size === 1);

    type({});
    await until(isSubscribed(3));
    expect(said[2]?.[0]).toEqual({ type: 'connection_init' });

    await results.return?.();
    await until(() => server.clients.size === 0);
    expect(isFollowed).toBe(false);
  });

  it('stays where it is when what is typed changes nothing that a websocket is told', async () => {
    const results = run({ authorization: 'Bearer one' });
    const first = results.next();
    await until(isSubscribed(1));
    type({ Authorization: 'Bearer one', 'x-other': 'mine' });
    tell('c-1');
    expect(await first).toEqual(event('c-1'));
    expect(said).toHaveLength(1);
    await results.return?.();
  });

  it('has the newest token also when the last one was never answered', async () => {
    const results = run({ authorization: 'Bearer one' });
    const first = results.next();
    type({ authorization: 'Bearer two' });
    type({ authorization: 'Bearer three' });
    await until(() => said.some((heard) => heard.some(({ type }) => type === 'subscribe')));
    tell('c-1');
    expect(await first).toEqual(event('c-1'));
    const subscribed = said.filter((heard) => heard.some(({ type }) => type === 'subscribe'));
    expect(subscribed.map(([init]) => init?.payload)).toEqual([{ authorization: 'Bearer three' }]);
    await results.return?.();
    await until(() => server.clients.size === 0);
  });
});
