import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { type Log } from '../../src/lib/log.js';
import { systemRandom } from '../../src/lib/random.js';
import { createFakeClock, settlePromises, type FakeClock } from './fake-clock.js';
import { startFuzzGraph, type FuzzGraph } from './fuzz-graph.js';

/** A gateway to be asked anything, a hundred thousand times: what it logs is looked at and not kept. */
export interface FuzzGateway {
  readonly app: App;
  readonly graph: FuzzGraph;
  readonly clock: FakeClock;
  /**
   * Errors that it logged as its own, of which there must be none. A promise that is rejected and that nobody looks at
   * fails the test by itself: jest listens for those.
   */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** @param hear is told all that is logged */
export async function startFuzzGateway(
  environment: Readonly<Record<string, string>> = {},
  hear: ((line: string) => void) | null = null,
): Promise<FuzzGateway> {
  Error.stackTraceLimit = 0; // nobody reads a hundred thousand stacks, which take a test longer than all else
  const clock = createFakeClock(Date.UTC(2026, 0, 1), settlePromises); // requests and answers pass by themselves
  const graph = await startFuzzGraph();
  const complaints: string[] = [];
  const complain = (what: string): void => {
    if (complaints.length < 20) complaints.push(what);
  };
  const pass: Log['info'] = (fields, event) => hear?.(`${event}: ${JSON.stringify(fields)}`);
  const log: Log = {
    debug: pass,
    info: pass,
    warn: pass,
    error: (fields, event) => complain(`${event}: ${tell('err' in fields ? fields.err : fields)}`),
  };
  const config = readConfig({
    PORT: '0',
    GRAPH_URL: graph.url,
    GRAPH_RATE_PER_SECOND: '0',
    GRAPH_RATE_PER_TEAM: '0',
    GRAPH_RATE_PER_CHAT: '0',
    GRAPHIQL: 'off',
    ...environment,
  });
  const graphiqlDirectory = new URL('file:///nowhere/');
  const app = await startApp(config, { clock, random: systemRandom, log, version: '0.0.0-test', graphiqlDirectory });
  return {
    app,
    graph,
    clock,
    complaints,
    async close() {
      await Promise.all([app.stop(), graph.close()]);
    },
  };
}

function tell(reason: unknown): string {
  return reason instanceof Error ? (reason.stack ?? reason.message) : JSON.stringify(reason);
}

/** The codes of README's table, and those of GraphQL's own errors. */
export const KNOWN_CODES: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'UPSTREAM_THROTTLED',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_MALFORMED',
  'LIMIT_EXCEEDED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/** What is wrong with the errors of an answer; null when each has a message and a code that clients know. */
export function wrongErrors(errors: unknown): string | null {
  if (!Array.isArray(errors) || errors.length === 0) return 'errors are no list, or an empty one';
  for (const error of errors as { message?: unknown; extensions?: Record<string, unknown> | null }[]) {
    if (typeof error.message !== 'string') return 'an error without a message';
    if (!KNOWN_CODES.has(error.extensions?.['code'])) return `the code ${JSON.stringify(error.extensions?.['code'])}`;
    if ('stacktrace' in (error.extensions ?? {}) || /\n\s+at .*:\d+:\d+/.test(error.message)) return 'a stack';
  }
  return null;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of the heap that are still needed. */
export async function heapUsed(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve)); // what has ended, ends
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
