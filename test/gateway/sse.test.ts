import { request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-sse';
import { startCountingGraph } from '../support/counting-graph.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway, TOKEN, type StatusChange, type TestGateway } from '../support/gateway.js';
import { openStream, type RawStream } from '../support/sse-client.js';
import { startTokenServer } from '../support/token-server.js';
import { until } from '../support/until.js';
import { startGate } from '../server/gate.js';
import { metricsOf, refusalsOf } from '../server/metrics.js';

const GATHER_MS = 10;
const INTERVAL_MS = 31_000;
const KEEP_ALIVE_MS = 20_000;
const OPEN_WITHIN_MS = 10_000;
const REF = { team: { hostId: 'sales', operationId: 'archiving' } };
const WATCH = `subscription ($refs: [OperationRef!]!, $after: String) {
  change: operationStatusChanged(refs: $refs, after: $after) { reason from to cursor operation { id state } }
}`;
const WATCHED = { query: WATCH, variables: { refs: [REF] } };
const LONE =
  'subscription { operationStatusChanged(refs: [{ team: { hostId: "sales", operationId: "archiving" } }]) { to } }';
const TOKEN_HEADER = 'x-graphql-event-stream-token';

type Mode = 'alone' | 'shared';

/** A stream, and the headers that name it where it is shared. */
type NamedStream = RawStream & { readonly named: Readonly<Record<string, string>> };

const addressOf = (variables: object): string =>
  `/graphql/stream?${new URLSearchParams({ query: WATCH, variables: JSON.stringify(variables) }).toString()}`;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const changeIn = (result: unknown): StatusChange => (result as { data: { change: StatusChange } }).data.change;

/** The stream of somebody who watches one operation, alone in it or as one of many. */
async function watch({ url }: TestGateway, token: string, mode: Mode): Promise<NamedStream> {
  if (mode === 'alone') return { ...(await openStream(url, { body: WATCHED, headers: bearer(token) })), named: {} };
  const reserved = await openStream(url, { method: 'PUT', headers: { accept: '*/*', ...bearer(token) } });
  const named = { [TOKEN_HEADER]: await reserved.ended, ...bearer(token) };
  const stream = await openStream(url, { headers: named });
  const begun = await openStream(url, {
    body: { ...WATCHED, extensions: { operationId: 'watched' } },
    headers: { ...named, accept: '*/*' },
  });
  expect(begun.status).toBe(202);
  return { ...stream, named };
}

const resultIn = ({ data }: { readonly data: string }, mode: Mode): unknown => {
  const parsed = JSON.parse(data) as { payload?: unknown };
  return mode === 'alone' ? parsed : parsed.payload;
};

async function startWatched(mode: Mode, environment: Readonly<Record<string, string>> = {}) {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
  const put = (status: string): void => graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status });
  put('notStarted');
  const gateway = await startTestGateway({ graphUrl: graph.url, clock, environment });
  const stream = await watch(gateway, TOKEN, mode);
  await clock.advance(GATHER_MS);
  const first = changeIn(resultIn(await stream.next(), mode));
  expect(first).toMatchObject({ reason: 'SNAPSHOT', to: 'NOT_STARTED' });
  /** One interval, in which so many more reads are answered. */
  const interval = async (checks: number): Promise<void> => {
    const before = gateway.log.filter(({ event }) => event === 'check').length;
    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', before + checks);
  };
  return { clock, graph, put, gateway, stream, first, interval };
}

const streamsOf = async (gateway: TestGateway): Promise<number> =>
  (await metricsOf(gateway)).get('gateway_event_streams') ?? NaN;
async function allGone(gateway: TestGateway): Promise<void> {
  while ((await streamsOf(gateway)) > 0);
}

