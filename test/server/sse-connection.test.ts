import { once } from 'node:events';
import { createServer, request as httpRequest, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { createSchema } from '../../src/api/schema.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readLimits } from '../../src/config/limits.js';
import { silentLog, type Log } from '../../src/lib/log.js';
import { GraphError } from '../../src/operation/failure.js';
import { type Caller } from '../../src/operation/scope.js';
import { type Authority } from '../../src/poll/authority.js';
import { type Stream } from '../../src/poll/stream.js';
import { createDocuments } from '../../src/server/documents.js';
import { createFanOut, createFanOutTally, type FanOutTally } from '../../src/server/fan-out.js';
import { createRunner } from '../../src/server/running.js';
import { createSocketCaps, type SocketCaps } from '../../src/server/socket-caps.js';
import { SseConnection } from '../../src/server/sse-connection.js';
import { serveEventStreams, type EventStreams } from '../../src/server/sse.js';
import { createFakeClock, settle, type FakeClock } from '../support/fake-clock.js';
import { openStream as openSse, type RawStream, type StreamAsk } from '../support/sse-client.js';
import { pass, until } from '../support/until.js';
import { caller } from '../poll/world.js';
import { changeTo, openStream } from './streams.js';

const WATCH = {
  query: `subscription { operationStatusChanged(refs: [{ location: "/teams/T/operations/A" }]) { to operation { rawStatus } } }`,
};
const HELLO = { query: '{ __typename }' };
const TOKEN_HEADER = 'x-graphql-event-stream-token';
const KEEP_ALIVE_MS = 20_000;
const OPEN_WITHIN_MS = 10_000;
const COMPLETE_WITHIN_MS = 20_000;
const CLOSE_WITHIN_MS = 1_000;
const LIFE_MS = 3_600_000;
/** The system has taken by then what it takes for a reader; on a busy machine that is not at once. */
const TAKEN_WITHIN_MS = 50;
/** What waits in the process for a reader before it is full, see FULL_BYTES; one more is on its way by then. */
const FULL_BYTES = 65_536;
const schema = await createSchema();

const ANNA: Caller = { ...caller('anna'), expiresAt: createFakeClock().now() + LIFE_MS };
const CALLERS: ReadonlyMap<string, Caller | GraphError> = new Map<string, Caller | GraphError>([
  ['Bearer over', new GraphError({ kind: 'unauthenticated' }, 'This token has ended.')],
  ['Bearer new', new GraphError({ kind: 'unavailable' }, 'The keys of its issuer are not to be had.')],
  ['Bearer anna', ANNA],
  ['Bearer anna-of-another-tenant', { ...ANNA, scope: caller('elsewhere').scope }],
  ['Bearer ben-of-the-same-scope', { ...ANNA, subject: 'ben' }],
]);

let clock: FakeClock;
let tally: FanOutTally;
let caps: SocketCaps;
let eventStreams: EventStreams;
let refused: string[];
let complaints: string[];
/** Where a subscription's changes come from, and who is told of them. */
let source: () => unknown;
let authorities: Authority[];
/** Whoever asks is known when this is. */
let known: Promise<void>;
let responses: ServerResponse[];
let url: string;
let surroundings: ConstructorParameters<typeof SseConnection>[0];
let stop: () => Promise<void>;
const opened: RawStream[] = [];

beforeEach(async () => {
  clock = createFakeClock();
  tally = createFanOutTally();
  [refused, complaints, authorities, responses] = [[], [], [], []];
  known = Promise.resolve();
  const limits = {
    ...readLimits(createEnvironmentReader({ MAX_SUBSCRIPTIONS_PER_SOCKET: '1', MAX_UNREAD_BYTES: '1000000' })),
    watched: 1,
  };
  caps = createSocketCaps(limits);
  const log: Log = {
    ...silentLog,
    error: (fields, event) => void complaints.push(`${event}: ${'err' in fields ? String(fields.err) : ''}`),
  };
  const report = { log, refused: (limit: string) => void refused.push(limit) };
  const coordinator = {
    watchOperations: (authority: Authority) => {
      authorities.push(authority);
      return source();
    },
    nextCheckAt: () => null,
  };
  const services = { coordinator, clock, graphRoot: new URL('https://graph.test'), limits } as never;
  const options = {
    schema,
    documents: createDocuments({ schema, introspection: true, limits, trusted: null }),
    services,
    caps,
    limits,
    clock,
    report,
    fanOut: createFanOut({ schema, services, clock, report, tally }),
    identify: async (authorization: string | undefined) => {
      await known;
      return CALLERS.get(authorization ?? '') ?? null;
    },
    addressOf: () => ({ address: '127.0.0.1', isLocal: true }),
    allowedOrigins: [],
  };
  surroundings = {
    ...options,
    runner: createRunner({ ...options, transport: 'event stream', log }),
    unreadBytes: limits.unreadBytes,
  };
  eventStreams = serveEventStreams(options);
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    responses.push(response);
    eventStreams.serve(request, response, () => true).catch((error: unknown) => complaints.push(String(error)));
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    const closed = eventStreams.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    server.close();
  };
});
afterEach(async () => {
  for (const stream of opened.splice(0)) stream.cut();
  await stop();
  expect(complaints).toEqual([]);
});

