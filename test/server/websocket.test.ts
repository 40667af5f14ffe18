import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/lib/clock.js';
import { systemRandom } from '../../src/lib/random.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { startGate } from './gate.js';
import { openReady, openSocket, refusalOf, type OpenOptions, type RawSocket } from './raw-socket.js';
import { sandboxOf, startGateway, startGatewayOfGraph, type TestGateway } from './start-gateway.js';

const WATCH = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { reason to } }';

function query(id: string, text: string, variables?: object): object {
  return { type: 'subscribe', id, payload: { query: text, ...(variables !== undefined && { variables }) } };
}
function watch(id: string, location: string): object {
  return query(id, WATCH, { refs: [{ location }] });
}
/** However long a test takes. */
const NOT_BEGUN = { startsAfterMs: 3_600_000, stalls: true } as const;
const stalled = (sandbox: Sandbox): string => sandbox.begin({ life: NOT_BEGUN }).location;
const snapshot = (id: string): object => ({
  type: 'next',
  id,
  payload: { data: { operationStatusChanged: { reason: 'SNAPSHOT', to: 'NOT_STARTED' } } },
});
const refused = (id: string, limit: string): object => ({
  type: 'error',
  id,
  payload: [{ message: expect.any(String), extensions: { code: 'LIMIT_EXCEEDED', limit } }],
});

/** The gateway has dealt with all that was sent before. */
async function roundTrip(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping' });
  expect(await socket.next()).toEqual({ type: 'pong' });
}

