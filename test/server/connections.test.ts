import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { metricsOf, refusalsOf } from './metrics.js';
import { openReady } from './raw-socket.js';
import { startGateway, type TestGateway } from './start-gateway.js';

const sockets: Socket[] = [];
let gateway: TestGateway;
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await gateway.stop();
});

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on('error', () => undefined); // the gateway may cut it
  await once(socket, 'connect');
  return socket;
}

const HEAD = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n';

describe('an HTTP request that takes too long to arrive', () => {
  it.each([
    { what: 'its headers', written: HEAD },
    { what: 'its body', written: `${HEAD}\r\n{"query"` },
  ])('is given up while $what are awaited, and counted', async ({ written }) => {
    gateway = await startGateway({ MAX_REQUEST_SECONDS: '1' });
    const socket = await open();
    socket.write(written);
    const said = await text(socket);
    expect(said).toMatch(/^HTTP\/1\.1 408 /);
    expect(said).toContain('{"code":"LIMIT_EXCEEDED","limit":"REQUEST_SECONDS"}');
    expect(await refusalsOf(gateway, 'REQUEST_SECONDS')).toBe(1);
    expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

describe('an HTTP request', () => {
  it('that is cut in the middle of its body is nobody’s error', async () => {
    gateway = await startGateway();
    const socket = await open();
    socket.write(`${HEAD}\r\n{"query"`);
    socket.resetAndDestroy();
    await gateway.happened('request');
    expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('with more headers than there may be is refused in words', async () => {
    gateway = await startGateway();
    const socket = await open();
    socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 431 .*16384 bytes/s);
  });

  it('has a body of so many bytes', async () => {
    gateway = await startGateway({ MAX_BODY_BYTES: '2000' });
    const post = (length: number): Promise<Response> => {
      const body = JSON.stringify({ query: '{ __typename }' });
      return fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body + ' '.repeat(length - body.length),
      });
    };
    expect((await post(2_000)).status).toBe(200);
    const refused = await post(2_001);
    expect(refused.status).toBe(413);
    expect(await refused.json()).toEqual({
      errors: [
        { message: 'A body has at most 2000 bytes.', extensions: { code: 'LIMIT_EXCEEDED', limit: 'BODY_BYTES' } },
      ],
    });
    expect(await refusalsOf(gateway, 'BODY_BYTES')).toBe(1);
    expect((await post(100)).status).toBe(200);
  });
});

describe('a body that goes on and on', () => {
  it('is refused when it is too long already, and not kept to its end', async () => {
    gateway = await startGateway({ MAX_BODY_BYTES: '2000', MAX_REQUEST_SECONDS: '5' });
    const socket = await open();
    socket.write(HEAD.replace('Content-Length: 100', 'Transfer-Encoding: chunked'));
    socket.write(`\r\nbb9\r\n${'x'.repeat(0xbb9)}\r\n`);
    const [said] = (await once(socket, 'data')) as [Buffer];
    expect(said.toString()).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('connections', () => {
  it('beyond those that the process has files for are closed, however few websockets there are', async () => {
    gateway = await startGateway({ MAX_SOCKETS: '300', MAX_CONNECTIONS: '2' });
    const [first] = [await open(), await open()];
    expect(await Promise.all((await openMany(50)).map((each) => text(each)))).toEqual(Array(50).fill(''));
    first.write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(first)).toContain('gateway_refused_total{limit="CONNECTIONS"} 50');
    expect((await metricsOf(gateway)).get('gateway_refused_total{limit="CONNECTIONS"}')).toBe(50);
  });

  it('that became websockets leave their places to others', async () => {
    gateway = await startGateway({ MAX_SOCKETS: '5', MAX_CONNECTIONS: '2' });
    const clients = [];
    for (let at = 0; at < 5; at++) clients.push(await openReady(gateway.url));
    await openMany(2);
    expect(await text(await open())).toBe('');
    for (const client of clients) client.close();
    await Promise.all(clients.map(({ closed }) => closed)); // and give none back
    expect(await text(await open())).toBe('');
  });
});

describe('requests on one connection', () => {
  const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const last = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

  it('may come before the answers to those before, some dozens of them, again and again', async () => {
    gateway = await startGateway();
    const socket = await open();
    for (let round = 0; round < 3; round++) {
      socket.write(request('/healthz').repeat(64));
      let said = '';
      while ((said.match(/ok\n/g) ?? []).length < 64) said += String((await once(socket, 'data'))[0]);
    }
    socket.write(last);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await refusalsOf(gateway, 'PIPELINED_REQUESTS')).toBe(0);
  });

  it('end it when more than 64 wait for their answers', async () => {
    gateway = await startGateway();
    const socket = await open();
    socket.write(request('/metrics').repeat(1_400));
    expect((await text(socket)).match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThanOrEqual(64);
    await gateway.happened('request');
    expect(await refusalsOf(gateway, 'PIPELINED_REQUESTS')).toBe(1);
    expect(gateway.logged.filter(({ event }) => event === 'request').length).toBeLessThanOrEqual(66);
  });
});

async function openMany(count: number): Promise<readonly Socket[]> {
  const opened: Socket[] = [];
  while (opened.length < count) opened.push(await open());
  return opened;
}
