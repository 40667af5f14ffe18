import { afterEach } from '@jest/globals';
import { createGraphReader, type GraphReader, type GraphReaderOptions } from '../../src/graph/reader.js';
import { type Read, type ReadOutcome } from '../../src/graph/read.js';
import { silentLog } from '../../src/lib/log.js';
import { GraphError, type Reason } from '../../src/operation/failure.js';
import { hostOf, refInHost } from '../../src/operation/location.js';
import { type Caller, type Scope } from '../../src/operation/scope.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';
import { startRawGraph, type Answering, type RawGraph } from './raw-graph.js';

export const TOKEN = 'a.secret.token-of-the-caller';

export const caller: Caller = {
  scope: 'a-scope' as Scope,
  subject: 'a-caller',
  credential: 'a-credential',
  graphSees: 'caller',
  expiresAt: null,
  accessToken: () => Promise.resolve(TOKEN),
};

export const TIME_LIMIT_MS = 10_000;

/** Closed after each test, the last one first. */
const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

export function closeAfterTest<T extends { close(): Promise<void> }>(one: T): T {
  open.push(one);
  return one;
}

export interface ReaderUnderTest {
  readonly graph: RawGraph;
  readonly reader: GraphReader;
  readonly clock: FakeClock;
  /** Reads with the caller above, and gives the outcomes alone. */
  readonly outcomesOf: (...reads: readonly Read[]) => Promise<readonly ReadOutcome[]>;
}

/** A reader on a server of its own, with a clock that stands still and without budgets, unless told otherwise. */
export async function startReader(
  answering: Answering,
  options: Partial<GraphReaderOptions> = {},
): Promise<ReaderUnderTest> {
  const graph = closeAfterTest(await startRawGraph(answering));
  const clock = createFakeClock();
  const reader = closeAfterTest(
    createGraphReader({
      graphRoot: graph.url,
      clock,
      random: () => 0,
      rates: { tenant: 0 },
      timeLimitMs: TIME_LIMIT_MS,
      userAgent: 'graph-operations-gateway/0.0.0-test',
      log: silentLog,
      ...options,
    }),
  );
  return {
    graph,
    reader,
    clock,
    outcomesOf: async (...reads) => (await reader.read(caller, reads)).outcomes,
  };
}

export function readOfTeam(team: string, operationId = 'op'): Read {
  return { type: 'item', ref: refInHost('team', team, operationId) };
}

export function readOfChat(chat: string, operationId = 'op'): Read {
  return { type: 'item', ref: refInHost('chat', chat, operationId) };
}

export function pageOfTeam(team: string, link: string | null = null): Read {
  return { type: 'page', host: hostOf('team', team), link };
}

/** `team-1`, `team-2` …: reads of operations that are named after their teams. */
export function readsOfTeams(count: number): readonly Read[] {
  return Array.from({ length: count }, (_, at) => readOfTeam(`team-${at + 1}`, `op-${at + 1}`));
}

/** The reason of a failure, or the outcome itself where there is none, so that a test shows what came instead. */
export function reasonOf(outcome: unknown): unknown {
  return outcome instanceof GraphError ? outcome.reason : outcome;
}

export function kindOf(outcome: unknown): Reason['kind'] | 'read' {
  return outcome instanceof GraphError ? outcome.reason.kind : 'read';
}

/** @throws when it is no failure */
export function failureIn(outcome: unknown): GraphError {
  if (outcome instanceof GraphError) return outcome;
  throw new Error(`A failure was expected: ${JSON.stringify(outcome)}`);
}