describe('a websocket', () => {
  let gateway: TestGateway;
  let location: string;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com', INTROSPECTION: 'off' });
    location = stalled(sandboxOf(gateway));
  });
  afterAll(() => gateway.stop());

  const ready = (): Promise<RawSocket> => openReady(gateway.url);

  describe('before it is opened', () => {
    it.each<OpenOptions & { readonly status: number; readonly because: string }>([
      { path: '/', status: 404, because: 'it is at another path' },
      { path: '/graphql/', status: 404, because: 'it is nearly at the path' },
      { headers: { origin: 'https://evil.example' }, status: 403, because: 'a page of another origin asks' },
      { headers: { origin: 'null' }, status: 403, because: 'a page without an origin asks' },
      { headers: { host: 'evil.example' }, status: 421, because: 'it is sent to a name of somebody else' },
    ])('is refused with $status when $because', async ({ status, ...options }) => {
      expect(await refusalOf(gateway.url, options)).toEqual({
        status,
        body: { errors: [{ message: expect.any(String), extensions: { code: 'BAD_USER_INPUT' } }] },
      });
    });

    it('is taken from an allowed origin, from the gateway’s own, and at an address with a query', async () => {
      for (const options of [
        { headers: { origin: 'https://app.example.com' } },
        { headers: { origin: gateway.url } },
        { path: '/graphql?from=somewhere' },
      ]) {
        (await openReady(gateway.url, {}, options)).close();
      }
    });

    it.each([[undefined], ['graphql-ws']])('closes with 4406 when the subprotocol is %s', async (protocol) => {
      expect(await closingCodeOf(gateway.url, protocol)).toBe(4406);
    });
  });

  describe('that breaks the protocol', () => {
    it.each([
      { what: 'subscribes before it is acknowledged', messages: [watch('1', '/')], code: 4401 },
      {
        what: 'says who it is twice',
        messages: [{ type: 'connection_init' }, { type: 'connection_init' }],
        code: 4429,
      },
    ])('closes with $code when it $what', async ({ messages, code }) => {
      const socket = await openSocket(gateway.url);
      for (const message of messages) socket.send(message);
      expect(await socket.closed).toMatchObject({ code });
    });

    it.each<{ what: string; message: object | string | Buffer }>([
      { what: 'text that is not JSON', message: '{' },
      { what: 'JSON that is no message', message: '[1]' },
      { what: 'nothing at all', message: '' },
      { what: 'bytes', message: Buffer.from('{"type":"ping"}') },
      { what: 'a message of unknown type', message: { type: 'start', id: '1' } },
      { what: 'a message without a type', message: { id: '1' } },
      { what: 'a subscription without an id', message: { type: 'subscribe', payload: { query: '{ __typename }' } } },
      { what: 'a subscription without a document', message: { type: 'subscribe', id: '1', payload: {} } },
      { what: 'variables that are a list', message: query('1', WATCH, []) },
      { what: 'an acknowledgement, the gateway’s own word', message: { type: 'connection_ack' } },
      { what: 'an event, the gateway’s own word', message: { type: 'next', id: '1', payload: {} } },
      { what: 'an error, the gateway’s own word', message: { type: 'error', id: '1', payload: [{ message: 'x' }] } },
    ])('closes with 4400 when it sends $what', async ({ message }) => {
      const socket = await ready();
      socket.send(message);
      expect(await socket.closed).toMatchObject({ code: 4400 });
    });

    it.each([['short'], ['too long to be quoted in the closing frame '.repeat(10)]])(
      'closes with 4409 when an id is used twice (%s)',
      async (id) => {
        const socket = await ready();
        socket.send(watch(id, location));
        socket.send(watch(id, location));
        expect(await socket.closed).toMatchObject({ code: 4409 });
      },
    );

    it('closes with 1009 when a message is larger than any document', async () => {
      const socket = await ready();
      socket.send(query('1', `{ __typename }${' '.repeat(300_000)}`));
      expect(await socket.closed).toMatchObject({ code: 1009 });
    });
  });

  describe('that asks for what cannot be had', () => {
    /** A gateway of which nobody watches anything. */
    let untouched: TestGateway;
    beforeAll(async () => {
      untouched = await startGateway();
    });
    afterAll(() => untouched.stop());

    it.each([
      { what: 'does not parse', message: query('1', 'subscription {'), code: 'GRAPHQL_PARSE_FAILED' },
      { what: 'is not of the schema', message: query('1', '{ wrong }'), code: 'GRAPHQL_VALIDATION_FAILED' },
      {
        what: 'asks for the schema',
        message: query('1', '{ __schema { description } }'),
        code: 'GRAPHQL_VALIDATION_FAILED',
      },
      {
        what: 'has no operation',
        message: query('1', 'fragment F on Query { __typename }'),
        code: 'GRAPHQL_VALIDATION_FAILED',
      },
    ])('is told in an error when its document $what, and stays open', async ({ message, code }) => {
      const socket = await ready();
      socket.send(message);
      expect(await socket.next()).toMatchObject({ type: 'error', id: '1', payload: [{ extensions: { code } }] });
      socket.send(query('1', '{ __typename }'));
      expect(await socket.next()).toMatchObject({ type: 'next', id: '1', payload: { data: { __typename: 'Query' } } });
      expect(await socket.next()).toEqual({ type: 'complete', id: '1' });
      socket.close();
    });

    it.each([
      { what: 'a variable is missing', message: query('1', WATCH) },
      { what: 'a variable has another type', message: query('1', WATCH, { refs: [{ location: 5 }] }) },
      { what: 'a ref names two things', message: query('1', WATCH, { refs: [{ location: '/', id: 'x' }] }) },
      { what: 'there is nothing to watch', message: query('1', WATCH, { refs: [] }) },
      { what: 'a location is on another host', message: watch('1', 'https://evil.example/v1.0/teams/1/operations/2') },
      { what: 'a location is no operation’s', message: watch('1', '/v1.0/me/messages') },
    ])('is told with BAD_USER_INPUT when $what, and stays open', async ({ message }) => {
      const before = sandboxOf(untouched).counts().reads;
      const socket = await openReady(untouched.url);
      socket.send(message);
      const { payload, ...rest } = await socket.next();
      expect(rest).toEqual({ type: 'next', id: '1' });
      expect(payload).toMatchObject({
        errors: [{ message: expect.any(String), extensions: { code: 'BAD_USER_INPUT' } }],
      });
      expect(await socket.next()).toEqual({ type: 'complete', id: '1' });
      await roundTrip(socket);
      expect(sandboxOf(untouched).counts().reads).toBe(before);
      socket.close();
    });
  });

  it('answers queries too, and says what they cost', async () => {
    const socket = await ready();
    const ask = 'query ($ref: OperationRef!) { operation(ref: $ref) { state } }';
    socket.send(query('1', ask, { ref: { location: stalled(sandboxOf(gateway)) } }));
    expect(await socket.next()).toEqual({
      type: 'next',
      id: '1',
      payload: {
        data: { operation: { state: 'NOT_STARTED' } },
        extensions: { upstream: { requests: 1, reads: 1, snapshots: 0 } },
      },
    });
    expect(await socket.next()).toEqual({ type: 'complete', id: '1' });
    socket.close();
  });

  it('gives a ping its payload back', async () => {
    const socket = await ready();
    socket.send({ type: 'ping', payload: { nth: 1 } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { nth: 1 } });
    socket.send({ type: 'pong' });
    await roundTrip(socket);
    socket.close();
  });
});

