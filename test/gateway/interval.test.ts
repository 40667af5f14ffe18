import { expect, it } from '@jest/globals';
import { startCountingGraph, type CountedRead, type CountingGraph, type Refused } from '../support/counting-graph.js';
import { closeAfterTest, OPERATION_FIELDS, startTestGateway, type TestGateway } from '../support/gateway.js';

const INTERVAL_MS = 2_000;
const RUN_MS = 12_000;
/** The shortest wait after an error of Graph's that does not say when to come back. */
const BACKOFF_MS = 3_000;

/** Of these hosts clients ask for the list as well, which goes up once per interval for its own sake. */
const LISTED = ['team-listed', 'chat-listed'];
/** Of these they ask for single operations only; their lists are read where the gateway finds that cheaper. */
const WATCHED = ['team-a', 'team-b', 'team-c', 'chat-a'];
const PER_HOST = 4;

interface Ref {
  readonly host: 'team' | 'chat';
  readonly hostId: string;
  readonly operationId: string;
}

const REFS = [...LISTED, ...WATCHED].flatMap((hostId) =>
  Array.from({ length: PER_HOST }, (_, at): Ref => {
    return { host: hostId.startsWith('team') ? 'team' : 'chat', hostId, operationId: `operation-${at}` };
  }),
);

it('never reads an operation twice within two seconds, whatever clients and Graph do', async () => {
  // An answer takes a moment, as Graph's do: without it two arrivals could seem a millisecond too close.
  const graph = closeAfterTest(await startCountingGraph({ latencyMs: 5 }));
  for (const ref of REFS) graph.put({ ...ref, status: 'inProgress' });
  const gateway = await startTestGateway({ graphUrl: graph.url, environment: { POLL_INTERVAL_SECONDS: '2' } });
  graph.refuse(refusal);

  const until = performance.now() + RUN_MS;
  const moving = repeat(until, 300, (turn) => {
    move(graph, turn);
    return Promise.resolve();
  });
  const queries = [0, 1, 2, 3].map((worker) => repeat(until, 40, (turn) => ask(gateway, worker * 7 + turn)));
  const subscribers = Array.from({ length: 12 }, (_, worker) =>
    repeat(until, 150, (turn) => comeAndGo(gateway, worker * 5 + turn)),
  );
  await Promise.all([moving, ...queries, ...subscribers]);

  const histories = REFS.map((ref) => graph.reads.filter(({ operation }) => operation === pathOf(ref)));
  expect(histories.flatMap(readTooEarly)).toEqual([]);
  expect(histories.flatMap(notLeftAlone)).toEqual([]);
  // The run had something to find: everything was read again and again, and Graph refused in every way.
  // One whose reads are refused twice in a row is left alone for most of the run, so that not all succeed as often.
  for (const reads of histories) expect(reads.length).toBeGreaterThanOrEqual(2);
  const isReadOften = (reads: readonly CountedRead[]): boolean => reads.filter(isSuccess).length >= 3;
  expect(histories.filter(isReadOften).length).toBeGreaterThan(REFS.length / 2);
  const statuses = new Set(graph.reads.map(({ status }) => status));
  expect([...statuses].sort((a, b) => a - b)).toEqual([200, 429, 502, 503]);
}, 40_000);

/** One read in nine is refused, in turns. */
function refusal(path: string, asked: number): Refused | null {
  if (path.endsWith('$batch') || asked % 9 !== 0) return null;
  const refusals: Refused[] = [{ status: 429, retryAfter: '2.5' }, { status: 502 }, { status: 503, retryAfter: '1' }];
  return refusals[(asked / 9) % refusals.length] ?? null;
}

/** Operations go back and forth between two states, so that there is always something to tell. */
function move(graph: CountingGraph, turn: number): void {
  const ref = REFS[turn % REFS.length];
  if (ref !== undefined) graph.put({ ...ref, status: turn % 2 === 0 ? 'notStarted' : 'inProgress' });
}

