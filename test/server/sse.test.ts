import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient, type Client } from 'graphql-sse';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { createFakeClock } from '../support/fake-clock.js';
import { heard } from '../support/secrets.js';
import { openStream, type RawStream, type StreamAsk } from '../support/sse-client.js';
import { until } from '../support/until.js';
import { metricsOf, refusalsOf } from './metrics.js';
import { openReady } from './raw-socket.js';
import { sandboxOf, startGateway, startGatewayOfGraph, type TestGateway } from './start-gateway.js';

const WATCH = `subscription ($refs: [OperationRef!]!, $after: String) {
  operationStatusChanged(refs: $refs, after: $after) { reason from to cursor operation { id location rawStatus } }
}`;
const HELLO = '{ __typename }';
const STATE_MS = 120_000;
const TOKEN_HEADER = 'x-graphql-event-stream-token';

type SseClient = Client | Client<true>;

interface Told {
  readonly reason: string;
  readonly to: string;
  readonly cursor: string;
}

const changeIn = (result: unknown): Told =>
  (result as { data: { operationStatusChanged: Told } }).data.operationStatusChanged;
const watch = (...locations: readonly string[]): object => ({
  query: WATCH,
  variables: { refs: locations.map((location) => ({ location })) },
});
const addressOf = (query: string, variables: object = {}): string =>
  `/graphql/stream?${new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString()}`;
const errorIn = (text: string): unknown => (JSON.parse(text) as { errors: unknown[] }).errors[0];

const streams: RawStream[] = [];
const clients: SseClient[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.cut();
  for (const client of clients.splice(0)) client.dispose();
});