describe('an id that is used again as soon as its subscription was completed', () => {
  const clock = createFakeClock();
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({}, { clock });
  });
  afterAll(() => gateway.stop());

  it.each([
    { before: 'a running subscription', isRunning: true, first: (location: string) => watch('a', location) },
    { before: 'a subscription that was just asked for', first: (location: string) => watch('a', location) },
    { before: 'a document that is wrong', isWrong: true, first: () => query('a', '{ wrong }') },
  ])('means the new one after $before, which ends with its socket', async ({ isRunning, isWrong, first }) => {
    const location = stalled(sandboxOf(gateway));
    const socket = await openReady(gateway.url);
    const closings = gateway.logged.filter(({ event }) => event === 'websocket closed').length;
    socket.send(first(location));
    if (isRunning) expect(await advanceUntil(clock, 1, socket.next())).toEqual(snapshot('a'));
    socket.send({ type: 'complete', id: 'a' });
    socket.send(watch('a', location));
    if (isWrong) expect(await socket.next()).toMatchObject({ type: 'error', id: 'a' });
    expect(await advanceUntil(clock, 1, socket.next())).toEqual(snapshot('a'));
    await roundTrip(socket); // and nothing else was said
    expect(gateway.watches()).toBe(1);

    socket.drop();
    await gateway.happened('websocket closed', closings + 1);
    await clock.advance(1_000); // more than a client that lost its connection is waited for
    expect(gateway.watches()).toBe(0);
  });

  it('is not told the answer to the query that had it before', async () => {
    const graph = await startSandbox({ clock: systemClock, random: systemRandom });
    const gate = await startGate(graph.url);
    const behindGate = await startGateway({ GRAPH_URL: gate.url });
    const socket = await openReady(behindGate.url, { authorization: `Bearer ${graph.demoToken}` });
    gate.shut();
    const asked = gate.asked();
    socket.send(
      query('a', 'query ($ref: OperationRef!) { operation(ref: $ref) { state } }', {
        ref: { location: stalled(graph) },
      }),
    );
    await asked;
    socket.send({ type: 'complete', id: 'a' });
    socket.send(watch('a', stalled(graph)));
    await roundTrip(socket);
    gate.open();
    expect(await socket.next()).toEqual(snapshot('a'));
    await behindGate.happened('check', 2);
    await roundTrip(socket);
    socket.close();
    await behindGate.stop();
    await gate.close();
    await graph.close();
  });
});