async function ask(what: StreamAsk, headers: Readonly<Record<string, string>> = {}): Promise<RawStream> {
  const stream = await openSse(url, {
    ...what,
    headers: { authorization: 'Bearer anna', ...what.headers, ...headers },
  });
  opened.push(stream);
  return stream;
}
async function reserve(): Promise<Readonly<Record<string, string>>> {
  const reserved = await ask({ method: 'PUT' }, { accept: '*/*' });
  return { [TOKEN_HEADER]: await reserved.ended };
}
const begin = (named: Readonly<Record<string, string>>, operationId: string, document: object): Promise<RawStream> =>
  ask({ body: { ...document, extensions: { operationId } } }, { accept: '*/*', ...named });
const leave = (named: Readonly<Record<string, string>>, operationId: string): Promise<RawStream> =>
  ask({ method: 'DELETE', path: `/graphql/stream?operationId=${operationId}` }, named);
/** Of the request that was answered last. */
const lastSocket = (): Socket => {
  const socket = responses.at(-1)?.socket;
  if (socket == null) throw new Error('It has no connection any more.');
  return socket;
};
const toldIn = ({ data }: { readonly data: string }): { to: string; operation: { rawStatus: string } } =>
  (JSON.parse(data) as { data: { operationStatusChanged: { to: string; operation: { rawStatus: string } } } }).data
    .operationStatusChanged;