/** One query of each sort in turns. What comes of it is not the matter here. */
async function ask(gateway: TestGateway, turn: number): Promise<void> {
  const variables = { refs: [0, 5, 11].map((step) => refInput(refAt(turn + step))), host: hostInput(turn) };
  const [a, b, c] = variables.refs;
  switch (turn % 4) {
    case 0:
      await gateway.query(`query ($ref: OperationRef!) { operation(ref: $ref) { ${OPERATION_FIELDS} } }`, { ref: a });
      break;
    case 1:
      await gateway.query(
        `query ($a: OperationRef!, $b: OperationRef!, $c: OperationRef!) {
          a: operation(ref: $a) { id } b: operation(ref: $b) { id } c: operation(ref: $c) { id }
        }`,
        { a, b, c },
      );
      break;
    case 2:
      await gateway.query('query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 1) { state } }', {
        ref: a,
      });
      break;
    default: {
      const { data } = await gateway.query(
        'query ($host: OperationHost!) { operations(host: $host) { edges { node { id } } } }',
        variables,
      );
      const connection = data?.['operations'] as { edges: { node: { id: string } | null }[] } | null | undefined;
      const ids = connection?.edges.flatMap(({ node }) => node?.id ?? []) ?? [];
      await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    }
  }
}

/** Subscribes, hears one thing, and is gone without a word; the next one comes with the cursor of the last. */
async function comeAndGo(gateway: TestGateway, turn: number): Promise<void> {
  const refs = [refInput(refAt(turn)), refInput(refAt(turn + 3))];
  const first = await gateway.watch({ refs });
  const heard = await first.socket.next('next');
  first.socket.terminate();
  const { data } = heard.payload as { data: { change: { cursor: string } } | null };
  const second = await gateway.watch({ refs, after: data?.change.cursor ?? null });
  second.socket.terminate();
}

function refAt(at: number): Ref {
  const ref = REFS[at % REFS.length];
  if (ref === undefined) throw new Error('There are no operations.');
  return ref;
}

function refInput({ host, hostId, operationId }: Ref): object {
  return { [host]: { hostId, operationId } };
}

function hostInput(turn: number): object {
  return turn % 8 < 4 ? { teamId: LISTED[0] } : { chatId: LISTED[1] };
}

function pathOf({ host, hostId, operationId }: Ref): string {
  return `${host === 'team' ? '/v1.0/teams' : '/beta/chats'}/${hostId}/operations/${operationId}`;
}

/** Pairs of successful reads of one operation that are too close. */
function readTooEarly(reads: readonly CountedRead[]): string[] {
  const succeeded = reads.filter(isSuccess);
  return succeeded.flatMap((read, at) => {
    const before = succeeded[at - 1];
    if (before === undefined || read.at - before.at >= INTERVAL_MS || isCallersList(read, before)) return [];
    return [`${read.operation}: ${before.by}, then ${read.by} after ${Math.round(read.at - before.at)} ms`];
  });
}

/** The one exception: a caller's own list query goes up although a single operation on the list is young. */
function isCallersList(read: CountedRead, before: CountedRead): boolean {
  return LISTED.some((hostId) => read.operation.includes(hostId)) && read.by === 'list' && before.by === 'item';
}

/** Reads of an operation that came although Graph had asked for more time, or had just broken down. */
function notLeftAlone(reads: readonly CountedRead[]): string[] {
  return reads.flatMap((read, at) => {
    const before = reads[at - 1];
    if (before === undefined || isSuccess(before)) return [];
    // A breakdown of one read says nothing of another: the list of a host is tried although one operation failed.
    const waitMs = before.retryAfterMs ?? (read.by === before.by ? BACKOFF_MS : 0);
    if (read.at - before.at >= waitMs) return [];
    return [`${read.operation}: ${before.status}, then read after ${Math.round(read.at - before.at)} ms`];
  });
}

function isSuccess({ status }: CountedRead): boolean {
  return status === 200;
}

/** Does something again and again, with a pause in between, until the time (ms of `performance`) has come. */
async function repeat(until: number, pauseMs: number, work: (turn: number) => Promise<void>): Promise<void> {
  for (let turn = 0; performance.now() < until; turn++) {
    await work(turn);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