describe('a websocket without a token, before the real Graph', () => {
  it('closes with 4401, and with one it may come either way', async () => {
    const { gateway, graph, stop } = await startGatewayOfGraph();
    for (const payload of [
      undefined,
      {},
      { authorization: '' },
      { authorization: 'Basic bm86bm8=' },
      { authorization: 'Bearer' },
      { authorization: ['Bearer one'] },
      { authorization: null },
    ]) {
      const socket = await openSocket(gateway.url);
      socket.send({ type: 'connection_init', payload });
      expect(await socket.closed).toMatchObject({ code: 4401, reason: expect.stringContaining('authorization') });
    }
    const { location, hostId } = graph.begin({ life: NOT_BEGUN });
    const nora = graph.addToken('token-of-nora');
    const tomas = graph.addToken('token-of-tomas');
    for (const { id } of [nora, tomas]) graph.addMember(hostId, id);
    for (const [payload, headers, who] of [
      [{ authorization: 'Bearer token-of-nora' }, {}, nora],
      [undefined, { authorization: 'Bearer token-of-tomas' }, tomas],
      [{ authorization: 'Bearer token-of-nora' }, { authorization: 'Bearer token-of-tomas' }, nora],
    ] as const) {
      const socket = await openReady(gateway.url, payload, { headers });
      socket.send(watch('1', location));
      expect(await socket.next()).toEqual(snapshot('1'));
      expect(graph.reads().map(({ userId }) => userId)).toContain(who.id);
      socket.close();
    }
    expect(JSON.stringify(gateway.logged)).not.toContain('token-of-');
    await stop();
  });
});

describe('the caps of websockets', () => {
  let gateway: TestGateway;
  afterEach(() => gateway.stop());

  it('refuse one socket too many, and take it when another has gone', async () => {
    gateway = await startGateway({ MAX_SOCKETS: '2' });
    const [first, second] = [await openReady(gateway.url), await openReady(gateway.url)];
    expect(await refusalOf(gateway.url)).toEqual({
      status: 503,
      body: {
        errors: [
          {
            message: 'This process takes 2 sockets at a time.',
            extensions: { code: 'LIMIT_EXCEEDED', limit: 'SOCKETS' },
          },
        ],
      },
    });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/refus\w*\{limit="SOCKETS"\} 1\n/);
    await roundTrip(second);
    first.drop();
    await gateway.happened('websocket closed');
    await roundTrip(await openReady(gateway.url));
  });

  it.each([
    { variable: 'MAX_SUBSCRIPTIONS', sockets: 2 },
    { variable: 'MAX_SUBSCRIPTIONS_PER_CALLER', sockets: 2 },
    { variable: 'MAX_SUBSCRIPTIONS_PER_SOCKET', sockets: 1 },
  ])(
    'refuse one subscription too many by $variable, and take it when another has ended',
    async ({ variable, sockets }) => {
      gateway = await startGateway({ [variable]: '2' });
      const sandbox = sandboxOf(gateway);
      const first = await openReady(gateway.url);
      const other = sockets === 2 ? await openReady(gateway.url) : first;
      const isFull = async (): Promise<void> => {
        other.send(watch('one too many', stalled(sandbox)));
        expect(await other.next()).toEqual(refused('one too many', variable.slice('MAX_'.length)));
      };

      first.send(watch('completed by the client', stalled(sandbox)));
      expect(await first.next()).toEqual(snapshot('completed by the client'));
      first.send(watch('ending by itself', sandbox.begin({ life: { succeedsAfterMs: 0 } }).location));
      expect(await first.next()).toMatchObject({ id: 'ending by itself', type: 'next' });
      expect(await first.next()).toEqual({ id: 'ending by itself', type: 'complete' });

      other.send(watch('second', stalled(sandbox)));
      expect(await other.next()).toEqual(snapshot('second'));
      await isFull();
      await roundTrip(first);

      first.send({ type: 'complete', id: 'completed by the client' });
      await roundTrip(first);
      for (const wrong of [query('wrong', '{ wrong }'), query('wrong', '{')]) {
        other.send(wrong);
        expect(await other.next()).toMatchObject({ id: 'wrong', type: 'error' });
      }
      for (const ended of [query('ended', WATCH), watch('ended', '/elsewhere'), query('ended', '{ __typename }')]) {
        other.send(ended);
        expect(await other.next()).toMatchObject({ id: 'ended', type: 'next' });
        expect(await other.next()).toEqual({ id: 'ended', type: 'complete' });
      }
      other.send(watch('third', stalled(sandbox)));
      expect(await other.next()).toEqual(snapshot('third'));
      await isFull();

      other.drop();
      await gateway.happened('websocket closed');
      const last = await openReady(gateway.url);
      for (const id of ['fourth', 'fifth']) {
        last.send(watch(id, stalled(sandbox)));
        expect(await last.next()).toEqual(snapshot(id));
      }
      last.send(watch('sixth', stalled(sandbox)));
      expect(await last.next()).toEqual(refused('sixth', variable.slice('MAX_'.length)));
    },
  );
});