describe.each(['alone', 'shared'] as const)('an event stream (%s)', (mode) => {
  it('tells each change, and completes with the last', async () => {
    const { put, stream, interval } = await startWatched(mode);
    put('inProgress');
    await interval(1);
    expect(changeIn(resultIn(await stream.next(), mode))).toMatchObject({ from: 'NOT_STARTED', to: 'RUNNING' });
    put('succeeded');
    await interval(1);
    expect(changeIn(resultIn(await stream.next(), mode))).toMatchObject({ from: 'RUNNING', to: 'SUCCEEDED' });
    expect(await stream.next()).toEqual({ event: 'complete', data: mode === 'alone' ? '' : '{"id":"watched"}' });
    if (mode === 'alone') await stream.ended;
    stream.cut();
  });

  it('goes on where its client was, which is what Last-Event-ID says before its variables', async () => {
    const { put, gateway, first, interval } = await startWatched(mode);
    put('inProgress');
    await interval(1);
    const variables = { refs: [REF] };
    for (const ask of [
      { body: { query: WATCH, variables: { ...variables, after: first.cursor } } },
      // A browser's EventSource comes back with the address that it began with.
      { path: addressOf({ ...variables, after: 'older' }), headers: { 'last-event-id': first.cursor } },
    ]) {
      const again = await openStream(gateway.url, { ...ask, headers: { ...bearer(TOKEN), ...ask.headers } });
      expect(changeIn(await again.result())).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
      again.cut();
    }
  });

  it('costs Graph nothing beside a websocket that watches the same', async () => {
    const { clock, put, gateway, graph, stream, interval } = await startWatched(mode);
    const socket = await gateway.watch({ refs: [REF] });
    await clock.advance(GATHER_MS);
    await socket.change();
    const { length } = graph.reads;
    put('inProgress');
    await interval(1);
    expect(changeIn(resultIn(await stream.next(), mode)).to).toBe('RUNNING');
    expect((await socket.change()).to).toBe('RUNNING');
    expect(graph.reads).toHaveLength(length + 1);
  });

  it('ends without completing when Graph takes its token no more, and says so', async () => {
    const { graph, put, stream, interval } = await startWatched(mode);
    graph.endToken(TOKEN);
    put('inProgress');
    await interval(1);
    expect(resultIn(await stream.next(), mode)).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await stream.ended).not.toMatch(/complete|RUNNING|inProgress/);
    expect(stream.unread()).toEqual([]);
  });

  it('says something every twenty seconds', async () => {
    const { clock, stream } = await startWatched(mode);
    const before = stream.comments.length;
    await clock.advance(KEEP_ALIVE_MS);
    await until(() => stream.comments.length === before + 1);
    await clock.advance(KEEP_ALIVE_MS);
    await until(() => stream.comments.length === before + 2);
  });

  it('ends without completing when the gateway stops', async () => {
    const { gateway, stream } = await startWatched(mode);
    const stopped = gateway.app.stop();
    expect(await stream.ended).toMatch(/: The gateway is stopping: come back\.\n\n$/);
    await stopped;
    expect(stream.unread()).toEqual([]);
  });

  it('gives its place back when its client has gone', async () => {
    const { gateway, stream } = await startWatched(mode);
    expect(await streamsOf(gateway)).toBe(1);
    stream.cut();
    await allGone(gateway);
    expect((await metricsOf(gateway)).get('gateway_subscriptions')).toBe(0);
    expect((await metricsOf(gateway)).get('gateway_sockets')).toBe(0);
  });
});

describe('an event stream that nobody reads', () => {
  const MANY = { MAX_OPERATIONS_PER_SECOND: '10000' };
  /** Has a lot said in a stream. */
  const say = async ({ url }: TestGateway, { named }: NamedStream, operationId: string): Promise<void> => {
    const body = { query: getIntrospectionQuery(), extensions: { operationId } };
    await (
      await openStream(url, { body, headers: { ...named, accept: '*/*' } })
    ).ended;
  };

  it('is ended when more waits than may, and cut a second later', async () => {
    const { clock, gateway, stream } = await startWatched('shared', { ...MANY, MAX_UNREAD_BYTES: '16384' });
    stream.pause();
    for (let nth = 0; (await refusalsOf(gateway, 'UNREAD_BYTES')) === 0; nth++) await say(gateway, stream, String(nth));
    expect((await metricsOf(gateway)).get('gateway_subscriptions')).toBe(0);
    await clock.advance(1_000);
    await allGone(gateway);
  });

  it('is ended when twenty seconds later nothing was taken', async () => {
    const { clock, gateway, stream } = await startWatched('shared', { ...MANY, MAX_UNREAD_BYTES: '1073741824' });
    stream.pause();
    for (let nth = 0; (await refusalsOf(gateway, 'UNREAD_BYTES')) === 0; nth++) {
      await say(gateway, stream, String(nth));
      if (nth % 20 === 19) await clock.advance(KEEP_ALIVE_MS);
    }
    await clock.advance(1_000);
    await allGone(gateway);
  });
});

describe('an event stream whose client goes away while it is found out who that is', () => {
  it.each([
    { what: 'asks for one operation', method: 'GET', path: `?${new URLSearchParams({ query: LONE }).toString()}` },
    { what: 'reserves a stream', method: 'PUT', path: '' },
  ])('takes no place and begins nothing when it $what', async ({ method, path }) => {
    const graph = closeAfterTest(await startCountingGraph());
    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'inProgress' });
    const discovery: { jwks_uri?: string } = {};
    const server = closeAfterTest(await startTokenServer({ graphUrl: new URL(graph.url), discovery }));
    const gate = closeAfterTest(await startGate(server.url.origin));
    discovery.jwks_uri = `${gate.url}/${server.tenantId}/discovery/v2.0/keys`;
    const gateway = await startTestGateway({
      graphUrl: graph.url,
      environment: {
        GRAPH_AUTH: 'app',
        AUTHORITY_URL: gate.url,
        TENANT_ID: server.tenantId,
        CLIENT_ID: server.clientId,
        CLIENT_SECRET: server.clientSecret,
      },
    });
    const headers = bearer(await server.mint({ roles: ['Operations.Read.All'] }));

    gate.shut();
    const asked = gate.asked();
    const asking = httpRequest(`${gateway.url}/graphql/stream${path}`, {
      method,
      headers: { ...headers, accept: '*/*' },
      agent: false,
    });
    asking.on('error', () => undefined);
    asking.end();
    await asked;
    asking.destroy();
    await gateway.logged('request', 1);
    gate.open();

    // Whoever asks after it is known after it.
    const stream = await openStream(gateway.url, { body: WATCHED, headers });
    expect(changeIn(await stream.result())).toMatchObject({ to: 'RUNNING' });
    const metrics = await metricsOf(gateway);
    const counts = ['sockets', 'event_streams', 'subscriptions'].map((name) => metrics.get(`gateway_${name}`));
    expect(counts).toEqual([1, 1, 1]);
    stream.cut();
  });
});

