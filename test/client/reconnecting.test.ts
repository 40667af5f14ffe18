import { describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { freePort } from '../support/free-port.js';
import { closeAfterTest, startTestGateway } from '../support/gateway.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { pass, until } from '../support/until.js';
import { connect, next, readAll, REF, startWatched, surroundingsOf } from './support.js';
import { told } from './told.js';

/** A way to a gateway that can be cut. */
async function startProxied() {
  const watched = await startWatched();
  const proxy = await startTcpProxy(Number(new URL(watched.gateway.url).port));
  closeAfterTest({ close: () => proxy.stop() });
  return { ...watched, proxy, url: urlOf(proxy) };
}

function urlOf({ port }: TcpProxy): string {
  return `http://127.0.0.1:${port}`;
}

describe('a connection that is lost', () => {
  it('is opened again, and nothing that happened meanwhile is missed or told twice', async () => {
    const { gateway, put, proxy, url } = await startProxied();
    const clock = createFakeClock(); // the client's: it comes back when it is told to
    const client = connect({ url }, {}, surroundingsOf(clock));
    const changes = client.trackOperation(REF);
    expect(told(await next(changes))).toBe('SNAPSHOT NOT_STARTED');
    const friend = connect(gateway).trackOperation(REF);
    await next(friend);

    proxy.cut();
    await client.was('waiting');
    put('inProgress');
    await next(friend);
    put('succeeded');
    await next(friend);

    const rest = readAll(changes);
    await clock.advance(500);
    expect(await rest).toEqual(['CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED']);
    const states = ['connecting', 'connected', 'disconnected', 'waiting', 'connecting', 'connected'];
    expect(client.connections.map(({ state }) => state).slice(0, 6)).toEqual(states);
  });

  it('is lost as often as it likes', async () => {
    const { put, proxy, url } = await startProxied();
    const client = connect({ url });
    const seen: string[] = [];
    for await (const change of client.trackOperation(REF)) {
      seen.push(told(change));
      if (change.operation.terminal) continue;
      proxy.cut();
      await client.was('connected', seen.length + 1);
      put(seen.length === 1 ? 'inProgress' : 'succeeded');
    }
    expect(seen).toEqual(['SNAPSHOT NOT_STARTED', 'CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED']);
  });

  it('is noticed when it only fell silent', async () => {
    const { put, proxy, url } = await startProxied();
    const clock = createFakeClock();
    const client = connect({ url }, {}, surroundingsOf(clock));
    const changes = client.trackOperation(REF);
    await next(changes);
    proxy.silence();
    proxy.restore();
    put('succeeded');
    const rest = readAll(changes);
    await clock.advance(25_000); // it asks whether anybody is there
    expect(client.connections.map(({ state }) => state)).toEqual(['connecting', 'connected']);
    await clock.advance(10_000);
    expect(client.connections).toContainEqual({ state: 'disconnected', closeCode: 4499, reason: 'Terminated' });
    await clock.advance(500);
    expect(await rest).toEqual(['CHANGED NOT_STARTED → SUCCEEDED']);
  });

  it('stays, as long as somebody answers', async () => {
    const { put, url } = await startProxied();
    const clock = createFakeClock();
    const client = connect({ url }, {}, surroundingsOf(clock));
    const changes = client.trackOperation(REF);
    await next(changes);
    for (let pings = 1; pings <= 3; pings++) {
      await clock.advance(25_000);
      await pass(50); // the answer comes over a real socket
    }
    expect(client.connections.map(({ state }) => state)).toEqual(['connecting', 'connected']);
    put('succeeded');
    expect(await readAll(changes)).toEqual(['CHANGED NOT_STARTED → SUCCEEDED']);
  });
});

describe('a gateway that is restarted', () => {
  it('is come back to, and what it knows no more is told as RESET', async () => {
    const PORT = String(await freePort());
    const { graph, gateway, put } = await startWatched({ environment: { PORT } });
    const client = connect(gateway);
    const changes = client.trackOperation(REF);
    await next(changes);
    await gateway.app.stop();
    put('inProgress');
    await startTestGateway({ graphUrl: graph.url, environment: { PORT, POLL_INTERVAL_SECONDS: '0.1' } });
    expect(told(await next(changes))).toBe('RESET RUNNING');
    put('succeeded');
    expect(await readAll(changes)).toEqual(['CHANGED RUNNING → SUCCEEDED']);
    expect(client.connections).toContainEqual({ state: 'disconnected', closeCode: 1001, reason: 'Going away' });
  });
});

describe('a client without a connection', () => {
  /** Nobody listens there. */
  async function nowhere(): Promise<string> {
    return `http://127.0.0.1:${await freePort()}`;
  }

  it('takes an address for wrong at which four attempts more have found nothing', async () => {
    const clock = createFakeClock();
    const url = await nowhere();
    const client = connect({ url }, {}, surroundingsOf(clock, 0.999_999));
    const waiting = client.waitForOperation(REF);
    await expect(advanceUntil(clock, 100, waiting)).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: `There is no gateway to talk to at ${url.replace('http', 'ws')}/graphql: connect ECONNREFUSED ${url.slice(7)}`,
    });
    const pauses = client.connections.flatMap((each) => (each.state === 'waiting' ? [each.retryInMs] : []));
    expect(pauses).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('goes on trying where it was once, with pauses of half a minute at most', async () => {
    const clock = createFakeClock();
    const { gateway, put } = await startWatched({ environment: { PORT: String(await freePort()) } });
    const client = connect(gateway, {}, surroundingsOf(clock));
    const changes = client.trackOperation(REF);
    await next(changes);
    await gateway.app.stop();
    put('succeeded');
    await advanceUntil(clock, 1_000, client.was('waiting', 9));
    const pauses = client.connections.flatMap((each) => (each.state === 'waiting' ? [each.retryInMs] : []));
    expect(pauses.slice(0, 9)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  it('begins anew with whoever waits next: as often, and without a pause before the first', async () => {
    const clock = createFakeClock();
    const client = connect({ url: await nowhere() }, { retryAttempts: 2 }, surroundingsOf(clock));
    for (const times of [1, 2, 3]) {
      const waiting = client.waitForOperation(REF);
      await expect(advanceUntil(clock, 100, waiting)).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
      const states = client.connections.map((each) => (each.state === 'waiting' ? each.retryInMs : each.state));
      const attempt = ['connecting', 'disconnected'];
      const round = [...attempt, 250, ...attempt, 500, ...attempt];
      expect(states).toEqual(Array.from({ length: times }, () => round).flat());
    }
  });

  it('gives up when it was told to', async () => {
    const url = await nowhere();
    const waiting = connect({ url }, { retryAttempts: 0 }).waitForOperation(REF);
    await expect(waiting).rejects.toMatchObject({ name: 'OperationsError', code: 'CONNECTION_FAILED' });
  });

  it('gives up when it was told to, also where it was once', async () => {
    const { proxy, url } = await startProxied();
    const changes = connect({ url }, { retryAttempts: 0 }).trackOperation(REF);
    await next(changes);
    proxy.cut();
    await expect(changes.next()).rejects.toMatchObject({ code: 'CONNECTION_FAILED', closeCode: 1006 });
  });

  it('can be left at once', async () => {
    const clock = createFakeClock();
    const client = connect({ url: await nowhere() }, {}, surroundingsOf(clock));
    const leaving = new AbortController();
    const waiting = client.waitForOperation(REF, { signal: leaving.signal });
    await client.was('waiting');
    leaving.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(clock.pending).toBe(0);
    expect(client.connections.filter(({ state }) => state === 'connecting')).toHaveLength(1);
  });
});

describe('a closing', () => {
  /** A server that closes each connection with a code once it was greeted. */
  async function startClosing(code: number, reason: string) {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'graphql-transport-ws' });
    let connections = 0;
    server.on('connection', (socket: WebSocket) => {
      connections += 1;
      socket.on('message', () => socket.close(code, reason));
    });
    await until(() => server.address() !== null);
    closeAfterTest({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as { port: number };
    return { url: `ws://127.0.0.1:${port}`, connections: () => connections };
  }

  it.each([
    { closeCode: 1009, code: 'LIMIT_EXCEEDED' },
    { closeCode: 4400, code: 'BAD_USER_INPUT' },
    { closeCode: 4401, code: 'UNAUTHENTICATED' },
    { closeCode: 4406, code: 'CONNECTION_FAILED' },
    { closeCode: 4409, code: 'CONNECTION_FAILED' },
    { closeCode: 4429, code: 'CONNECTION_FAILED' },
    { closeCode: 4500, code: 'INTERNAL_SERVER_ERROR' },
  ])('with $closeCode is the end: $code', async ({ closeCode, code }) => {
    const { url, connections } = await startClosing(closeCode, 'for a reason');
    await expect(connect({ url }).waitForOperation(REF)).rejects.toMatchObject({
      code,
      closeCode,
      message: `The connection to ${url}/graphql was closed with ${closeCode}: for a reason`,
    });
    expect(connections()).toBe(1);
  });

  it.each([1001, 1012, 1013, 4403, 4408])('with %i is tried again', async (closeCode) => {
    const clock = createFakeClock();
    const { url, connections } = await startClosing(closeCode, '');
    const waiting = connect({ url }, { retryAttempts: 2 }, surroundingsOf(clock)).waitForOperation(REF);
    await expect(advanceUntil(clock, 100, waiting)).rejects.toMatchObject({ closeCode });
    expect(connections()).toBe(3);
  });
});