describe('the bounds of one client', () => {
  let gateway: TestGateway;
  afterEach(() => gateway.stop());

  it('are counted by the address that a trusted proxy names', async () => {
    gateway = await startGateway({ MAX_SOCKETS_PER_ADDRESS: '1', TRUSTED_PROXIES: 'loopback' });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const first = await openReady(gateway.url, {}, from('203.0.113.7'));
    expect(await refusalOf(gateway.url, from('203.0.113.7'))).toMatchObject({
      status: 503,
      body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'SOCKETS_PER_ADDRESS' } }] },
    });
    const other = await openReady(gateway.url, {}, from('203.0.113.8'));
    first.drop();
    await gateway.happened('websocket closed');
    (await openReady(gateway.url, {}, from('203.0.113.7'))).close();
    await roundTrip(other);
  });

  it('count an address of this machine only where they were set', async () => {
    gateway = await startGateway({ MAX_SOCKETS_PER_ADDRESS: '1' });
    (await openReady(gateway.url)).close();
    await gateway.happened('websocket closed');
    const only = await openReady(gateway.url);
    expect(await refusalOf(gateway.url)).toMatchObject({ status: 503 });
    await roundTrip(only);
  });

  it('give a place back that never became a socket', async () => {
    gateway = await startGateway({ MAX_SOCKETS: '1' });
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await fetch(`${gateway.url}/graphql`, { headers: { 'apollo-require-preflight': 'x' } });
      expect(response.status).toBe(400);
      const half = httpRequest(`${gateway.url}/graphql`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
      half.end();
      const [answer] = (await once(half, 'response')) as [{ statusCode: number; resume: () => void }];
      expect(answer.statusCode).toBe(400);
      answer.resume();
      half.destroy();
    }
    await roundTrip(await openReady(gateway.url));
  });

  it('refuse operations that begin too often, and take them again after a moment', async () => {
    const clock = createFakeClock();
    gateway = await startGateway({ MAX_OPERATIONS_PER_SECOND: '2', MAX_SUBSCRIPTIONS_PER_SOCKET: '3' }, { clock });
    const socket = await openReady(gateway.url);
    const other = await openReady(gateway.url);
    const ask = async (on: RawSocket, id: string) => {
      on.send(query(id, '{ __typename }'));
      const answer = await on.next();
      if (answer.type === 'next') expect(await on.next()).toEqual({ type: 'complete', id });
      return answer;
    };
    for (const id of ['1', '2', '3']) expect(await ask(socket, id)).toMatchObject({ type: 'next' });
    expect(await ask(socket, '4')).toEqual(refused('4', 'OPERATIONS_PER_SECOND'));
    expect(await ask(other, '1')).toMatchObject({ type: 'next' });
    await clock.advance(500);
    expect(await ask(socket, '5')).toMatchObject({ type: 'next' });
    expect(await ask(socket, '6')).toEqual(refused('6', 'OPERATIONS_PER_SECOND'));
  });

  it('close with 1009 a message that is too long, and count it', async () => {
    gateway = await startGateway({ MAX_MESSAGE_BYTES: '2000' });
    const socket = await openReady(gateway.url);
    socket.send(query('1', `{ __typename } #${'x'.repeat(1_900)}`));
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' });
    socket.send(query('2', `{ __typename } #${'x'.repeat(2_000)}`));
    expect(await socket.next()).toMatchObject({ id: '1', type: 'complete' });
    expect(await socket.closed).toMatchObject({ code: 1009 });
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/refus\w*\{limit="MESSAGE_BYTES"\} 1\n/);
  });

  it('close with a reason one that writes and does not read', async () => {
    gateway = await startGateway({ MAX_UNREAD_BYTES: '16384' });
    const slow = await openReady(gateway.url);
    const other = await openReady(gateway.url);
    slow.socket.pause();
    // A pong says what its ping said. The kernel takes a few MB before anything waits in the process.
    const long = { type: 'ping', payload: { text: 'x'.repeat(200_000) } };
    for (let at = 0; at < 200; at++) {
      slow.send(long);
      await roundTrip(other);
    }
    await gateway.happened('websocket closed');
    slow.socket.resume();
    expect([1006, 1013]).toContain((await slow.closed).code); // as much of it as it read before it was cut off
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/refus\w*\{limit="UNREAD_BYTES"\} [1-9]\n/);
    await roundTrip(other);
  });
});