describe('a stream that was reserved', () => {
  it('is given up when it is not opened within ten seconds', async () => {
    const clock = createFakeClock();
    const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
    const gateway = await startTestGateway({ graphUrl: graph.url, clock });
    const reserved = await openStream(gateway.url, { method: 'PUT', headers: { accept: '*/*', ...bearer(TOKEN) } });
    const headers = { [TOKEN_HEADER]: await reserved.ended, ...bearer(TOKEN) };
    await clock.advance(OPEN_WITHIN_MS - 1);
    expect(await streamsOf(gateway)).toBe(1);
    await clock.advance(1);
    expect(await streamsOf(gateway)).toBe(0);
    expect((await openStream(gateway.url, { headers })).status).toBe(404);
  });
});

describe.each(['alone', 'shared'] as const)('an event stream (%s) whose token has a known end', (mode) => {
  const LIFE_MS = 100_000;

  it('says so a minute before, and tells nothing beyond', async () => {
    const clock: FakeClock = createFakeClock();
    const endsAt = clock.now() + LIFE_MS;
    const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
    const server = closeAfterTest(await startTokenServer({ graphUrl: new URL(graph.url), now: () => clock.now() }));
    const put = (status: string): void =>
      graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status });
    put('notStarted');
    const gateway = await startTestGateway({
      graphUrl: graph.url,
      clock,
      environment: {
        GRAPH_AUTH: 'app',
        AUTHORITY_URL: server.url.origin,
        TENANT_ID: server.tenantId,
        CLIENT_ID: server.clientId,
        CLIENT_SECRET: server.clientSecret,
      },
    });
    const token = await server.mint({ roles: ['Operations.Read.All'], exp: endsAt / 1_000 });
    const stream = await watch(gateway, token, mode);
    await clock.advance(GATHER_MS);
    await stream.next();
    await clock.advance(endsAt - 60_000 - clock.now());
    await until(() => stream.comments.some((text) => text.includes(new Date(endsAt).toISOString())));
    await clock.advance(endsAt - 1 - clock.now());
    expect(stream.unread()).toEqual([]);
    put('inProgress');
    await clock.advance(1);
    expect(resultIn(await stream.next(), mode)).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(await stream.ended).not.toMatch(/complete|RUNNING/);
    const refused = await openStream(gateway.url, { body: WATCHED, headers: bearer(token) });
    expect(refused.status).toBe(401);
  });
});

describe('a graphql-sse client', () => {
  it.each([{ singleConnection: false as const }, { singleConnection: true as const }])(
    'comes back with another token and its cursor, and misses nothing: %j',
    async ({ singleConnection }) => {
      const NEXT_TOKEN = 'the-next-token-of-the-first-caller';
      const { clock, graph, put, gateway, stream, interval } = await startWatched('alone');
      stream.cut();
      let token = TOKEN;
      const variables: { refs: object[]; after: string | null } = { refs: [REF], after: null };
      const options = {
        url: `${gateway.url}/graphql/stream`,
        headers: () => bearer(token),
        retry: () => Promise.resolve(),
      };
      const client = singleConnection
        ? createClient({ ...options, singleConnection })
        : createClient({ ...options, singleConnection });
      const told: unknown[] = [];
      let isComplete = false;
      client.subscribe(
        { query: WATCH, variables },
        {
          next(result) {
            if (result.errors !== undefined) told.push('errors');
            else {
              const { to, cursor } = changeIn(result);
              variables.after = cursor;
              told.push(to);
            }
          },
          error: (error) => told.push(error),
          complete: () => (isComplete = true),
        },
      );
      await until(() => told.length === 1);
      graph.endToken(TOKEN);
      token = NEXT_TOKEN;
      put('inProgress');
      await interval(1);
      await gateway.logged('event stream request', 3);
      await clock.advance(GATHER_MS);
      await until(() => told.length === 3);
      put('succeeded');
      await interval(1);
      await until(() => isComplete);
      expect(told).toEqual(['NOT_STARTED', 'errors', 'RUNNING', 'SUCCEEDED']);
      client.dispose();
    },
  );
});