describe('an event stream that is reserved', () => {
  it('holds the newest state for the client that has not opened it yet', async () => {
    const changes = openStream();
    source = () => changes;
    const named = await reserve();
    await begin(named, '1', WATCH);
    for (const [stamp, state] of (['NOT_STARTED', 'RUNNING', 'SUCCEEDED'] as const).entries()) {
      changes.tell(changeTo(state, stamp), false);
      await settle();
    }
    const stream = await ask({}, named);
    expect((await stream.next()).data).toContain('"to":"SUCCEEDED"');
    expect([tally.events, tally.overtaken]).toEqual([1, 2]);
    expect(stream.unread()).toEqual([]);
  });

  it('is given up when more waits for its client than may', async () => {
    const named = await reserve();
    for (let nth = 0; eventStreams.count === 1 && nth < 100; nth++) {
      await begin(named, String(nth), { query: getIntrospectionQuery() });
      await settle();
    }
    expect(refused).toEqual(['UNREAD_BYTES']);
    expect((await ask({}, named)).status).toBe(404);
  });

  it('is one of twenty of its caller that may wait to be opened, and of none when it was opened or given up', async () => {
    const first = await reserve();
    for (let nth = 1; nth < 20; nth++) await reserve();
    const reserveAs = (authorization: string): Promise<RawStream> =>
      ask({ method: 'PUT' }, { authorization, accept: '*/*' });
    const oneMore = await reserveAs('Bearer anna');
    expect(oneMore.status).toBe(503);
    expect(JSON.parse(await oneMore.ended)).toMatchObject({
      errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'RESERVED_STREAMS' } }],
    });
    expect([refused, eventStreams.count]).toEqual([['RESERVED_STREAMS'], 20]);
    expect((await reserveAs('Bearer ben-of-the-same-scope')).status).toBe(201);

    const stream = await ask({}, first);
    expect((await reserveAs('Bearer anna')).status).toBe(201);
    expect((await reserveAs('Bearer anna')).status).toBe(503);
    stream.cut(); // its place was given back when it was opened
    await until(() => eventStreams.count === 21);
    expect((await reserveAs('Bearer anna')).status).toBe(503);
    await clock.advance(OPEN_WITHIN_MS);
    await until(() => eventStreams.count === 0);
    for (let nth = 0; nth < 20; nth++) expect((await reserveAs('Bearer anna')).status).toBe(201);
  });

  it('is nothing to a caller of the same name in another tenant, nor to another one of the same scope', async () => {
    const named = await reserve();
    for (const authorization of ['Bearer anna-of-another-tenant', 'Bearer ben-of-the-same-scope']) {
      expect((await ask({}, { ...named, authorization })).status).toBe(404);
    }
    expect((await ask({}, named)).status).toBe(200);
  });

  it('outlasts the moment at which others are kept alive, and once it is open that at which it would be given up', async () => {
    await clock.advance(KEEP_ALIVE_MS - 1);
    const named = await reserve();
    await clock.advance(1);
    const stream = await ask({}, named);
    await clock.advance(OPEN_WITHIN_MS);
    expect((await begin(named, '1', HELLO)).status).toBe(202);
    expect((await stream.next()).data).toContain('"Query"');
  });

  it('ends when its client goes away while it is found out who opens it', async () => {
    const named = await reserve();
    let tellWho: () => void = () => undefined;
    known = new Promise((resolve) => (tellWho = resolve));
    const answers = responses.length;
    const opening = openSse(url, { headers: { authorization: 'Bearer anna', ...named } });
    await until(() => responses.length > answers);
    const gone = once(lastSocket(), 'close');
    lastSocket().destroy();
    await expect(opening).rejects.toThrow();
    await gone;
    tellWho();
    await until(() => eventStreams.count === 0);
  });
});