describe('the patience of websockets', () => {
  it('closes with 4408 one that does not say who it is within ten seconds', async () => {
    const clock = createFakeClock();
    const gateway = await startGateway({}, { clock });
    const silent = await openSocket(gateway.url);
    const greeting = await openReady(gateway.url);
    await clock.advance(9_999);
    await roundTrip(silent);
    await clock.advance(1);
    expect(await silent.closed).toMatchObject({ code: 4408 });
    await roundTrip(greeting);
    await gateway.stop();
  });

  it('ends with the second ping one that did not answer the first', async () => {
    const clock = createFakeClock();
    const gateway = await startGateway({}, { clock });
    const alive = await openReady(gateway.url);
    const dead = await openReady(gateway.url, {}, { autoPong: false });
    for (let round = 0; round < 2; round++) {
      const pings = [once(alive.socket, 'ping'), ...(round === 0 ? [once(dead.socket, 'ping')] : [])];
      await clock.advance(20_000);
      await Promise.all(pings);
      await roundTrip(alive);
    }
    expect(await dead.closed).toMatchObject({ code: 1013, reason: 'There was no answer to a ping' });
    await roundTrip(alive);
    await gateway.stop();
  });
});

describe('a gateway that stops', () => {
  it('closes each websocket with 1001 and says nothing more', async () => {
    const gateway = await startGateway();
    const idle = await openReady(gateway.url);
    const watching = await openReady(gateway.url);
    watching.send(watch('1', stalled(sandboxOf(gateway))));
    expect(await watching.next()).toEqual(snapshot('1'));
    await gateway.stop();
    expect(await idle.closed).toMatchObject({ code: 1001 });
    expect(await watching.closed).toMatchObject({ code: 1001 });
    expect(gateway.logged.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  it('does not wait for a client that does not answer the closing', async () => {
    const clock = createFakeClock();
    const gateway = await startGateway({}, { clock });
    const { socket } = await openReady(gateway.url);
    socket.pause();
    const stopped = gateway.stop();
    await clock.advance(1_000);
    await stopped;
    expect(gateway.logged.map(({ event }) => event)).toContain('websocket closed');
    socket.terminate();
  });
});

/** Of a handshake by hand: a client of ws would leave before it hears the code. */
async function closingCodeOf(url: string, protocol: string | undefined): Promise<number> {
  const request = httpRequest(`${url}/graphql`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      ...(protocol !== undefined && { 'sec-websocket-protocol': protocol }),
    },
  });
  request.end();
  const [, socket, head] = (await once(request, 'upgrade')) as [unknown, Socket, Buffer];
  const [frame] = head.length > 0 ? [head] : ((await once(socket, 'data')) as [Buffer]);
  socket.destroy();
  expect(frame[0]).toBe(0x88); // the last frame, a close
  return frame.readUInt16BE(2);
}
