import { afterEach, expect, it } from '@jest/globals';
import { createChance, planFuzzRun } from '../support/fuzz-chance.js';
import { createFuzzClient, type FuzzAnswer, type FuzzClient } from '../support/fuzz-client.js';
import { heapUsed, startFuzzGateway, wrongErrors, type FuzzGateway } from '../support/fuzz-gateway.js';
import { anyRequest, type FuzzRequest } from '../support/fuzz-requests.js';

const LANES = 16;
/** Node's own. */
const MAX_HEADER_BYTES = 16_384;
/** Of the headers that the client adds: the host, and the length of a body. */
const ADDED_BYTES = 100;
/** So much time passes before each request of another caller, who asks all the while. */
const STEP_MS = 250;
/** What is made once and kept is made before the heap is measured; or half of a short run is. */
const WARM_UP = 2_000;
/** What the engine keeps of code and caches; sixty bytes forgotten per request would be more. */
const MARGIN_BYTES = 6 * 2 ** 20;
/** Fields of a hundred operations, or a list of all types; an answer is never a multiple of what was asked. */
const MAX_ANSWER = 400_000;
/** After this everything that was held for somebody is forgotten. */
const FORGETTING_MS = 3 * 3_600_000;

/** The answers of HTTP that the gateway gives, or node's own HTTP to what is none. */
const STATUSES: ReadonlySet<number> = new Set([200, 204, 400, 403, 404, 405, 406, 413, 415, 421, 431]);
const WITHOUT_JSON: ReadonlySet<number> = new Set([204, 431]);

let gateway: FuzzGateway | null = null;
let client: FuzzClient | null = null;
afterEach(async () => {
  client?.close();
  await gateway?.close();
});

it('answers every request with what is wrong with it, and everybody else meanwhile', async () => {
  const { seed, runs } = planFuzzRun('HTTP requests', { short: 1_000, inCi: 100_000 });
  const chance = createChance(seed);
  gateway = await startFuzzGateway({ POLL_INTERVAL_SECONDS: '31' });
  const { app, clock, graph, complaints } = gateway;
  const { ask } = (client = createFuzzClient(app.url));
  const counts = new Map<number, number>();
  let left = 0;
  let busy = 0;
  let served = 0;

  const answerTo = async (request: FuzzRequest): Promise<FuzzAnswer> => {
    try {
      return await ask(request);
    } catch (cause) {
      // Node answers a path and headers beyond its bound before it has read them all, and hangs up: not everybody gets to see it.
      if (request.path.length + JSON.stringify(request.headers).length > MAX_HEADER_BYTES - ADDED_BYTES)
        return { status: 431, text: '' };
      throw new Error(`No answer: ${String(cause)}\n${tell(request)}`, { cause });
    }
  };
  const lane = async (): Promise<void> => {
    busy += 1;
    while (left > 0) {
      left -= 1;
      const request = anyRequest(chance);
      const { status, text } = await answerTo(request);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      const problem = wrongAnswer(request, status, text);
      if (problem !== null) throw new Error(`${problem}\n${tell(request)}\n→ ${status} ${text.slice(0, 2_000)}`);
    }
    busy -= 1;
  };
  /** Somebody who asks for what others ask for too. Time passes with each answer, also while all of them wait for it. */
  const serveAnother = async (): Promise<void> => {
    while (busy > 0) {
      await clock.advance(STEP_MS);
      const { status, text } = await answerTo(WITNESS);
      if (status !== 200 || text !== WITNESSED(text)) throw new Error(`Another caller is answered ${status} ${text}`);
      served += 1;
    }
  };
  const run = async (count: number): Promise<void> => {
    left = count;
    await Promise.all([...Array.from({ length: LANES }, lane), serveAnother()]);
    for (const request of OTHER_DOCUMENTS) expect(await answerTo(request)).toMatchObject({ status: 200 });
    await clock.advance(FORGETTING_MS);
  };

  await run(Math.min(WARM_UP, runs / 2));
  const before = await heapUsed();
  await run(runs);
  const grown = (await heapUsed()) - before;

  console.log(
    `HTTP requests: ${tellCounts(counts)}; ${served} of another caller, ${graph.asked()} of Graph, ${grown} bytes more`,
  );
  expect(complaints).toEqual([]);
  expect(graph.forbidden).toEqual([]);
  expect(served).toBeGreaterThan(runs / 100);
  expect(grown).toBeLessThan(MARGIN_BYTES);
}, 900_000);

const WITNESS = requestOf(
  '{ operation(ref: { team: { hostId: "key-1", operationId: "key-1" } }) { operationId state } }',
);

/**
 * Good documents are kept, up to a length of all, and requests of chance have hundreds of them. These, which are next to
 * nothing, push out all others: so what is held before and after is the same.
 */
const OTHER_DOCUMENTS = Array.from({ length: 30 }, (_, nth) =>
  requestOf(`{ __typename } #${nth} ${'x'.repeat(19_900)}`),
);

function requestOf(query: string): FuzzRequest {
  const headers = { 'content-type': 'application/json', authorization: 'Bearer another-caller' };
  return { method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query }) };
}

/** The answer as it has to be; what it cost differs. */
function WITNESSED(text: string): string {
  const { extensions } = JSON.parse(text) as { extensions?: unknown };
  return `${JSON.stringify({ data: { operation: { operationId: 'key-1', state: 'RUNNING' } }, extensions })}\n`;
}

function wrongAnswer({ method, path, body }: FuzzRequest, status: number, text: string): string | null {
  if (!STATUSES.has(status)) return 'The status is none of the documented ones.';
  if (text.length > MAX_ANSWER + 2 * (body?.length ?? 0)) return `The answer has ${text.length} characters.`;
  if (method === 'HEAD' || WITHOUT_JSON.has(status)) return null;
  if (text === '' && method === 'OPTIONS') return null;
  if (path === '/' && status === 404) return null; // a page for people, in words
  let answer: { data?: unknown; errors?: unknown };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    return 'The answer is not JSON.';
  }
  if (answer.errors === undefined) return answer.data === undefined ? 'The answer has neither data nor errors.' : null;
  const wrong = wrongErrors(answer.errors);
  return wrong === null ? null : `The errors have ${wrong}.`;
}

function tell({ method, path, headers, body }: FuzzRequest): string {
  return `${method} ${path.slice(0, 2_000)} ${JSON.stringify(headers).slice(0, 500)}\n${body?.slice(0, 2_000) ?? ''}`;
}

function tellCounts(counts: ReadonlyMap<number, number>): string {
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
}
