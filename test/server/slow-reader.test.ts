import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createSchema } from '../../src/api/schema.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readLimits } from '../../src/config/limits.js';
import { systemClock as clock } from '../../src/lib/clock.js';
import { silentLog as log } from '../../src/lib/log.js';
import { type Stream } from '../../src/poll/stream.js';
import { createDocuments } from '../../src/server/documents.js';
import { createFanOut, createFanOutTally, type FanOutTally } from '../../src/server/fan-out.js';
import { createSocketCaps } from '../../src/server/socket-caps.js';
import { serveWebSockets } from '../../src/server/websocket.js';
import { caller } from '../poll/world.js';
import { openReady, type Message } from './raw-socket.js';
import { changeTo, openStream } from './streams.js';

const WATCH = `subscription { operationStatusChanged(refs: [{ location: "/teams/T/operations/A" }]) { to operation { rawStatus } } }`;
/** A state that takes so much room that the kernel's buffers are soon full. */
const LONG = 'x'.repeat(100_000);
const CHANGES = 300;
/** What may wait in the process for one who does not read: the bound, and what was written in one piece with its last byte. */
const MAX_WAITING_BYTES = 65_536 + 65_536 + LONG.length + 1_000;

let stream: Stream;
let tally: FanOutTally;
let connections: Duplex[];
let url: string;
let stop: () => Promise<void>;
beforeEach(async () => {
  stream = openStream();
  tally = createFanOutTally();
  connections = [];
  const schema = await createSchema();
  const limits = { ...readLimits(createEnvironmentReader({})), watched: 1 };
  const report = { log, refused: () => undefined };
  const coordinator = { watchOperations: () => stream, nextCheckAt: () => null };
  const services = { coordinator, clock, graphRoot: new URL('https://graph.test'), limits } as never;
  const httpServer = createServer();
  httpServer.on('upgrade', (_request: IncomingMessage, connection: Duplex) => connections.push(connection));
  const sockets = serveWebSockets({
    httpServer,
    path: '/graphql',
    clock,
    caps: createSocketCaps(limits),
    schema,
    documents: createDocuments({ schema, introspection: true, limits, trusted: null }),
    services,
    fanOut: createFanOut({ schema, services, clock, report, tally }),
    identify: () => Promise.resolve(caller('anna')),
    allowedOrigins: [],
    isMisdirected: () => false,
    addressOf: () => ({ address: '127.0.0.1', isLocal: true }),
    limits,
    report,
  });
  httpServer.listen(0, '127.0.0.1');
  await once(httpServer, 'listening');
  url = `http://127.0.0.1:${(httpServer.address() as AddressInfo).port}`;
  stop = async () => {
    await sockets.close();
    httpServer.close();
  };
});
afterEach(() => stop());

const toOf = ({ payload }: Message): unknown =>
  (payload as { data: { operationStatusChanged: { to: string } } } | undefined)?.data.operationStatusChanged.to;

it('one that does not read has little waiting for it, and hears the newest state and the end when it reads again', async () => {
  const slow = await openReady(url);
  const other = await openReady(url);
  slow.send({ type: 'subscribe', id: '1', payload: { query: WATCH } });
  stream.tell(changeTo('NOT_STARTED', 0), false);
  expect(toOf(await slow.next())).toBe('NOT_STARTED');
  slow.socket.pause();

  let most = 0;
  for (let at = 1; at <= CHANGES; at++) {
    stream.tell(changeTo(at % 2 === 0 ? 'NOT_STARTED' : 'RUNNING', at, 'A', `${at} ${LONG}`), false);
    other.send({ type: 'ping' });
    await other.next();
    most = Math.max(most, connections[0]?.writableLength ?? 0);
  }
  expect(most).toBeLessThan(MAX_WAITING_BYTES);
  expect(most).toBeGreaterThan(0);
  expect(tally.overtaken).toBeGreaterThan(0);
  expect(tally.events + tally.overtaken).toBe(CHANGES); // the one that is left is held
  stream.tell(changeTo('SUCCEEDED', CHANGES + 1), false);
  stream.end();

  slow.socket.resume();
  const heard: Message[] = [];
  do heard.push(await slow.next());
  while (heard.at(-1)?.type !== 'complete');
  expect(heard.at(-2)).toMatchObject({ id: '1', payload: { data: { operationStatusChanged: { to: 'SUCCEEDED' } } } });
  const numbers = heard
    .slice(0, -2)
    .map(({ payload }) => Number.parseInt(JSON.stringify(payload).split('"rawStatus":"')[1] ?? '', 10));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  slow.close();
  other.close();
});