async function open({ url }: { readonly url: string }, ask: StreamAsk): Promise<RawStream> {
  const stream = await openStream(url, ask);
  streams.push(stream);
  return stream;
}
/** A stream for many operations, and its token. */
async function openShared(gateway: { readonly url: string }, headers: Readonly<Record<string, string>> = {}) {
  const reserved = await open(gateway, { method: 'PUT', headers: { accept: '*/*', ...headers } });
  const token = await reserved.ended;
  expect(reserved.status).toBe(201);
  const stream = await open(gateway, { headers: { [TOKEN_HEADER]: token, ...headers } });
  expect(stream.status).toBe(200);
  return { stream, token };
}
/** An operation in such a stream. */
async function begin(
  gateway: { readonly url: string },
  token: string,
  operationId: string | undefined,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawStream> {
  return open(gateway, {
    body: { ...body, extensions: { operationId } },
    headers: { accept: '*/*', [TOKEN_HEADER]: token, ...headers },
  });
}
function clientOf({ url }: { readonly url: string }, singleConnection: boolean): SseClient {
  const options = { url: `${url}/graphql/stream`, retry: () => Promise.resolve(), retryAttempts: 5 };
  const client = singleConnection
    ? createClient({ ...options, singleConnection })
    : createClient({ ...options, singleConnection });
  clients.push(client);
  return client;
}
const socketsOf = async (gateway: TestGateway) => {
  const metrics = await metricsOf(gateway);
  return ['sockets', 'event_streams', 'subscriptions'].map((name) => metrics.get(`gateway_${name}`));
};
const allGone = async (gateway: TestGateway): Promise<void> => {
  while ((await socketsOf(gateway)).some((count) => count !== 0));
};

describe('server-sent events', () => {
  let aheadMs = 0;
  /** The machine's time, which a test sets forward: an operation waits for it, however busy the machine is. */
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com', INTROSPECTION: 'off' }, { clock });
  });
  afterAll(() => gateway.stop());
  const stalled = (): string => sandboxOf(gateway).begin({ life: { stalls: true } }).location;
  const shortLived = (): string =>
    sandboxOf(gateway).begin({ life: { startsAfterMs: STATE_MS, succeedsAfterMs: 2 * STATE_MS } }).location;

  describe.each([
    { mode: 'a connection for each', single: false },
    { mode: 'one connection for all', single: true },
  ])('to a graphql-sse client with $mode', ({ single }) => {
    it('tell the state now, each change, and complete with the last', async () => {
      const heardOf: string[] = [];
      for await (const result of clientOf(gateway, single).iterate({ ...watch(shortLived()) } as never)) {
        heardOf.push(changeIn(result).to);
        aheadMs += STATE_MS;
      }
      expect(heardOf).toEqual(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
      await allGone(gateway);
    });

    it('answer queries too, and several at a time', async () => {
      const client = clientOf(gateway, single);
      const ask = async (): Promise<unknown> => (await client.iterate({ query: HELLO }).next()).value as unknown;
      const answer = { data: { __typename: 'Query' }, extensions: { upstream: expect.any(Object) } };
      expect(await Promise.all([ask(), ask(), ask()])).toEqual([answer, answer, answer]);
    });

    it('end with the client', async () => {
      await allGone(gateway); // whoever was there before
      const changes = clientOf(gateway, single).iterate(watch(stalled()) as never);
      expect(changeIn((await changes.next()).value)).toMatchObject({ reason: 'SNAPSHOT' });
      expect(await socketsOf(gateway)).toEqual([1, 1, 1]);
      await changes.return?.();
      await allGone(gateway);
    });
  });

  it('are the same bytes as over a websocket', async () => {
    const location = stalled();
    const document = watch(location);
    const socket = await openReady(gateway.url);
    const texts: string[] = [];
    socket.send({ type: 'subscribe', id: '1', payload: document });
    texts.push(JSON.stringify((await socket.next()).payload));
    socket.send({ type: 'subscribe', id: '2', payload: { query: '{ a: __typename nothing }' } });
    const errors = (await socket.next()).payload;
    socket.close();
    const alone = await open(gateway, { body: document });
    const { stream, token } = await openShared(gateway);
    expect((await begin(gateway, token, 'mine "1"\n', document)).status).toBe(202);
    const { data, id } = await alone.next();
    expect(data).toBe(texts[0]);
    expect(id).toBe(changeIn(JSON.parse(data)).cursor);
    expect(await stream.next()).toEqual({
      event: 'next',
      data: `{"id":${JSON.stringify('mine "1"\n')},"payload":${data}}`,
    });
    const wrong = await open(gateway, { body: { query: '{ a: __typename nothing }' } });
    expect(await wrong.result()).toEqual({ errors });
  });

  it('say that nothing may hold them back or change them', async () => {
    const { status, headers } = await open(gateway, { body: watch(stalled()) });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
  });

  it('say what is wrong with a Last-Event-ID that is no cursor', async () => {
    const stream = await open(gateway, { body: watch(stalled()), headers: { 'last-event-id': 'five' } });
    expect(await stream.result()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    expect(await stream.next()).toEqual({ event: 'complete', data: '' });
    await stream.ended;
  });

  it('begin anew for a client that says a Last-Event-ID without a cursor', async () => {
    const stream = await open(gateway, { body: watch(stalled()), headers: { 'last-event-id': '' } });
    expect(changeIn(await stream.result())).toMatchObject({ reason: 'SNAPSHOT' });
    stream.cut();
    await allGone(gateway);
  });

  it('are for curl', async () => {
    const curl = spawn('curl', ['-sN', `${gateway.url}${addressOf(WATCH, { refs: [{ location: shortLived() }] })}`]);
    let text = '';
    let told = 0;
    curl.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const events = text.match(/^data: \{/gm)?.length ?? 0;
      if (events > told) aheadMs += STATE_MS;
      told = events;
    });
    const [code] = (await once(curl, 'close')) as [number];
    heard('curl', text);
    expect(code).toBe(0);
    expect(text).toMatch(/^:\n\nevent: next\nid: \S+\ndata: \{"data":\{.*NOT_STARTED/);
    expect(text).toMatch(/SUCCEEDED.*\n\nevent: complete\ndata:\n\n$/);
  });

  describe('of one connection for all', () => {
    it('answer as the protocol has it what is not to be done', async () => {
      const { stream, token } = await openShared(gateway);
      const named = { [TOKEN_HEADER]: token, accept: '*/*' };
      expect((await begin(gateway, token, 'one', watch(stalled()))).status).toBe(202);
      expect(await stream.next()).toMatchObject({ event: 'next', data: expect.stringMatching(/^\{"id":"one"/) });
      const cases: readonly [StreamAsk, number][] = [
        [{ headers: { [TOKEN_HEADER]: token } }, 409], // it is open already
        [{ headers: { [TOKEN_HEADER]: 'unknown' } }, 404],
        [{ path: '/graphql/stream?token=unknown' }, 404],
        [{ body: { query: HELLO, extensions: { operationId: '1' } }, headers: { [TOKEN_HEADER]: 'unknown' } }, 404],
        [{ body: { query: HELLO, extensions: { operationId: 'one' } }, headers: named }, 409],
        [{ body: { query: HELLO }, headers: named }, 400],
        [{ body: { query: HELLO, extensions: { operationId: '' } }, headers: named }, 400],
        [{ body: { query: HELLO, extensions: { operationId: {} } }, headers: named }, 400],
        [{ body: { query: HELLO, extensions: { operationId: 'x'.repeat(4_097) } }, headers: named }, 400],
        [{ body: { query: '{ nothing }', extensions: { operationId: '2' } }, headers: named }, 400],
        [{ method: 'DELETE', headers: named }, 400],
        [{ method: 'DELETE', path: '/graphql/stream?operationId=', headers: named }, 400],
        [{ method: 'DELETE', path: '/graphql/stream?operationId=one' }, 404],
        [{ method: 'DELETE', path: '/graphql/stream?operationId=unknown', headers: named }, 200],
        [{ method: 'PUT', headers: { accept: 'image/png' } }, 406],
      ];
      for (const [ask, status] of cases) {
        const answer = await open(gateway, ask);
        const text = await answer.ended;
        expect([ask, answer.status]).toEqual([ask, status]);
        if (status !== 200) expect(errorIn(text)).toMatchObject({ extensions: { code: expect.any(String) } });
      }
      const ended = await open(gateway, { method: 'DELETE', path: '/graphql/stream?operationId=one', headers: named });
      expect(ended.status).toBe(200);
      expect((await begin(gateway, token, 'one', { query: HELLO })).status).toBe(202); // its id is free
      expect(await stream.next()).toMatchObject({ event: 'next', data: expect.stringContaining('"Query"') });
      expect(await stream.next()).toEqual({ event: 'complete', data: '{"id":"one"}' });
    });

    it.each(['application/json', 'application/graphql-response+json', '*/*'])(
      'begin an operation that is sent by GET, accepting %s',
      async (accept) => {
        const { stream, token } = await openShared(gateway);
        const path = `${addressOf(HELLO)}&extensions=${encodeURIComponent('{"operationId":"one"}')}`;
        const begun = await open(gateway, { path, headers: { accept, [TOKEN_HEADER]: token } });
        expect([begun.status, await begun.ended]).toEqual([202, '']);
        expect(await stream.next()).toMatchObject({
          event: 'next',
          data: expect.stringMatching(/^\{"id":"one".*Query/),
        });
        expect(await stream.next()).toEqual({ event: 'complete', data: '{"id":"one"}' });
      },
    );

    it('begin nothing for a GET that a page of elsewhere could send', async () => {
      const { stream, token } = await openShared(gateway);
      const path = `${addressOf(HELLO)}&extensions=${encodeURIComponent('{"operationId":"one"}')}`;
      const inAddress = await open(gateway, { path: `${path}&token=${token}`, headers: { accept: '*/*' } });
      const fromPage = await open(gateway, {
        path,
        headers: { accept: '*/*', [TOKEN_HEADER]: token, origin: 'https://evil.example' },
      });
      expect([inAddress.status, fromPage.status]).toEqual([409, 403]);
      expect((await begin(gateway, token, 'two', { query: HELLO })).status).toBe(202);
      expect(await stream.next()).toMatchObject({ event: 'next', data: expect.stringMatching(/^\{"id":"two"/) });
    });

    it('begin operations where their variables say: Last-Event-ID is of streams that tell of one alone', async () => {
      const { stream, token } = await openShared(gateway, { 'last-event-id': 'five' });
      const begun = await begin(gateway, token, 'one', watch(stalled()), { 'last-event-id': 'five' });
      expect(begun.status).toBe(202);
      expect(await stream.next()).toMatchObject({ event: 'next', data: expect.stringContaining('SNAPSHOT') });
    });

    it('take ids that are names of something else', async () => {
      const { stream, token } = await openShared(gateway);
      for (const id of ['constructor', '__proto__', 'toString']) {
        expect((await begin(gateway, token, id, { query: HELLO })).status).toBe(202);
        expect(await stream.next()).toMatchObject({ event: 'next', data: expect.stringContaining(JSON.stringify(id)) });
        expect(await stream.next()).toEqual({ event: 'complete', data: `{"id":${JSON.stringify(id)}}` });
      }
      const body = { query: HELLO, extensions: { operationId: 7 } }; // as some clients number theirs
      expect((await open(gateway, { body, headers: { accept: '*/*', [TOKEN_HEADER]: token } })).status).toBe(202);
      expect(await stream.next()).toMatchObject({ data: expect.stringMatching(/^\{"id":"7",/) });
    });

    it('wait for the client that has reserved them', async () => {
      const reserved = await open(gateway, { method: 'PUT', headers: { accept: 'text/plain' } });
      const token = await reserved.ended;
      expect(token).toMatch(/^[\w-]{32}$/);
      await begin(gateway, token, 'early', { query: HELLO });
      await begin(gateway, token, 'watched', watch(stalled()));
      const stream = await open(gateway, { path: `/graphql/stream?token=${token}` });
      const told = [await stream.next(), await stream.next(), await stream.next()].map(({ event, data }) => [
        event,
        (JSON.parse(data) as { id: string }).id,
      ]);
      expect(told).toEqual([
        ['next', 'early'],
        ['complete', 'early'],
        ['next', 'watched'],
      ]);
    });

    it('are gone with their connection: the token names nothing any more', async () => {
      const { stream, token } = await openShared(gateway);
      await begin(gateway, token, 'one', watch(stalled()));
      await stream.next();
      stream.cut();
      await allGone(gateway);
      expect((await begin(gateway, token, 'two', { query: HELLO })).status).toBe(404);
      expect((await open(gateway, { headers: { [TOKEN_HEADER]: token } })).status).toBe(404);
    });
  });

  it.each<{ readonly what: string; readonly ask: StreamAsk; readonly status: number }>([
    { what: 'a page of another origin', ask: { headers: { origin: 'https://evil.example' } }, status: 403 },
    { what: 'a page without an origin', ask: { headers: { origin: 'null' } }, status: 403 },
    { what: 'an image of another site', ask: { headers: { 'sec-fetch-site': 'cross-site' } }, status: 403 },
    { what: 'a link of a neighbour', ask: { headers: { 'sec-fetch-site': 'same-site' } }, status: 403 },
    { what: 'a name of somebody else', ask: { headers: { host: 'evil.example' } }, status: 421 },
    {
      what: 'a form, which pages may send anywhere',
      ask: { method: 'POST', headers: { 'content-type': 'text/plain' } },
      status: 415,
    },
    { what: 'whoever wants no events', ask: { headers: { accept: 'application/json' } }, status: 406 },
    { what: 'an empty address', ask: { path: '/graphql/stream' }, status: 400 },
    { what: 'variables that are no JSON', ask: { path: '/graphql/stream?query=x&variables={' }, status: 400 },
    { what: 'variables that are a list', ask: { body: { query: HELLO, variables: [] } }, status: 400 },
    { what: 'a body that is a list', ask: { body: [] }, status: 400 },
    { what: 'a method that is none here', ask: { method: 'PATCH' }, status: 405 },
    { what: 'a path that is nearly it', ask: { path: '/graphql/stream/' }, status: 404 },
  ])('are not for $what: $status', async ({ ask, status }) => {
    await allGone(gateway); // whoever was there before
    const answer = await open(gateway, { path: addressOf(HELLO), ...ask });
    expect(answer.status).toBe(status);
    expect(errorIn(await answer.ended)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(await socketsOf(gateway)).toEqual([0, 0, 0]);
  });

  it('say which methods are of use', async () => {
    const { headers } = await open(gateway, { method: 'PATCH' });
    expect(headers.allow).toBe('GET, POST, PUT, DELETE, OPTIONS');
  });

  it('are for pages of an allowed origin and of the gateway’s own, whatever they ask', async () => {
    const origin = 'https://app.example.com';
    for (const headers of [
      { origin },
      { origin: gateway.url },
      { 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
    ]) {
      expect((await open(gateway, { path: addressOf(HELLO), headers })).status).toBe(200);
    }
    const asked = await open(gateway, { method: 'OPTIONS', headers: { origin } });
    expect([asked.status, asked.headers['access-control-allow-origin']]).toEqual([204, origin]);
    expect(asked.headers['access-control-allow-methods']).toBe('GET, POST, PUT, DELETE, OPTIONS');
    expect(asked.headers['access-control-allow-headers']).toContain(TOKEN_HEADER);
    expect((await open(gateway, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });

  it('tell what is wrong with a document as events', async () => {
    for (const query of ['{', '{ nothing }', '{ __schema { types { name } } }', 'query A { a } query B { b }']) {
      const stream = await open(gateway, { body: { query } });
      const { errors } = (await stream.result()) as { errors: unknown[] };
      expect(errors[0]).toMatchObject({ extensions: { code: expect.stringMatching(/^GRAPHQL_/) } });
      expect(await stream.next()).toEqual({ event: 'complete', data: '' });
      await stream.ended;
    }
  });

  it('are told on a connection of their own', async () => {
    const { stream, token } = await openShared(gateway);
    expect(stream.headers.connection).toBe('close');
    expect((await begin(gateway, token, '1', { query: HELLO })).headers.connection).not.toBe('upgrade');
  });

  describe('on a connection over which more is sent', () => {
    const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const asking = (): string => {
      const address = addressOf(WATCH, { refs: [{ location: stalled() }] });
      return `GET ${address} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`;
    };
    let socket: Socket;
    let said = '';
    beforeEach(async () => {
      await allGone(gateway);
      const { hostname, port } = new URL(gateway.url);
      said = '';
      socket = connect(Number(port), hostname);
      socket.setEncoding('latin1').on('data', (text: string) => (said += text));
      socket.on('error', () => undefined); // the gateway may cut it
    });
    afterEach(() => void socket.destroy());

    it('begin nothing when that is no HTTP', async () => {
      const ended = once(socket, 'close');
      const requests = gateway.logged.filter(({ event }) => event === 'event stream request').length;
      socket.write(HEALTH);
      await until(() => said.includes('ok'));
      socket.write(`${asking()}\x01 nothing of HTTP\r\n\r\n`);
      await ended;
      await allGone(gateway);
      expect(gateway.logged.filter(({ event }) => event === 'event stream request')).toHaveLength(requests);
      await until(() => gateway.watches() === 0);
    });

    it('are cut by a further request, which is not served', async () => {
      const ended = once(socket, 'close');
      socket.write(asking());
      await until(() => said.includes('SNAPSHOT'));
      const requests = gateway.logged.filter(({ event }) => event === 'request').length;
      socket.write(HEALTH);
      await ended;
      await allGone(gateway);
      const after = gateway.logged.filter(({ event }) => event === 'request').slice(requests);
      expect(after.map(({ fields }) => fields['path'])).not.toContain('/healthz');
    });

    it('are cut by the beginning of a websocket, of which there is none', async () => {
      const ended = once(socket, 'close');
      socket.write(asking());
      await until(() => said.includes('SNAPSHOT'));
      socket.write(
        'GET /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2l4dGVlbiBieXRlcyEhIQ==\r\n\r\n',
      );
      await ended;
      await allGone(gateway);
      expect(said).not.toContain('101 Switching Protocols');
    });

    it.each(['before', 'behind'])('are refused when a request that came %s it waits for its answer', async (place) => {
      const waiting = `GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      socket.write(place === 'before' ? `${waiting}${asking()}` : `${asking()}${waiting}`);
      await until(() => said.includes('on a connection of its own') && said.includes('gateway_sockets'));
      expect(said.match(/HTTP\/1\.1 \d+/g)?.toSorted()).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
      expect(await socketsOf(gateway)).toEqual([0, 0, 0]);
      said = '';
      socket.write(asking()); // and told when there is none any more
      await until(() => said.includes('SNAPSHOT'));
    });
  });
});

describe('the authority of event streams, before the real Graph', () => {
  let stop: () => Promise<void>;
  let gateway: TestGateway;
  let location: string;
  const anna = { authorization: 'Bearer token-of-anna' };
  const ben = { authorization: 'Bearer token-of-ben' };
  beforeAll(async () => {
    const started = await startGatewayOfGraph();
    ({ gateway, stop } = started);
    started.graph.addToken('token-of-anna', started.graph.demoUser);
    location = started.graph.begin({ life: { stalls: true } }).location;
  });
  afterAll(() => stop());

  it('is a token, in both modes: without one the answer is 401', async () => {
    for (const ask of [{ body: watch(location) }, { method: 'PUT' }, { headers: { [TOKEN_HEADER]: 'any' } }]) {
      const answer = await open(gateway, ask.method === 'PUT' ? { ...ask, headers: { accept: '*/*' } } : ask);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
      expect(errorIn(await answer.ended)).toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
    }
    const basic = await open(gateway, { body: watch(location), headers: { authorization: 'Basic dXNlcjpwYXNz' } });
    expect(basic.status).toBe(401);
  });

  it('is the caller’s who reserved a stream: its token is nothing to anybody else', async () => {
    const reserved = await open(gateway, { method: 'PUT', headers: { accept: '*/*', ...anna } });
    const token = await reserved.ended;
    const named = { [TOKEN_HEADER]: token };
    const attempts: readonly StreamAsk[] = [
      { headers: { ...named, ...ben } },
      { body: { ...watch(location), extensions: { operationId: '1' } }, headers: { ...named, ...ben } },
      { method: 'DELETE', path: '/graphql/stream?operationId=1', headers: { ...named, ...ben } },
    ];
    for (const ask of attempts) expect((await open(gateway, ask)).status).toBe(404);
    const stream = await open(gateway, { headers: { ...named, ...anna } });
    expect(stream.status).toBe(200);
    expect((await begin(gateway, token, '1', watch(location), anna)).status).toBe(202);
    expect(await stream.next()).toMatchObject({ event: 'next', data: expect.stringContaining('SNAPSHOT') });
    for (const ask of attempts) expect((await open(gateway, ask)).status).toBe(404);
    expect((await begin(gateway, token, '2', { query: HELLO })).status).toBe(401);
    expect(stream.unread()).toEqual([]);
  });
});

describe('the caps of event streams', () => {
  it.each([
    { cap: 'MAX_SOCKETS', limit: 'SOCKETS' },
    { cap: 'MAX_SOCKETS_PER_ADDRESS', limit: 'SOCKETS_PER_ADDRESS' },
  ])(
    'are those of websockets: $cap refuses one too many, and takes it when another has gone',
    async ({ cap, limit }) => {
      const gateway = await startGateway({ [cap]: '2' });
      try {
        const location = sandboxOf(gateway).begin({ life: { stalls: true } }).location;
        const socket = await openReady(gateway.url);
        const reserved = await open(gateway, { method: 'PUT', headers: { accept: '*/*' } });
        await reserved.ended;
        const refused = await open(gateway, { body: watch(location) });
        expect(refused.status).toBe(503);
        expect(errorIn(await refused.ended)).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', limit } });
        expect(await refusalsOf(gateway, limit)).toBe(1);
        socket.close();
        while ((await open(gateway, { body: watch(location) })).status !== 200);
      } finally {
        await gateway.stop();
      }
    },
  );

  it.each([
    { cap: 'MAX_SUBSCRIPTIONS', limit: 'SUBSCRIPTIONS' },
    { cap: 'MAX_SUBSCRIPTIONS_PER_CALLER', limit: 'SUBSCRIPTIONS_PER_CALLER' },
    { cap: 'MAX_SUBSCRIPTIONS_PER_SOCKET', limit: 'SUBSCRIPTIONS_PER_SOCKET' },
  ])('are those of websockets: $cap refuses one too many in either mode', async ({ cap, limit }) => {
    const gateway = await startGateway({ [cap]: '1' });
    try {
      const location = sandboxOf(gateway).begin({ life: { stalls: true } }).location;
      const { stream, token } = await openShared(gateway);
      expect((await begin(gateway, token, 'one', watch(location))).status).toBe(202);
      await stream.next();
      const refused = await begin(gateway, token, 'two', watch(location));
      const refusal = { extensions: { code: 'LIMIT_EXCEEDED', limit } };
      expect([refused.status, errorIn(await refused.ended)]).toMatchObject([400, refusal]);
      if (cap !== 'MAX_SUBSCRIPTIONS_PER_SOCKET') {
        const alone = await open(gateway, { body: watch(location) });
        expect(await alone.result()).toMatchObject({ errors: [refusal] });
        await alone.ended;
      }
      await open(gateway, {
        method: 'DELETE',
        path: '/graphql/stream?operationId=one',
        headers: { [TOKEN_HEADER]: token },
      });
      expect((await begin(gateway, token, 'two', watch(location))).status).toBe(202);
      await stream.next();
    } finally {
      await gateway.stop();
    }
  });

  it('refuse operations that begin too often, bodies that are too long, and documents that cost too much', async () => {
    const clock = createFakeClock(); // it stands still, however long three requests take
    const gateway = await startGateway(
      {
        MAX_OPERATIONS_PER_SECOND: '1',
        MAX_SUBSCRIPTIONS_PER_SOCKET: '2',
        MAX_BODY_BYTES: '1024',
        MAX_DOCUMENT_COST: '10',
      },
      { clock },
    );
    try {
      const { token } = await openShared(gateway);
      const statuses: number[] = [];
      for (const id of ['1', '2', '3']) statuses.push((await begin(gateway, token, id, { query: HELLO })).status);
      expect(statuses).toEqual([202, 202, 400]);
      expect(await refusalsOf(gateway, 'OPERATIONS_PER_SECOND')).toBe(1);
      const long = await open(gateway, { body: { query: HELLO, more: 'x'.repeat(2_000) } });
      expect([long.status, errorIn(await long.ended)]).toMatchObject([413, { extensions: { limit: 'BODY_BYTES' } }]);
      const dear = await open(gateway, {
        body: { query: '{ operations(host: { teamId: "1" }) { edges { cursor } } }' },
      });
      expect(await dear.result()).toMatchObject({ errors: [{ extensions: { limit: 'DOCUMENT_COST' } }] });
    } finally {
      await gateway.stop();
    }
  });

  it('leave the connections of requests alone', async () => {
    const gateway = await startGateway({ MAX_CONNECTIONS: '3' });
    try {
      const location = sandboxOf(gateway).begin({ life: { stalls: true } }).location;
      for (let nth = 0; nth < 6; nth++) {
        const stream = await open(gateway, { body: watch(location) });
        expect(await stream.result()).toMatchObject({ data: {} });
      }
      expect(await socketsOf(gateway)).toEqual([6, 6, 6]);
    } finally {
      await gateway.stop();
    }
  });
});
