import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type SubscribeMessage } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { fatalReason, waitMs, type Connection } from '../../src/board/transport/connection.js';
import { createLink, type Link } from '../../src/board/transport/link.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';

/** As graphql-ws writes it. */
type Said = Partial<Pick<SubscribeMessage, 'id' | 'payload'>> & { readonly type: string };

describe('the link to the gateway', () => {
  const browser = globalThis as { WebSocket?: unknown };
  const own = browser.WebSocket; // not every version of Node has one
  let server: ReturnType<typeof createServer>;
  let sockets: WebSocketServer;
  let clock: FakeClock;
  let link: Link;
  /** The variables of each subscription, oldest first. */
  const asked: unknown[] = [];
  const told: Connection[] = [];
  const resumed = (): string[] => told.flatMap((now) => (now.kind === 'connected' ? [now.resumed] : []));

  beforeAll(() => void (browser.WebSocket = WebSocket));
  afterAll(() => void (browser.WebSocket = own));
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        const { type, id, payload } = JSON.parse(data.toString()) as Said;
        if (type === 'connection_init') socket.send('{"type":"connection_ack"}');
        if (type !== 'subscribe') return;
        asked.push(payload?.variables);
        const event = { data: { operationStatusChanged: { cursor: `c-${asked.length}` } } };
        socket.send(JSON.stringify({ id, type: 'next', payload: event }));
      });
    });
    await once(server, 'listening');
    [asked.length, told.length] = [0, 0];
    clock = createFakeClock();
    link = createLink({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      clock,
      random: () => 0,
      onConnection: (connection) => void told.push(connection),
      onToken: () => undefined,
    });
    let events = 0;
    link.socket.subscribe(
      { query: 'subscription { x }', variables: { refs: [{ id: 'x' }] } },
      { next: () => void (events += 1), error: () => undefined, complete: () => undefined },
    );
    await until(() => events === 1);
  });
  afterEach(async () => {
    link.drop(); // and its clock stands still, so it does not connect again
    await until(() => told.at(-1)?.kind === 'waiting');
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.close();
  });

  async function lose(): Promise<void> {
    for (const socket of sockets.clients) socket.close(1001);
    await until(() => told.at(-1)?.kind === 'waiting');
  }

  it('asks for a stream from the newest cursor when it connects again, and promises nothing of it', async () => {
    await lose();
    link.hurry();
    await until(() => asked.length === 2);
    expect(asked).toEqual([{ refs: [{ id: 'x' }] }, { refs: [{ id: 'x' }], after: 'c-1' }]);
    expect(resumed()).toEqual(['first', 'back']);
  });

  it('begins anew with another token, and goes on with that', async () => {
    expect(link.setToken(secret('another-token-of-the-board'))).toBe(true);
    await clock.advance(0); // it does not wait
    await until(() => asked.length === 2);
    await lose();
    link.hurry();
    await until(() => asked.length === 3);
    expect(resumed()).toEqual(['first', 'first', 'back']);
  });

  it('forgets a token that it has just offered too', async () => {
    const [socket] = sockets.clients;
    const heard = once(socket ?? sockets, 'message');
    socket?.send(JSON.stringify({ type: 'ping', payload: { tokenExpiresAt: new Date(60_000).toISOString() } }));
    await heard;
    expect(link.setToken(secret('a-token-that-the-board-offers'))).toBe(false);
    expect(link.setToken(null)).toBe(true);
    await until(() => told.at(-1)?.kind === 'waiting');
    expect(link.headers()).toEqual({});
  });

  it('waits before it connects again, though it was told to hurry when there was no need', async () => {
    link.hurry();
    await lose();
    expect(told.at(-1)).toEqual({ kind: 'waiting', until: clock.now() + 1_000 });
  });

  it('takes a connection for broken on which nothing is answered', async () => {
    for (const socket of sockets.clients) socket.pause();
    await clock.advance(16_000);
    await until(() => told.at(-1)?.kind === 'waiting');
  });
});

describe('a connection', () => {
  it('waits twice as long each time, up to half a minute, and never more', () => {
    expect([0, 1, 2, 5, 9].map((retries) => waitMs(retries, () => 0))).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
    expect(waitMs(5, () => 0.999)).toBeGreaterThanOrEqual(15_000);
  });

  it('ends for good where the gateway says so, and only there', () => {
    for (const code of [1002, 1009, 4400, 4401, 4429, 4500]) expect(fatalReason(code, 'why')).toBe('why');
    for (const code of [1000, 1001, 1005, 1006, 1012, 1013, 4403, 4408, 4499])
      expect(fatalReason(code, 'why')).toBeNull();
    expect(fatalReason(4401, '')).toContain('4401');
  });
});
