import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { createChance, planFuzzRun } from '../support/fuzz-chance.js';
import { anySession, GREETING, idIn, type FuzzFrame, type FuzzSession } from '../support/fuzz-frames.js';
import { heapUsed, startFuzzGateway, wrongErrors, type FuzzGateway } from '../support/fuzz-gateway.js';
import { openSocket, type RawSocket, type SocketMessage } from '../support/ws-client.js';

/** So few, and so little at a time, that the one who watches gets a turn often. */
const LANES = 6;
/** What is made once and kept is made before the heap is measured; or half of a short run is. */
const WARM_UP = 2_000;
/** What the engine keeps of code and caches; a hundred bytes forgotten per frame would be more. */
const MARGIN_BYTES = 8 * 2 ** 20;
const INTERVAL_MS = 1_000;
/** After this everything that was held for somebody is forgotten. */
const FORGETTING_MS = 3 * 3_600_000;

/** How a socket may end. */
const CLOSINGS: ReadonlySet<number> = new Set([
  4400, // what is no message of the protocol
  4401, // no token, or a subscription before the acknowledgement
  4403, // a token that is over
  4406, // another subprotocol
  4408, // connection_init did not come in time
  4409, // an id that is in use
  4429, // a second connection_init
  1000, // the client's own
  1005, // the client's own, without a code
  1002, // what is no frame
  1007, // what is no UTF-8
  1009, // a message beyond the bound
  1013, // one who does not read what it asked for
  1006, // cut: by the client; or by the gateway, of one who does not read
]);
const WORDS: ReadonlySet<unknown> = new Set(['connection_ack', 'ping', 'pong', 'next', 'error', 'complete']);

let gateway: FuzzGateway | null = null;
let witness: RawSocket | null = null;
afterEach(async () => {
  witness?.terminate();
  await gateway?.close();
});

it('takes whatever is put on a websocket, and tells others meanwhile what they watch', async () => {
  const { seed, runs } = planFuzzRun('websocket frames', { short: 1_000, inCi: 100_000 });
  const chance = createChance(seed);
  gateway = await startFuzzGateway({
    POLL_INTERVAL_SECONDS: String(INTERVAL_MS / 1_000),
    MAX_OPERATIONS_PER_SECOND: '1000000',
  });
  const { app, clock, graph, complaints } = gateway;
  const url = `${app.url.replace('http', 'ws')}/graphql`;
  const closings = new Map<number, number>();
  let left = 0;
  let busy = 0;
  let told = 0;

  const lane = async (): Promise<void> => {
    busy += 1;
    while (left > 0) {
      const session = anySession(chance);
      left -= session.frames.length;
      const code = await play(url, session);
      closings.set(code, (closings.get(code) ?? 0) + 1);
    }
    busy -= 1;
  };

  /** Time passes in steps, each of which takes as long as a real request and its answer. */
  const step = async (): Promise<void> => {
    await clock.advance(INTERVAL_MS);
    await (await fetch(`${app.url}/healthz`)).text();
  };
  const nextOf = async (socket: RawSocket): Promise<SocketMessage> => {
    const arrival = { isHere: false };
    const next = socket.next(undefined, 'witness').finally(() => (arrival.isHere = true));
    next.catch(() => undefined); // looked at below, when the steps are done
    while (!arrival.isHere) await step();
    return next;
  };
  /** Somebody whose operation changes all the time, and for whom alone time passes. */
  let state = 'notStarted';
  const serveAnother = async (socket: RawSocket): Promise<void> => {
    const states: Readonly<Record<string, string>> = { notStarted: 'NOT_STARTED', inProgress: 'RUNNING' };
    while (busy > 0) {
      const from = states[state];
      state = state === 'notStarted' ? 'inProgress' : 'notStarted';
      graph.put(WITNESSED, state);
      expect(await nextOf(socket)).toMatchObject({
        type: 'next',
        payload: { data: { operationStatusChanged: { reason: 'CHANGED', from, to: states[state] } } },
      });
      told += 1;
    }
    expect(socket.unread().filter(({ type }) => type !== 'ping')).toEqual([]);
  };
  const run = async (count: number): Promise<void> => {
    left = count;
    graph.put(WITNESSED, state);
    const socket = await openSocket(`${app.url}/graphql`);
    witness = socket;
    socket.send({ type: 'connection_init', payload: { authorization: 'Bearer another-caller' } });
    await socket.next('connection_ack');
    socket.send({ type: 'subscribe', id: 'witness', payload: { query: WATCH } });
    expect(await nextOf(socket)).toMatchObject({
      payload: { data: { operationStatusChanged: { reason: 'SNAPSHOT' } } },
    });
    await Promise.all([...Array.from({ length: LANES }, lane), serveAnother(socket)]);
    socket.terminate();
    await socket.closed;
    while (app.watches() > 0) await step();
    await clock.advance(FORGETTING_MS);
  };

  await run(Math.min(WARM_UP, runs / 2));
  const before = await heapUsed();
  await run(runs);
  const grown = (await heapUsed()) - before;

  const counts = [...closings].sort(([a], [b]) => a - b).map(([code, count]) => `${count} × ${code}`);
  console.log(`websockets: ${counts.join(', ')}; ${told} changes told to another caller, ${grown} bytes more`);
  expect(complaints).toEqual([]);
  expect(graph.forbidden).toEqual([]);
  expect(told).toBeGreaterThan(runs / 4_000);
  expect(grown).toBeLessThan(MARGIN_BYTES);
}, 900_000);

