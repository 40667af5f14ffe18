import { afterEach, expect, it } from '@jest/globals';
import { createChance, planFuzzRun } from '../support/fuzz-chance.js';
import { createFuzzClient, type FuzzClient } from '../support/fuzz-client.js';
import { heapUsed, startFuzzGateway, wrongErrors, type FuzzGateway } from '../support/fuzz-gateway.js';
import { beginTalk, type StreamAnswer, type StreamTalk } from '../support/fuzz-stream-client.js';
import { anyAsk, anySharing, SECRET, type FuzzAsk, type FuzzSharing } from '../support/fuzz-streams.js';
import { openStream, type RawStream } from '../support/sse-client.js';
import { metricsOf } from '../server/metrics.js';

/** So few, and so little at a time, that the one who watches gets a turn often. */
const LANES = 8;
/** What there is room for: little enough that it is all taken now and then, and found taken for good if it is not given back. */
const SOCKETS = 10;
const DOCUMENTS_IN_USE = 4_000;
/** Characters of one document that is watched with, and a few more. */
const SMALL = 200;
const INTERVAL_MS = 1_000;
/** After this everything that was held for somebody is forgotten. */
const FORGETTING_MS = 3 * 3_600_000;
/** How often it is looked whether all streams have ended. */
const PATIENCE_STEPS = 200;
/** What the engine keeps of code and caches. */
const MARGIN_BYTES = 8 * 2 ** 20;

/** The answers of the gateway, or node's own HTTP to what is none or expects the unheard-of. */
const STATUSES: ReadonlySet<number> = new Set([200, 201, 202, 204, 400, 401, 403, 404, 405, 406, 409, 413, 415, 417, 421, 431, 503]); // prettier-ignore
/** Those with nothing more to say: what was asked is done, may be asked, or is not understood by node. */
const WITHOUT_WORDS: ReadonlySet<number> = new Set([200, 202, 204, 403, 405, 417, 431]);

let gateway: FuzzGateway | null = null;
let client: FuzzClient | null = null;
let witness: RawStream | null = null;
afterEach(async () => {
  witness?.cut();
  client?.close();
  await gateway?.close();
});

