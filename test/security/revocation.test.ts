import { describe, expect, it } from '@jest/globals';
import { startCountingGraph, type CountedRead, type CountingGraph } from '../support/counting-graph.js';
import { createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway, type StatusChange, type TestGateway } from '../support/gateway.js';
import { openStream } from '../support/sse-client.js';
import { type SocketMessage } from '../support/ws-client.js';

const INTERVAL_MS = 31_000;
const PROOF_MS = 60_000;
const RUN_MS = 240_000;
const STEP_MS = 1_000;
/** So often the operation goes from one state to the other, and back. */
const FLIP_MS = 7_000;
const REF = { team: { hostId: 'sales', operationId: 'archiving' } };
const STATES: Readonly<Record<string, string>> = { notStarted: 'NOT_STARTED', inProgress: 'RUNNING' };

/** Three people who watch one operation, and when each comes. */
const PEOPLE = [
  { token: 'token-of-anna', comesAt: 0 },
  { token: 'token-of-ben', comesAt: 8_000 },
  { token: 'token-of-clara', comesAt: 20_000 },
] as const;

/** What one of them was told, and when. */
interface Heard {
  readonly at: number;
  readonly change: StatusChange | null;
  readonly code: string | null;
  readonly isEnd: boolean;
}

interface Run {
  readonly graph: CountingGraph;
  readonly heard: ReadonlyMap<string, readonly Heard[]>;
  /** What Graph said in a read, as the gateway calls it. */
  readonly stateIn: (read: CountedRead) => string;
  /** In ms from the start of the run, as all times here. */
  readonly at: (read: CountedRead) => number;
}

type Transport = 'websocket' | 'event stream';

/** What has come of a subscription so far. */
type HasCome = () => readonly SocketMessage[];

const WATCH = `subscription ($refs: [OperationRef!]!) {
  change: operationStatusChanged(refs: $refs) { reason from to cursor operation { id state } }
}`;

async function watch(gateway: TestGateway, token: string, transport: Transport): Promise<HasCome> {
  if (transport === 'websocket') {
    const { socket } = await gateway.watch({ refs: [REF] }, token);
    return () => socket.unread();
  }
  const stream = await openStream(gateway.url, {
    body: { query: WATCH, variables: { refs: [REF] } },
    headers: { authorization: `Bearer ${token}` },
  });
  return () => stream.messages();
}

async function play(loser: string, lostAt: number, transport: Transport): Promise<Run> {
  let isHeard = (): boolean => true;
  /** All that was asked of Graph has been answered, and the answer has come where it goes. */
  const settled = async (): Promise<void> => {
    do for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
    while (!isHeard());
  };
  const clock = createFakeClock(Date.UTC(2026, 0, 1), settled);
  const startedAt = clock.now();
  const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
  const flips: { readonly at: number; readonly status: string }[] = [];
  const put = (status: string): void => {
    flips.push({ at: clock.now(), status });
    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status });
  };
  put('notStarted');
  const gateway: TestGateway = await startTestGateway({
    graphUrl: graph.url,
    clock,
    environment: { PROOF_MINUTES: '1' },
  });
  isHeard = () => gateway.log.filter(({ event }) => event === 'check').length === graph.reads.length;

  const subscriptions = new Map<string, HasCome>();
  const heard = new Map<string, Heard[]>(PEOPLE.map(({ token }) => [token, []]));
  for (let now = 0; now <= RUN_MS; now += STEP_MS) {
    if (now > 0) await clock.advance(STEP_MS);
    for (const [token, hasCome] of subscriptions) {
      const known = heard.get(token) ?? [];
      for (const { type, payload } of hasCome().slice(known.length)) {
        const { data, errors } = (payload ?? {}) as {
          data?: { change: StatusChange } | null;
          errors?: { extensions: { code: string } }[];
        };
        known.push({
          at: now,
          change: data?.change ?? null,
          code: errors?.[0]?.extensions.code ?? null,
          isEnd: type === 'complete',
        });
      }
    }
    if (now % FLIP_MS === 0) put((now / FLIP_MS) % 2 === 0 ? 'notStarted' : 'inProgress');
    if (now === lostAt) graph.allow((token) => token !== loser);
    for (const { token, comesAt } of PEOPLE) {
      if (comesAt === now) subscriptions.set(token, await watch(gateway, token, transport));
    }
  }
  return {
    graph,
    heard,
    stateIn: ({ at }) => STATES[flips.filter((flip) => flip.at <= at).at(-1)?.status ?? ''] ?? '',
    at: (read) => read.at - startedAt,
  };
}

interface Case {
  readonly loser: string;
  readonly lostAt: number;
  readonly transport: Transport;
}

const casesOf = (transport: Transport, ...times: readonly number[]): readonly Case[] =>
  PEOPLE.flatMap(({ token }) => times.map((lostAt) => ({ loser: token, lostAt, transport })));

const CASES: readonly Case[] = [
  ...casesOf('websocket', 25_000, 33_000, 52_000, 61_000, 77_000, 100_000),
  ...casesOf('event stream', 33_000, 61_000),
];

describe('three who watch one operation, of whom one loses its right', () => {
  it.each(CASES)(
    'are told what is theirs and nothing else: $loser after $lostAt ms ($transport)',
    async ({ loser, lostAt, transport }) => {
      const { graph, heard, stateIn, at } = await play(loser, lostAt, transport);

      const ofLoser = heard.get(loser) ?? [];
      const [ending, last, ...more] = ofLoser.slice(ofLoser.findIndex(({ change }) => change === null));
      expect([ending?.code, last?.isEnd, more]).toEqual(['FORBIDDEN', true, []]);
      expect(ending?.at).toBeLessThanOrEqual(lostAt + PROOF_MS);
      const refusedAt = graph.reads.filter(({ token, status }) => token === loser && status === 403).map(at);
      expect(refusedAt).toHaveLength(1); // and Graph is asked no more with that token
      for (const told of ofLoser.filter(({ change }) => change !== null)) {
        expect(told.at).toBeLessThan((refusedAt[0] ?? 0) + STEP_MS);
      }

      const good = graph.reads.filter(({ status }) => status === 200);
      for (const { token } of PEOPLE.filter((one) => one.token !== loser)) {
        const told = (heard.get(token) ?? []).map(({ change }) => change);
        const first = good.findIndex((read) => read.token === token);
        // All that any token read since its own first read, each change once, and from where it stood.
        const states = good.slice(first).map(stateIn);
        const changes = states.filter((state, nth) => nth === 0 || state !== states[nth - 1]);
        expect(told.map((change) => change?.to)).toEqual(changes);
        expect(told.map((change) => change?.from)).toEqual([null, ...changes.slice(0, -1)]);
        expect(told.length).toBeGreaterThan(3);
      }

      for (const { token } of PEOPLE) {
        const times = graph.reads.filter((read) => read.token === token).map(at);
        const gaps = times.slice(1).map((time, nth) => time - (times[nth] ?? 0));
        expect(gaps.filter((gapMs) => gapMs < INTERVAL_MS)).toEqual([]);
        expect(times.length).toBeGreaterThan(token === loser ? 1 : 3);
      }
    },
  );
});