const WITNESSED = 'watched-by-another-caller'; // of a length that Graph knows
const WATCH = `subscription {
  operationStatusChanged(refs: [{ team: { hostId: "a-team-of-its-own", operationId: "${WITNESSED}" } }]) { reason from to }
}`;

/** @returns the code with which the socket closed. @throws when the gateway says what it must not */
async function play(url: string, session: FuzzSession): Promise<number> {
  const { protocol, greets, frames, ending } = session;
  let connection: Socket | null = null;
  const socket = new WebSocket(url, protocol, {
    perMessageDeflate: false,
    createConnection: ((options: { port: number; host: string }) =>
      (connection = connect({ port: options.port, host: options.host }))) as never,
  });
  const sent = new Set<string>();
  let problem: string | null = null;
  let answered: () => void = () => undefined;
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer, isBinary) => {
    const text = data.toString();
    problem ??= isBinary ? 'a binary message' : wrongMessage(text, sent);
    if (text === LAST_ANSWER || text === ACKNOWLEDGEMENT) answered();
  });
  const closed = new Promise<[code: number, reason: Buffer]>((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason]));
  });
  const answer = (): Promise<unknown> => Promise.race([new Promise<void>((resolve) => (answered = resolve)), closed]);
  await Promise.race([new Promise<void>((resolve) => socket.once('open', resolve)), closed]);

  if (greets && socket.readyState === WebSocket.OPEN) {
    const acknowledged = answer();
    socket.send(GREETING);
    await acknowledged;
  }
  if (ending === 'deaf') socket.pause();
  for (const [at, frame] of frames.entries()) {
    if (socket.readyState !== WebSocket.OPEN) break;
    put(socket, connection, frame, sent);
    if (at % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  if (ending === 'waits' && socket.readyState === WebSocket.OPEN) {
    const last = answer();
    socket.send(LAST_WORD);
    await last;
    socket.close(1000);
  } else if (socket.readyState !== WebSocket.CLOSED) socket.terminate();

  const [code, reason] = await closed;
  if (!CLOSINGS.has(code)) problem ??= `the closing code ${code} ${reason.toString()}`;
  if (problem !== null) throw new Error(`The gateway says ${problem}\n${tell(session)}`);
  return code;
}

const LAST_WORD = JSON.stringify({ type: 'ping', payload: { last: 'word' } });
const LAST_ANSWER = JSON.stringify({ type: 'pong', payload: { last: 'word' } });
const ACKNOWLEDGEMENT = JSON.stringify({ type: 'connection_ack' });

function put(socket: WebSocket, connection: Socket | null, frame: FuzzFrame, sent: Set<string>): void {
  /** Each part as it arrives: half of a character does not. */
  const note = (...parts: readonly string[]): void => {
    const id = idIn(Buffer.concat(parts.map((part) => Buffer.from(part))).toString());
    if (id !== null) sent.add(id);
  };
  if ('bytes' in frame) connection?.write(frame.bytes);
  else if ('binary' in frame) socket.send(Buffer.from(frame.binary));
  else if ('text' in frame) {
    note(frame.text);
    socket.send(frame.text);
  } else {
    note(...frame.fragments);
    frame.fragments.forEach((part, at) => {
      socket.send(part, { fin: at === frame.fragments.length - 1, binary: false });
    });
  }
}

/** @param sent the ids that this socket has used */
function wrongMessage(text: string, sent: ReadonlySet<string>): string | null {
  const message = JSON.parse(text) as { type: unknown; id?: unknown; payload?: unknown };
  if (!WORDS.has(message.type)) return `the word ${JSON.stringify(message.type)}`;
  if (message.type === 'connection_ack' || message.type === 'ping' || message.type === 'pong') return null;
  if (typeof message.id !== 'string' || !sent.has(message.id))
    return `something to the id ${JSON.stringify(message.id)}`;
  const errors =
    message.type === 'error' ? message.payload : (message.payload as { errors?: unknown } | undefined)?.errors;
  const wrong = errors === undefined ? null : wrongErrors(errors);
  return wrong === null ? null : `${wrong}: ${text.slice(0, 1_000)}`;
}

function tell({ frames, ...session }: FuzzSession): string {
  const told = frames.map((frame) => ('bytes' in frame ? frame.bytes.toString('hex') : JSON.stringify(frame)));
  return `${JSON.stringify(session)}\n${told.map((each) => each.slice(0, 500)).join('\n')}`;
}
