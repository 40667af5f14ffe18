import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { type GraphQLSchema } from 'graphql';
import { request } from 'undici';
import { type ApiServices } from '../../src/api/context.js';
import { createSchema } from '../../src/api/schema.js';
import { createWaits } from '../../src/api/waits.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readLimits } from '../../src/config/limits.js';
import { createForwardIdentity } from '../../src/identity/forward.js';
import { createKeyedHash } from '../../src/identity/keyed-hash.js';
import { GraphError } from '../../src/operation/failure.js';
import { type OperationHost, type OperationRef } from '../../src/operation/ref.js';
import { type Checks } from '../../src/poll/checks.js';
import { type Seen } from '../../src/poll/seen.js';
import { type Coordinator } from '../../src/poll/coordinator.js';
import { startApollo } from '../../src/server/apollo.js';
import { createDocuments } from '../../src/server/documents.js';
import { createHotQueries, type HotQueries } from '../../src/server/hot-queries.js';
import { createHttp } from '../../src/server/http.js';
import { operation } from '../api/operations.js';
import { createFakeClock } from '../support/fake-clock.js';
import { runs } from '../support/runs.js';
import { anyRequest, FATES, type AnyRequest } from './any-query.js';

const NOW = Date.UTC(2026, 0, 31, 8, 20);
const HELD = {
  running: operation(),
  failed: operation({ state: 'FAILED', rawStatus: 'failed', error: { code: 'Bad"\u2028', message: null } }),
  odd: operation({ state: 'BUSY' as 'RUNNING', attemptsCount: 1.5 }), // what no decoder lets through
};

/** What is known of an operation, by the last part of its location. */
function fateOf(ref: OperationRef): Seen | GraphError {
  const fate = FATES.find((one) => ref.location.endsWith(`/${one}`));
  switch (fate) {
    case 'running':
    case 'failed':
    case 'odd': {
      const transition = { from: null, operation: HELD[fate], observedAt: NOW - 5, stamp: 1 };
      const snapshot = { operation: HELD[fate], checkedAt: NOW - 1_234 };
      return { ref, held: { snapshot, transitions: [transition], completeSince: 0 }, delayedBy: 'BUDGET' };
    }
    case 'throttled':
      return new GraphError({ kind: 'throttled', retryAfterMs: 1_500.5 }, 'Later.', { requestId: 'abc' });
    case 'forbidden':
      return new GraphError({ kind: 'forbidden', claims: 'eyJ' }, 'Not yours.', { status: 403, code: 'No' });
    case 'broken':
      throw new TypeError('an error of our own');
    default:
      return new GraphError({ kind: 'notFound' }, 'There is none.');
  }
}

const checks = {
  glance(_caller: unknown, ref: OperationRef, cost: { snapshots: number }) {
    if (!ref.location.endsWith('/failed')) return null; // the others are not at hand
    cost.snapshots += 1;
    return fateOf(ref);
  },
  async look(_caller: unknown, refs: readonly OperationRef[], cost: { requests: number; snapshots: number }) {
    cost.snapshots += refs.length;
    if (refs.some(({ location }) => location.endsWith('/late'))) await new Promise((resolve) => setImmediate(resolve));
    return refs.map(fateOf);
  },
  lookAtPage(_caller: unknown, host: OperationHost, _link: unknown, cost: { requests: number }) {
    cost.requests += 1;
    if (host.location.endsWith('/gone')) return Promise.resolve(new GraphError({ kind: 'notFound' }, 'No such team.'));
    const seen = FATES.slice(0, 6).map((fate) =>
      fateOf({ host, operationId: fate, location: `${host.location}/operations/${fate}` }),
    );
    return Promise.resolve({ entries: seen, nextLink: null });
  },
};

/** A gateway's HTTP, with nothing behind it, and all that it told its operator. */
interface Endpoint {
  readonly server: Server;
  readonly told: unknown[];
  readonly hot: () => number;
}

async function startEndpoint(schema: GraphQLSchema, isHot: boolean): Promise<Endpoint> {
  const told: unknown[] = [];
  let hot = 0;
  const clock = createFakeClock(NOW);
  const limits = readLimits(createEnvironmentReader({}));
  const log = { debug() {}, info() {}, warn: () => undefined, error: (fields: object) => void told.push(fields) };
  const report = { log, refused: (limit: string) => void told.push(limit) };
  const documents = createDocuments({ schema, introspection: true, limits, trusted: null });
  const services = {
    checks: checks as unknown as Checks,
    coordinator: { nextCheckAt: () => NOW + 31_000 } as unknown as Coordinator,
    clock,
    graphRoot: new URL('https://graph.test'),
    limits,
    waits: createWaits(limits),
  } satisfies ApiServices;
  const none: HotQueries = { prepare: () => null, again: () => null, close: () => undefined };
  const queries = createHotQueries({ schema, documents, clock, report });
  const counted = (query: ReturnType<HotQueries['again']>): typeof query => {
    if (query !== null) hot += 1;
    return query;
  };
  const { server } = createHttp({
    apollo: await startApollo({ schema, documents, report }),
    documents,
    hotQueries: isHot
      ? {
          prepare: (asked, body) => counted(queries.prepare(asked, body)),
          again: (body) => counted(queries.again(body)),
          close: () => queries.close(),
        }
      : none,
    services,
    identify: createForwardIdentity({ standInToken: null, keyedHash: createKeyedHash() }).identify,
    pages: null,
    metrics: null,
    debug: null,
    allowedOrigins: [],
    isMisdirected: () => false,
    limits,
    notReady: () => null,
    report,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, told, hot: () => hot };
}

async function ask({ server, told }: Endpoint, { body, headers }: AnyRequest) {
  told.length = 0;
  const { port } = server.address() as AddressInfo;
  const response = await request(`http://127.0.0.1:${port}/graphql`, { method: 'POST', headers, body });
  const text = await response.body.text();
  return { status: response.statusCode, headers: { ...response.headers, date: null }, text, told: [...told] };
}

let endpoints: readonly Endpoint[] = [];
let schema: GraphQLSchema;
beforeAll(async () => {
  Error.stackTraceLimit = 0; // of the errors that both ways answer with: nobody reads them, and each takes its time
  schema = await createSchema();
  endpoints = [await startEndpoint(schema, true), await startEndpoint(schema, false)];
});
afterAll(() => {
  for (const { server } of endpoints) {
    server.closeAllConnections();
    server.close();
  }
});

it('what the short way answers is to the byte what Apollo would have answered', async () => {
  const [short, long] = endpoints;
  if (short === undefined || long === undefined) throw new Error('Nothing was started.');
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  console.log(`fast-check seed ${seed}`);
  let asked = 0;
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(fc.gen(), async (any) => {
      const wanted = anyRequest(schema, any);
      const expected = await ask(long, wanted);
      // Unknown at first, known then, and in the end asked word for word.
      for (let time = 0; time < 3; time++) expect(await ask(short, wanted)).toEqual(expected);
      asked += 1;
      if (expected.text.includes('"errors"')) failed += 1;
    }),
    { seed, numRuns: runs(1_000, 8), endOnFailure: false },
  );
  expect(failed).toBeGreaterThan(asked / 10); // both kinds of answers were compared
  expect(failed).toBeLessThan((asked * 9) / 10);
  expect(short.hot()).toBeGreaterThan(asked / 2);
}, 180_000);