describe('what runs in an event stream', () => {
  it('gives its place back as it ends', async () => {
    const changes = openStream();
    source = () => changes;
    const named = await reserve();
    const stream = await ask({}, named);
    const isOver = async (): Promise<void> => {
      while ((await stream.next()).event !== 'complete');
    };
    expect((await begin(named, '1', HELLO)).status).toBe(202);
    await isOver();
    expect((await begin(named, '2', WATCH)).status).toBe(202);
    expect((await begin(named, '3', HELLO)).status).toBe(400); // there is one place
    changes.end();
    await isOver();
    expect((await begin(named, '3', HELLO)).status).toBe(202);
    await isOver();
    expect(caps.subscriptions).toBe(0);
  });

  it('is left, and tells nothing, when its client wanted no more of it before it had begun', async () => {
    const changes = openStream();
    let start: (stream: Stream) => void = () => undefined;
    source = () => new Promise((resolve) => (start = resolve));
    const named = await reserve();
    const stream = await ask({}, named);
    await begin(named, '1', WATCH);
    await leave(named, '1');
    changes.tell(changeTo('RUNNING', 0), false);
    start(changes);
    await until(() => changes.isOver);
    await begin(named, '2', HELLO);
    expect(await stream.next()).toMatchObject({ data: expect.stringMatching(/^\{"id":"2"/) });
  });

  it('is over with a word when it fails in a way that nobody has thought of', async () => {
    source = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) });
    const stream = await ask({ body: WATCH });
    expect(await stream.result()).toEqual({
      errors: [{ message: 'Internal error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(await stream.next()).toEqual({ event: 'complete', data: '' });
    await stream.ended;
    expect(complaints.splice(0)).toEqual([
      'event stream request failed: Error: What is subscribed to tells no changes.',
    ]);
  });

  it('comes with the place to go on from, whether or not its document asks for that', async () => {
    const changes = openStream();
    source = () => changes;
    changes.tell(changeTo('RUNNING', 7), false);
    const stream = await ask({ body: WATCH });
    expect(await stream.next()).toMatchObject({ event: 'next', id: expect.stringMatching(/^[\w-]+$/) });
  });

  it('ends with what Graph demands of the next token', async () => {
    const claims = '{"access_token":{"nbf":{"value":"1"}}}';
    source = () => openStream();
    const stream = await ask({ body: WATCH });
    await until(() => authorities.length === 1);
    authorities[0]?.refused(new GraphError({ kind: 'unauthenticated', claims }, 'No more.'));
    await clock.advance(0);
    expect(await stream.result()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', claims } }] });
    expect(await stream.ended).toMatch(/\n\n: UNAUTHENTICATED from .*\n\n[^]*\n\n: UNAUTHENTICATED\n\n$/);
  });
});

describe('an event stream whose client reads no more', () => {
  const LONG = 'x'.repeat(30_000);
  const CHANGES = 300;

  /** Tells until so much waits in the process, and goes on waiting: the system takes nothing more for its reader. */
  async function fill(changes: Stream, waitingBytes: number, response = responses.at(-1)): Promise<void> {
    const isFull = (): boolean => (response?.writableLength ?? 0) >= waitingBytes;
    for (let at = 1; !isFull(); at++) {
      if (at > 10_000) throw new Error('The system takes all of it.');
      changes.tell(changeTo('RUNNING', at, 'A', `${at} ${LONG}`), false);
      await settle();
      if (isFull()) await pass(TAKEN_WITHIN_MS);
    }
  }

  it('has little waiting for it, and hears the newest state and the end when it reads again', async () => {
    const changes = openStream();
    source = () => changes;
    const stream = await ask({ body: WATCH });
    stream.pause();
    await fill(changes, FULL_BYTES);
    const response = responses.at(-1);
    let most = 0;
    for (let at = 1; at <= CHANGES; at++) {
      changes.tell(changeTo('RUNNING', 10_000 + at, 'A', `${10_000 + at} ${LONG}`), false);
      await settle();
      most = Math.max(most, response?.writableLength ?? 0);
    }
    expect(most).toBeLessThan(FULL_BYTES + 2 * LONG.length);
    expect(tally.overtaken).toBe(CHANGES - 1);
    changes.tell(changeTo('SUCCEEDED', 20_000), false);
    changes.end();
    stream.resume();
    const states: string[] = [];
    for (let event = await stream.next(); event.event !== 'complete'; event = await stream.next()) {
      states.push(toldIn(event).to);
    }
    expect(states.at(-1)).toBe('SUCCEEDED');
    expect(states.filter((state) => state === 'SUCCEEDED')).toHaveLength(1);
  });

  it('has twenty seconds for the last that it is told, and is cut then', async () => {
    const changes = openStream();
    source = () => changes;
    const stream = await ask({ body: WATCH });
    stream.pause();
    const socket = lastSocket();
    await fill(changes, 1);
    changes.end();
    await until(() => caps.subscriptions === 0);
    await clock.advance(COMPLETE_WITHIN_MS - 1);
    expect([socket.destroyed, eventStreams.count]).toEqual([false, 1]);
    await clock.advance(1); // others are kept alive now too
    await until(() => eventStreams.count === 0);
    expect(socket.destroyed).toBe(true);
  });

  it('has one second when it is told to go, and nothing may begin in it meanwhile', async () => {
    const changes = openStream();
    source = () => changes;
    const named = await reserve();
    const stream = await ask({}, named);
    const response = responses.at(-1);
    const socket = lastSocket();
    stream.pause();
    await begin(named, '1', WATCH);
    await fill(changes, 1, response);
    authorities[0]?.refused(new GraphError({ kind: 'unauthenticated' }, 'No more.'));
    await clock.advance(0);
    expect([response?.writableEnded, socket.destroyed, caps.subscriptions]).toEqual([true, false, 0]);
    expect((await begin(named, '2', HELLO)).status).toBe(404);
    const stopped = eventStreams.close();
    let isStopped = false;
    void stopped.then(() => (isStopped = true));
    await clock.advance(CLOSE_WITHIN_MS - 1);
    expect([socket.destroyed, isStopped]).toEqual([false, false]);
    await clock.advance(1);
    await stopped;
    expect(socket.destroyed).toBe(true);
  });
});

describe('an event stream that has ended', () => {
  it.each([
    'it completes',
    'its client goes',
    'its client goes, who had reserved it',
    'nobody opens it',
    'its token ends',
    'the gateway stops',
  ])('leaves nothing that would wake for it: %s', async (how) => {
    const changes = openStream();
    source = () => changes;
    const pending = clock.pending;
    const named = /opens|reserved/.test(how) ? await reserve() : null;
    const stream = how === 'nobody opens it' ? null : await ask(named === null ? { body: WATCH } : {}, named ?? {});
    if (named === null) await until(() => caps.subscriptions === 1 && authorities.length === 1);
    expect(eventStreams.count).toBe(1);
    if (how === 'it completes') changes.end();
    if (how.startsWith('its client goes')) stream?.cut();
    if (how === 'nobody opens it') await clock.advance(OPEN_WITHIN_MS);
    if (how === 'its token ends') await clock.advance(LIFE_MS);
    if (how === 'the gateway stops') await eventStreams.close();
    await until(() => eventStreams.count === 0);
    const keepingAlive = how === 'the gateway stops' ? 1 : 0;
    await until(() => clock.pending === pending - keepingAlive);
    expect([caps.sockets, caps.subscriptions]).toEqual([0, 0]);
  });

  it('begins nothing and tells nothing, whoever still asks', async () => {
    const answers: SseConnection[] = [];
    const server = createServer((request, response) => {
      response.on('error', (error) => complaints.push(String(error)));
      const connection = new SseConnection(surroundings, ANNA, true);
      answers.push(connection);
      connection.open(response, request.socket);
      connection.hangUp('bye');
      connection.begin('1', WATCH);
      connection.tell('1', { data: null });
      connection.keepAlive();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stream = await openSse(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await stream.ended).toBe(':\n\n: bye\n\n');
    expect([caps.subscriptions, authorities]).toEqual([0, []]);
    stream.cut();
    server.close();
  });
});

describe('whoever asks for an event stream', () => {
  it.each([
    { authorization: '', status: 401, code: 'UNAUTHENTICATED', message: /^Send the header/ },
    { authorization: 'Bearer over', status: 401, code: 'UNAUTHENTICATED', message: /^This token has ended/ },
    { authorization: 'Bearer new', status: 503, code: 'UPSTREAM_UNAVAILABLE', message: /^The keys/ },
  ])('is told why it gets none: $status to "$authorization"', async ({ authorization, status, code, message }) => {
    const named = { ...(await reserve()), authorization };
    const attempts = [
      await ask({ body: HELLO }, { authorization }),
      await ask({ method: 'PUT' }, { authorization, accept: '*/*' }),
      await ask({}, named),
      await begin(named, '1', HELLO),
      await leave(named, '1'),
    ];
    for (const answer of attempts) {
      expect(answer.status).toBe(status);
      const { errors } = JSON.parse(await answer.ended) as { errors: unknown };
      expect(errors).toEqual([{ message: expect.stringMatching(message), extensions: { code } }]);
      expect(answer.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
    }
    expect(eventStreams.count).toBe(1); // the one that was reserved
  });

  it('may go away in the middle of its request', async () => {
    const asking = httpRequest(`${url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': '1000', authorization: 'Bearer anna' },
    });
    asking.on('error', () => undefined); // it is cut below
    asking.write('{"query":');
    await until(() => responses.length === 1);
    const gone = new Promise((resolve) => responses[0]?.once('close', resolve));
    asking.destroy();
    await gone;
    await settle();
    expect([eventStreams.count, complaints]).toEqual([0, []]);
  });
});

it('a gateway that stops takes no new stream', async () => {
  await eventStreams.close();
  for (const what of [{ body: HELLO }, { method: 'PUT', headers: { accept: '*/*' } }]) {
    expect((await ask(what)).status).toBe(503);
  }
});