it('answers whatever is asked of event streams, keeps nothing of it, and tells others meanwhile what they watch', async () => {
  const { seed, runs } = planFuzzRun('requests of event streams', { short: 200, inCi: 5_000 });
  const chance = createChance(seed);
  const logged: string[] = [];
  gateway = await startFuzzGateway(
    {
      POLL_INTERVAL_SECONDS: String(INTERVAL_MS / 1_000),
      MAX_SOCKETS: String(SOCKETS),
      MAX_SUBSCRIPTIONS_PER_SOCKET: '4',
      MAX_OPERATIONS_PER_SECOND: '6',
      MAX_DOCUMENTS_IN_USE: String(DOCUMENTS_IN_USE),
      MAX_UNREAD_BYTES: '16384',
      MAX_BODY_BYTES: '65536',
    },
    (line) => {
      if (line.includes(SECRET)) logged.push(line);
    },
  );
  const { app, clock, graph, complaints } = gateway;
  const { ask: askBriefly } = (client = createFuzzClient(app.url));
  const counts = new Map<string, number>();
  const count = (what: string | number): void => void counts.set(String(what), (counts.get(String(what)) ?? 0) + 1);
  let left = 0;
  let busy = 0;
  let told = 0;

  const heard = async (ask: FuzzAsk, talk: StreamTalk, ids: ReadonlySet<string> | null): Promise<void> => {
    const answers = await talk.over;
    for (const answer of answers) {
      count(answer.status);
      const problem = wrongAnswer(answer, ids);
      if (problem !== null)
        throw new Error(`${problem}\n${tell(ask)}\n→ ${answer.status} ${answer.text.slice(0, 2_000)}`);
    }
  };
  const askAlone = async (ask: FuzzAsk): Promise<readonly StreamAnswer[]> => {
    const talk = beginTalk(app.url, ask);
    await waitedFor(talk, ask.manner.waitsFor);
    talk.hangUp();
    await heard(ask, talk, null);
    return talk.over;
  };
  const share = async ({ reserve, steps }: FuzzSharing): Promise<void> => {
    const reserved = (await askAlone(reserve)).find(({ status }) => status === 201);
    if (reserved === undefined) return;
    const opened: (() => Promise<void>)[] = [];
    const ids = new Set<string>();
    for (const step of steps) {
      const ask = step.ask(reserved.text);
      if (step.does === 'begin' && step.id !== null) ids.add(step.id);
      if (step.does !== 'open' || step.isStranger) {
        const answers = await askAlone(ask);
        if (step.isStranger && answers.some(({ status }) => status !== 404))
          throw new Error(`Somebody else is let in: ${answers.map(({ status }) => status).join()}\n${tell(ask)}`);
        continue;
      }
      const talk = beginTalk(app.url, ask);
      await talk.answered;
      opened.push(async () => {
        talk.hangUp();
        await heard(ask, talk, ids);
      });
    }
    for (const end of opened) await end();
  };
  const lane = async (): Promise<void> => {
    busy += 1;
    while (left > 0) {
      if (chance.oneIn(6)) {
        const sharing = anySharing(chance);
        left -= 1 + sharing.steps.length;
        await share(sharing);
      } else {
        left -= 1;
        await askAlone(anyAsk(chance));
      }
    }
    busy -= 1;
  };

  /** Time passes in steps, each of which takes as long as a real request and its answer. */
  const step = async (): Promise<void> => {
    await clock.advance(INTERVAL_MS);
    await askBriefly({ method: 'GET', path: '/healthz', headers: {}, body: null });
  };
  const resultOf = async (stream: RawStream): Promise<unknown> => {
    const arrival = { isHere: false };
    const result = stream.result().finally(() => (arrival.isHere = true));
    result.catch(() => undefined); // looked at below, when the steps are done
    while (!arrival.isHere) await step();
    return result;
  };
  /** Somebody whose operation changes all the time, and for whom alone time passes. */
  let status = 'notStarted';
  const serveAnother = async (stream: RawStream): Promise<void> => {
    const states: Readonly<Record<string, string>> = { notStarted: 'NOT_STARTED', inProgress: 'RUNNING' };
    while (busy > 0) {
      const from = states[status];
      status = status === 'notStarted' ? 'inProgress' : 'notStarted';
      graph.put(WITNESSED, status);
      const change = { reason: 'CHANGED', from, to: states[status] };
      expect(await resultOf(stream)).toEqual({ data: { operationStatusChanged: change } });
      told += 1;
    }
    expect(stream.unread()).toEqual([]);
  };
  const held = async (): Promise<Readonly<Record<string, unknown>>> => {
    const metrics = await metricsOf(app);
    const of = (name: string): unknown => metrics.get(`gateway_${name}`);
    return {
      streams: of('event_streams'),
      sockets: of('sockets'),
      running: of('subscriptions'),
      watches: app.watches(),
    };
  };
  const run = async (requests: number): Promise<void> => {
    left = requests;
    graph.put(WITNESSED, status);
    const stream = await openStream(app.url, WATCH);
    witness = stream;
    expect(await resultOf(stream)).toMatchObject({ data: { operationStatusChanged: { reason: 'SNAPSHOT' } } });
    await Promise.all([...Array.from({ length: LANES }, lane), serveAnother(stream)]);
    stream.cut();
    const nothing = { streams: 0, sockets: 0, running: 0, watches: 0 };
    for (let nth = 0; nth < PATIENCE_STEPS && Object.values(await held()).some((each) => each !== 0); nth++)
      await step();
    expect(await held()).toEqual(nothing);
    await clock.advance(FORGETTING_MS);
  };

  for (const [id, ended] of ENDED) graph.put(id, ended);
  await clock.advance(FORGETTING_MS);
  const waking = clock.pending;
  await run(runs / 3);
  const before = await heapUsed();
  await run(runs);
  const grown = (await heapUsed()) - before;

  const tallies = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([what, times]) => `${times} × ${what}`);
  console.log(`event streams: ${tallies.join(', ')}; ${told} changes told to another caller, ${grown} bytes more`);
  expect(complaints).toEqual([]);
  expect(logged).toEqual([]);
  expect(graph.forbidden).toEqual([]);
  expect(told).toBeGreaterThan(runs / 100);
  expect(clock.pending).toBeLessThanOrEqual(waking);
  expect(grown).toBeLessThan(MARGIN_BYTES);
  // Whoever comes now has all the room there is.
  const document = WATCH.body.query.replace('subscription', `subscription ${'x'.repeat(DOCUMENTS_IN_USE - SMALL)}`);
  const last = await openStream(app.url, { ...WATCH, body: { query: document } });
  expect(await resultOf(last)).toMatchObject({ data: { operationStatusChanged: {} } });
  last.cut();
}, 900_000);

