import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, it } from '@jest/globals';
import { startCountingGraph, type CountedRead, type CountingGraph, type Refused } from '../support/counting-graph.js';
import { closeAfterTest, OPERATION_FIELDS, startTestGateway, type TestGateway } from '../support/gateway.js';
import { pass } from '../support/until.js';

const INTERVAL_MS = 2_000;
const RUN_MS = 12_000;
/** A machine that has other things to do goes on for so long, until its clients have asked for everything twice. */
const LONGEST_RUN_MS = 5 * RUN_MS;
/** As Graph's, an answer takes a moment: without it two arrivals could seem a millisecond too close. */
const LATENCY_MS = 5;
/** The shortest wait after an error of Graph's that does not say when to come back. It doubles with each in a row. */
const BACKOFF_MS = 3_000;
/** Jitter adds up to a half to it. */
const JITTER = 1.5;
/** In so much time everything was asked for twice, an interval apart. */
const READ_TWICE_WITHIN_MS = 8_000;

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
  const graph = closeAfterTest(await startCountingGraph({ latencyMs: LATENCY_MS }));
  for (const ref of REFS) graph.put({ ...ref, status: 'inProgress' });
  const gateway = await startTestGateway({ graphUrl: graph.url, environment: { POLL_INTERVAL_SECONDS: '2' } });
  graph.refuse(refusal);

  const wishes: Wish[] = [];
  const pauses = monitorEventLoopDelay({ resolution: 10 });
  pauses.enable();
  const startedAt = performance.now();
  const isOver = (): boolean => {
    const ranMs = performance.now() - startedAt;
    return ranMs > LONGEST_RUN_MS || (ranMs > RUN_MS && REFS.every((ref) => isReadTwice(readsOf(ref, graph.reads))));
  };
  const moving = repeat(isOver, 300, (turn) => {
    move(graph, turn);
    return Promise.resolve();
  });
  const queries = [0, 1, 2, 3].map((worker) => repeat(isOver, 40, (turn) => ask(gateway, worker * 7 + turn, wishes)));
  const subscribers = Array.from({ length: 12 }, (_, worker) =>
    repeat(isOver, 150, (turn) => comeAndGo(gateway, worker * 5 + turn)),
  );
  await Promise.all([moving, ...queries, ...subscribers]);

  const histories = REFS.map((ref) => readsOf(ref, graph.reads));
  expect(histories.flatMap((reads) => readTooEarly(reads, graph.reads))).toEqual([]);
  expect(histories.flatMap(notLeftAlone)).toEqual([]);
  // The run had something to find: everything was read again and again but where Graph had refused it, in every way.
  for (const reads of histories) expect(reads.length).toBeGreaterThanOrEqual(2);
  const run = { from: startedAt, to: performance.now() };
  // Graph, gateway and clients are one process: what one of them sends the other takes so much later at most.
  const lateMs = LATENCY_MS + 2 * (pauses.max / 1e6);
  expect(histories.flatMap((reads) => readTooSeldom(reads, graph.reads, run, lateMs))).toEqual([]);
  expect(wishes.flatMap((wish) => notGranted(wish, graph.reads, lateMs))).toEqual([]);
  const statuses = new Set(graph.reads.map(({ status }) => status));
  expect([...statuses].sort((a, b) => a - b)).toEqual([200, 429, 502, 503]);
}, 120_000);

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
async function ask(gateway: TestGateway, turn: number, wishes: Wish[]): Promise<void> {
  const query = async (document: string, wanted: Readonly<Record<string, Ref>>): Promise<void> => {
    const from = performance.now();
    const inputs = Object.entries(wanted).map(([name, ref]) => [name, refInput(ref)] as const);
    await gateway.query(document, Object.fromEntries(inputs));
    for (const ref of Object.values(wanted)) wishes.push({ ref, from, to: performance.now() });
  };
  const sort = (turn + Math.floor(turn / REFS.length)) % 4; // another one each time an operation's turn comes
  switch (sort) {
    case 0:
      await query(`query ($ref: OperationRef!) { operation(ref: $ref) { ${OPERATION_FIELDS} } }`, { ref: refAt(turn) });
      break;
    case 1:
      await query(
        `query ($a: OperationRef!, $b: OperationRef!, $c: OperationRef!) {
          a: operation(ref: $a) { id } b: operation(ref: $b) { id } c: operation(ref: $c) { id }
        }`,
        { a: refAt(turn), b: refAt(turn + 5), c: refAt(turn + 11) },
      );
      break;
    case 2:
      await query('query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 1) { state } }', {
        ref: refAt(turn),
      });
      break;
    default: {
      const { data } = await gateway.query(
        'query ($host: OperationHost!) { operations(host: $host) { edges { node { id } } } }',
        { host: hostInput(turn) },
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
function readTooEarly(reads: readonly CountedRead[], all: readonly CountedRead[]): string[] {
  const succeeded = reads.filter(isSuccess);
  return succeeded.flatMap((read, at) => {
    const before = succeeded[at - 1];
    if (before === undefined || read.at - before.at >= INTERVAL_MS || isCallersList(read, all)) return [];
    return [`${read.operation}: ${before.by}, then ${read.by} after ${Math.round(read.at - before.at)} ms`];
  });
}

/**
 * The one exception: a caller's own list query goes up although single operations on the list are young, if that list was
 * not read with the same token within the interval.
 */
function isCallersList(read: CountedRead, all: readonly CountedRead[]): boolean {
  const isListed = LISTED.some((hostId) => hostPathOf(read.operation).endsWith(`/${hostId}`));
  return read.by === 'list' && isListed && !all.some((other) => isSuccess(other) && isSameList(other, read));
}

/** Whether a list of the same host went up for the same caller shortly before. */
function isSameList(other: CountedRead, read: CountedRead): boolean {
  const isOfHost = other.by === 'list' && hostPathOf(other.operation) === hostPathOf(read.operation);
  const isBefore = other.request < read.request && read.at - other.at < INTERVAL_MS;
  return isOfHost && isBefore && other.token === read.token;
}

/** An operation that was read only once, though for most of the run nothing forbade it. */
function readTooSeldom(
  reads: readonly CountedRead[],
  all: readonly CountedRead[],
  run: Stretch,
  lateMs: number,
): string[] {
  const freeMs = run.to - run.from - coveredMs(forbiddenTimes(reads, all, lateMs), run);
  if (isReadTwice(reads) || freeMs <= READ_TWICE_WITHIN_MS) return [];
  return [`${reads[0]?.operation ?? ''}: not read twice in ${Math.round(freeMs)} ms in which nothing forbade it`];
}

/** A caller asked for an operation, and was answered. */
interface Wish extends Stretch {
  readonly ref: Ref;
}

/** An answer that rests on no read that is young enough, though nothing forbade one. */
function notGranted({ ref, ...wish }: Wish, all: readonly CountedRead[], lateMs: number): string[] {
  const reads = readsOf(ref, all);
  // Its age counts from Graph's answer, and that may have taken as long again.
  const isYoung = ({ at }: CountedRead): boolean => at > wish.from - 2 * INTERVAL_MS - lateMs && at < wish.to;
  if (reads.filter(isSuccess).some(isYoung) || coveredMs(forbiddenTimes(reads, all, lateMs), wish) > 0) return [];
  return [`${pathOf(ref)}: not read for an answer, and nothing forbade it`];
}

/** From when to when, in ms of `performance`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Until when each refusal holds back the reads of an operation at the most: it counts from when the gateway hears of it. A
 * throttle does so for its whole host.
 */
function forbiddenTimes(reads: readonly CountedRead[], all: readonly CountedRead[], lateMs: number): Stretch[] {
  const hostPath = hostPathOf(reads[0]?.operation ?? '');
  const throttles = all.flatMap(({ at, operation: other, retryAfterMs }) =>
    retryAfterMs !== null && hostPathOf(other) === hostPath ? [{ from: at, to: at + retryAfterMs + lateMs }] : [],
  );
  let inARow = 0;
  const failures = reads.flatMap((read) => {
    inARow = isSuccess(read) ? 0 : inARow + 1;
    if (inARow === 0) return [];
    const waitMs = read.retryAfterMs ?? BACKOFF_MS * JITTER * 2 ** (inARow - 1);
    return [{ from: read.at, to: read.at + waitMs + lateMs }];
  });
  return [...throttles, ...failures];
}

/** How much of one stretch is in any of the others. */
function coveredMs(stretches: readonly Stretch[], { from, to }: Stretch): number {
  let coveredTo = from;
  let sumMs = 0;
  for (const stretch of [...stretches].sort((a, b) => a.from - b.from)) {
    const end = Math.min(stretch.to, to);
    sumMs += Math.max(0, end - Math.max(stretch.from, coveredTo));
    coveredTo = Math.max(coveredTo, end);
  }
  return sumMs;
}

function readsOf(ref: Ref, all: readonly CountedRead[]): CountedRead[] {
  const operation = pathOf(ref);
  return all.filter((read) => read.operation === operation);
}

function isReadTwice(reads: readonly CountedRead[]): boolean {
  return reads.filter(isSuccess).length >= 2;
}

function hostPathOf(operation: string): string {
  return operation.slice(0, operation.indexOf('/operations'));
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

/** Does something again and again, with a pause in between, until it is over. */
async function repeat(isOver: () => boolean, pauseMs: number, work: (turn: number) => Promise<void>): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    await work(turn);
    await pass(pauseMs);
  }
}
