import { createServer } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, type SubscribeMessage } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { fatalReason, waitMs } from '../../src/board/transport/connection.js';
import { resumable } from '../../src/board/transport/resume.js';

describe('a stream that is resumed', () => {
  let server: ReturnType<typeof createServer>;
  let sockets: WebSocketServer;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    sockets = new WebSocketServer({ server });
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.close();
  });

  it('is asked for from the newest cursor when its client connects again', async () => {
    const asked: unknown[] = [];
    const again = new Promise<void>((resolve) => {
      sockets.on('connection', (socket) => {
        socket.on('message', (data: Buffer) => {
          const { id, payload: said } = JSON.parse(data.toString()) as Partial<SubscribeMessage>;
          if (id === undefined) {
            socket.send('{"type":"connection_ack"}');
            return;
          }
          asked.push(said?.variables);
          if (asked.length === 2) {
            resolve();
            return;
          }
          for (const cursor of ['c-1', 'c-2']) {
            const payload = { data: { operationStatusChanged: { cursor } } };
            socket.send(JSON.stringify({ id, type: 'next', payload }));
          }
          socket.close(1001);
        });
      });
    });
    const client = createClient({
      url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
      webSocketImpl: WebSocket,
      retryWait: () => Promise.resolve(),
    });
    const { payload, note } = resumable({ query: 'subscription { x }', variables: { refs: [{ id: 'x' }] } });
    const nothing = (): void => undefined;
    const stop = client.subscribe(payload, { next: note, error: nothing, complete: nothing });
    await again;
    stop();
    await client.dispose();
    expect(asked).toEqual([{ refs: [{ id: 'x' }] }, { refs: [{ id: 'x' }], after: 'c-2' }]);
  });

  it.each([undefined, null, {}, { x: null }, { x: { cursor: 7 } }, 'x'])('keeps its cursor over %j', (data) => {
    const { payload, note } = resumable({ query: '', variables: { after: 'c-1' } });
    note({ data });
    expect(payload.variables['after']).toBe('c-1');
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
