import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { metricsOf } from '../server/metrics.js';
import { openReady, type RawSocket } from '../server/raw-socket.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';

const CLIENTS = 10;
/** Some 4 MB of memory each, once it is parsed. */
const JUNK = Array.from({ length: 60_000 }, () => ({}));
const MAX_KEPT_BYTES = 8_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let gateway: TestGateway;
const sockets: RawSocket[] = [];
let waiting: AbortController;
beforeEach(async () => {
  waiting = new AbortController();
  gateway = await startGateway();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.drop();
  waiting.abort();
  await gateway.stop();
});

const WATCH = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }';
const WAIT = 'query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 60) { state } }';

/** Each comes with far more than anybody reads. */
const WAYS: readonly {
  readonly what: string;
  readonly begin: (url: string, ref: object) => Promise<unknown>;
}[] = [
  { what: 'a greeting', begin: (url) => keep(openReady(url, { junk: JUNK })) },
  {
    what: 'a message',
    begin: (url, ref) => subscribe(url, { junk: JUNK, payload: { query: WATCH, variables: { refs: [ref] } } }),
  },
  {
    what: 'a subscription',
    begin: (url, ref) => subscribe(url, { payload: { query: WATCH, variables: { refs: [ref] }, junk: JUNK } }),
  },
  {
    what: 'the extensions of a subscription',
    begin: (url, ref) =>
      subscribe(url, { payload: { query: WATCH, variables: { refs: [ref] }, extensions: { JUNK } } }),
  },
  {
    what: 'the variables of a subscription',
    begin: (url, ref) => subscribe(url, { payload: { query: WATCH, variables: { refs: [ref], junk: JUNK } } }),
  },
  {
    what: 'the variables of a query on a socket',
    begin: (url, ref) => ask(url, { payload: { query: WAIT, variables: { ref, junk: JUNK } } }),
  },
  { what: 'a body', begin: (url, ref) => post(url, { query: WAIT, variables: { ref }, junk: JUNK }) },
  {
    what: 'the extensions of a body',
    begin: (url, ref) => post(url, { query: WAIT, variables: { ref }, extensions: { junk: JUNK } }),
  },
  { what: 'the variables of a body', begin: (url, ref) => post(url, { query: WAIT, variables: { ref, junk: JUNK } }) },
];

it.each(WAYS)('nothing is kept of what is said in $what and nobody asked for', async ({ begin }) => {
  const ref = { location: sandboxOf(gateway).begin({ life: { stalls: true } }).location };
  await begin(gateway.url, ref); // what the first one needs is there afterwards
  const before = heldBytes();
  for (let client = 0; client < CLIENTS; client++) await begin(gateway.url, ref);
  expect(heldBytes() - before).toBeLessThan(MAX_KEPT_BYTES);
});

function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

async function keep(opening: Promise<RawSocket>): Promise<RawSocket> {
  const socket = await opening;
  sockets.push(socket);
  return socket;
}

async function subscribe(url: string, message: object): Promise<void> {
  const socket = await keep(openReady(url));
  socket.send({ type: 'subscribe', id: '1', ...message });
  expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: expect.anything() } });
}

/** What is asked has no answer yet. */
async function ask(url: string, message: object): Promise<void> {
  const socket = await keep(openReady(url));
  socket.send({ type: 'subscribe', id: '1', ...message });
  socket.send({ type: 'ping' });
  expect(await socket.next()).toEqual({ type: 'pong' });
}

async function post(url: string, body: object): Promise<void> {
  const before = await waits();
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: waiting.signal,
  }).catch(() => undefined);
  while ((await waits()) === before);
}

async function waits(): Promise<number | undefined> {
  return (await metricsOf(gateway)).get('gateway_waits');
}