const WITNESSED = 'watched-by-another-caller'; // of a length that Graph knows
const WATCH = {
  headers: { authorization: 'Bearer another-caller' },
  body: {
    query: `subscription {
      operationStatusChanged(refs: [{ team: { hostId: "a-team-of-its-own", operationId: "${WITNESSED}" } }]) { reason from to }
    }`,
  },
};
/** What has ended, so that streams complete. */
const ENDED = [1, 2, 3, 5, 6].map((nth): [string, string] => [`key-${nth}`, nth === 5 ? 'failed' : 'succeeded']);

async function waitedFor(talk: StreamTalk, what: FuzzAsk['manner']['waitsFor']): Promise<void> {
  if (what === 'news') await talk.told;
  else if (what === 'an answer') await talk.answered;
  else if (what === 'a moment')
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** @param ids of what was begun in a stream for many; null where there is one without an id */
function wrongAnswer(
  { status, method, type, text, isWhole }: StreamAnswer,
  ids: ReadonlySet<string> | null,
): string | null {
  if (!STATUSES.has(status)) return 'The status is none of the documented ones.';
  if (text.includes(SECRET)) return 'It tells a token.';
  if (type === 'text/event-stream')
    return status === 200 ? wrongEvents(text, isWhole, ids) : 'Events are told with an error.';
  if (!isWhole || method === 'HEAD') return null; // its client has gone, or wants no text
  if (type === 'text/plain') return status === 201 ? wrongToken(text) : text === 'ok\n' ? null : 'It is no token.';
  if (text === '') return WITHOUT_WORDS.has(status) ? null : 'It does not say why.';
  if (type !== 'application/json' || status < 400) return `It is of the type ${type}.`;
  const { errors } = JSON.parse(text) as { errors?: unknown };
  const wrong = wrongErrors(errors);
  return wrong === null ? null : `The errors have ${wrong}.`;
}

function wrongToken(text: string): string | null {
  return /^[\w-]{32}$/.test(text) ? null : 'The token is none.';
}

function wrongEvents(text: string, isWhole: boolean, ids: ReadonlySet<string> | null): string | null {
  const blocks = text.split('\n\n');
  const rest = blocks.pop();
  if (isWhole && rest !== '') return `The last event is cut off: ${rest ?? ''}`;
  let isComplete = false;
  for (const block of blocks) {
    if (block.startsWith(':') && !block.includes('\n')) continue;
    if (isComplete) return `There is more behind the end: ${block}`;
    const [, event, data] = /^event: (next|complete)\n(?:id: [\w-]+\n)?data:(?: ([^\n\r]+))?$/.exec(block) ?? [];
    if (event === undefined) return `It is no event: ${block}`;
    if (event === 'complete' && ids === null) {
      if (data !== undefined) return `The end says something: ${block}`;
      isComplete = true;
      continue;
    }
    const said = JSON.parse(data ?? '') as { id?: unknown; payload?: unknown };
    if (ids !== null && (typeof said.id !== 'string' || !ids.has(said.id))) return `Nobody has begun this: ${block}`;
    const wrong = event === 'complete' ? null : wrongResult(ids === null ? said : said.payload);
    if (wrong !== null) return `${wrong}: ${block}`;
  }
  return null;
}

function wrongResult(result: unknown): string | null {
  const { data, errors } = (result ?? {}) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) return wrongErrors(errors);
  return data === undefined ? 'a result with neither data nor errors' : null;
}

function tell({ request: { method, path, headers, body }, manner }: FuzzAsk): string {
  return `${method} ${path.slice(0, 2_000)} ${JSON.stringify(headers)} ${JSON.stringify(manner)}\n${body?.slice(0, 2_000) ?? ''}`;
}
