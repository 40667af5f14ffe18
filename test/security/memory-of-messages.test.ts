import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { metricsOf } from '../server/metrics.js';
import { openReady, type RawSocket } from '../server/raw-socket.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';

const CLIENTS = 6;
const WAITING = 60;
/** Some 2 MB of memory each, once it is parsed. */
const JUNK = Array.from({ length: 30_000 }, () => ({}));
const MAX_KEPT_BYTES = 4_000_000;
/** The client's own part of it too, which is in the same process: its request, and its connection. Unbounded, it were 3 MB. */
const MAX_KEPT_OF_WAIT_BYTES = 400_000;

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

describe('what is written between the words of a document', () => {
  const COMMENT = 'a'.repeat(250_000);
  /** One sign that is not Latin doubles the memory of a text. */
  const comment = (nth: number, length: number): string => `# ${nth} ☃ ${COMMENT.slice(0, length)}\n`;

  it('is not held with what is subscribed to', async () => {
    await gateway.stop();
    gateway = await startGateway({ MAX_DOCUMENT_LENGTH: '1000000' });
    const { location } = sandboxOf(gateway).begin({ life: { stalls: true } });
    const watch = (nth: number): string =>
      `${comment(nth, COMMENT.length)}subscription { a${nth}: operationStatusChanged(refs: [{ location: "${location}" }]) { to operation { lastActionDateTime } } }`;
    const socket = await keep(openReady(gateway.url));
    const subscribeTo = async (nth: number): Promise<void> => {
      socket.send({ type: 'subscribe', id: String(nth), payload: { query: watch(nth) } });
      expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: expect.anything() } });
    };
    for (let nth = 0; nth < 3; nth++) await subscribeTo(nth); // as many as are kept for whoever asks next
    const before = heldBytes();
    for (let nth = 3; nth < 18; nth++) await subscribeTo(nth);
    expect(heldBytes() - before).toBeLessThan(MAX_KEPT_BYTES / 2);
  });

  it('is so short that all who wait hold little, and longer ones are refused', async () => {
    const { location } = sandboxOf(gateway).begin({ life: { stalls: true } });
    const wait = (nth: number, length: number): string =>
      `${comment(nth, length)}{ waitForOperation(ref: { location: "${location}" }, timeoutSeconds: 60) { lastActionDateTime } }`;
    const long = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: wait(0, COMMENT.length) }),
    });
    expect(await long.json()).toMatchObject({ errors: [{ extensions: { limit: 'DOCUMENT_LENGTH' } }] });
    await post(gateway.url, { query: wait(0, 19_700) });
    const before = heldBytes();
    for (let nth = 1; nth < WAITING; nth++) send(gateway.url, { query: wait(nth, 19_700) });
    while ((await waits()) !== WAITING);
    expect(heldBytes() - before).toBeLessThan((WAITING - 1) * MAX_KEPT_OF_WAIT_BYTES);
  });
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
  send(url, body);
  while ((await waits()) === before);
}

/** Nobody looks at the answer. */
function send(url: string, body: object): void {
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: waiting.signal,
  }).catch(() => undefined);
}

async function waits(): Promise<number | undefined> {
  return (await metricsOf(gateway)).get('gateway_waits');
}
