import { describe, expect, it } from '@jest/globals';
import { type Fault } from '../../src/sandbox/faults.js';
import { startCountingGraph } from '../support/counting-graph.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';
import {
  closeAfterTest,
  codeIn,
  ONE_OPERATION,
  operationIn,
  startSandboxGateway,
  type GraphQLAnswer,
  type SandboxGateway,
} from '../support/gateway.js';

/*
 * A promise that is rejected and that nobody looks at, and an exception that nobody catches, fail the test in which they
 * occur: jest listens for both. An error that the gateway logs as its own fails it too: see test/support/gateway.ts.
 */

const INTERVAL_MS = 31_000;
const GATHER_MS = 10;
/** For one HTTP request to Graph. */
const TIME_LIMIT_MS = 15_000;
/** Of Graph's own errors, as the gateway draws it when chance gives 0. */
const BACKOFF_MS = 3_000;

interface FaultCase {
  readonly what: string;
  /** @param now epoch ms when it befalls */
  readonly fault: (now: number) => Fault;
  readonly code: string;
  readonly delayedBy: 'THROTTLED' | 'UPSTREAM_UNAVAILABLE';
  /** From the failure to the next read. */
  readonly againAfterMs: number;
  /** Whether the error says when to come back. */
  readonly tellsWhen?: boolean;
  /** From the request to the failure. */
  readonly failsAfterMs?: number;
}

const throttled = (what: string, fault: FaultCase['fault'], againAfterMs: number): FaultCase => {
  return { what, fault, code: 'UPSTREAM_THROTTLED', delayedBy: 'THROTTLED', againAfterMs, tellsWhen: true };
};
const unavailable = (what: string, fault: Fault, failsAfterMs = 0): FaultCase => ({
  what,
  fault: () => fault,
  code: 'UPSTREAM_UNAVAILABLE',
  delayedBy: 'UPSTREAM_UNAVAILABLE',
  againAfterMs: BACKOFF_MS,
  failsAfterMs,
});
/** An error of Graph's own that says when to come back. */
const comesBack = (what: string, fault: Fault, againAfterMs = BACKOFF_MS): FaultCase => {
  return { ...unavailable(what, fault), againAfterMs, tellsWhen: true };
};

/** What passes: the answer is put off and nothing ends. */
const PASSING: readonly FaultCase[] = [
  throttled('429 with whole seconds', () => ({ kind: 'status', status: 429, retryAfter: '10' }), 10_000),
  throttled('429 with a fraction of a second', () => ({ kind: 'status', status: 429, retryAfter: '2.128' }), 2_128),
  throttled(
    '429 with a date',
    (now) => ({ kind: 'status', status: 429, retryAfter: new Date(floorToSecond(now) + 20_000).toUTCString() }),
    20_000,
  ),
  throttled('429 without Retry-After', () => ({ kind: 'status', status: 429 }), BACKOFF_MS),
  throttled('503 with Retry-After', () => ({ kind: 'status', status: 503, retryAfter: '7' }), 7_000),
  unavailable('503 without Retry-After', { kind: 'status', status: 503 }),
  unavailable('500', { kind: 'status', status: 500 }),
  unavailable('502', { kind: 'status', status: 502 }),
  unavailable('504', { kind: 'status', status: 504 }),
  comesBack('504 with Retry-After', { kind: 'status', status: 504, retryAfter: '9.5' }, 9_500),
  comesBack('500 with a Retry-After that is over before our own delay', {
    kind: 'status',
    status: 500,
    retryAfter: '1',
  }),
  unavailable("a proxy's HTML with a 502", { kind: 'html', status: 502 }),
  unavailable('a reset', { kind: 'reset' }),
  unavailable('half of an answer', { kind: 'truncated' }),
  unavailable('no answer at all', { kind: 'hang' }, TIME_LIMIT_MS),
];

/** What is an answer and not Graph's: it cannot be waited out, and may be a proxy's bad minute. */
const UNREADABLE: readonly { readonly what: string; readonly fault: Fault }[] = [
  { what: 'HTML instead of JSON', fault: { kind: 'html', status: 200 } },
  { what: 'JSON of another shape', fault: { kind: 'body', body: { id: 7 } } },
  { what: 'an empty list where an operation was asked for', fault: { kind: 'body', body: { value: [] } } },
];

/** With chance always 0, so that every delay is the shortest of its kind. */
async function start(): Promise<SandboxGateway & { readonly clock: FakeClock }> {
  const clock = createFakeClock();
  return { clock, ...(await startSandboxGateway({ clock, random: () => 0 })) };
}

describe.each(PASSING)('$what', ({ fault, code, delayedBy, againAfterMs, tellsWhen, failsAfterMs = 0 }) => {
  it('is an error that says when to come back, for a query that nothing is held for', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const variables = { ref: { location: sandbox.begin({ life: { startsAfterMs: 0, stalls: true } }).path } };
    const expected = {
      code,
      ...(tellsWhen === true && { retryAfterSeconds: againAfterMs / 1_000 }),
    };
    sandbox.fail({ fault: fault(clock.now()) });

    const asking = gateway.query(ONE_OPERATION, variables);
    await gateway.asked(2);
    await clock.advance(failsAfterMs);
    const failed = await asking;
    expect(failed).toMatchObject({ status: 200, data: { operation: null }, upstream: { requests: 1 } });
    expect(failed.errors).toEqual([
      {
        message: expect.stringMatching(/^Microsoft Graph /),
        path: ['operation'],
        extensions: expect.objectContaining(expected),
      },
    ]);

    await clock.advance(againAfterMs - 1);
    const early = await gateway.query(ONE_OPERATION, variables);
    expect(codeIn(early)).toBe(code);
    expect(early.upstream).toEqual({ requests: 0, reads: 0, snapshots: 0 });

    await clock.advance(1);
    const late = await gateway.query(ONE_OPERATION, variables);
    expect(operationIn(late)).toMatchObject({ state: 'RUNNING', freshness: { ageSeconds: 0, delayedBy: null } });
  });

  it('is a delay that the answer tells of, for a query that an older state is held for', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const variables = { ref: { location: sandbox.begin({ life: { stalls: true } }).path } };
    await gateway.query(ONE_OPERATION, variables);
    await clock.advance(INTERVAL_MS);
    sandbox.fail({ fault: fault(clock.now()) });

    const asking = gateway.query(ONE_OPERATION, variables);
    await gateway.asked(3);
    await clock.advance(failsAfterMs);
    const delayed = operationIn(await asking);
    expect(delayed).toMatchObject({
      state: 'NOT_STARTED',
      freshness: { ageSeconds: (INTERVAL_MS + failsAfterMs) / 1_000, delayedBy },
    });

    await clock.advance(againAfterMs);
    const renewed = operationIn(await gateway.query(ONE_OPERATION, variables));
    expect(renewed).toMatchObject({ state: 'RUNNING', freshness: { ageSeconds: 0, delayedBy: null } });
  });

  it('only delays a running subscription, which hears the terminal state and completes', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 20_000 } });
    const watching = await gateway.watch({ refs: [{ location: path }] });
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING' });
    sandbox.fail({ fault: fault(clock.now() + INTERVAL_MS) });

    await clock.advance(INTERVAL_MS);
    await gateway.asked(3);
    await clock.advance(failsAfterMs);
    await gateway.logged('check', 2);
    await clock.advance(againAfterMs - 1);
    const meanwhile = await gateway.query(ONE_OPERATION, { ref: { location: path } });
    expect(operationIn(meanwhile)).toMatchObject({ state: 'RUNNING', freshness: { delayedBy } });
    expect(watching.unread()).toEqual([]);
    expect(sandbox.counts().requests).toBe(3);

    await clock.advance(1);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
    await watching.completed();
    expect(sandbox.pendingFaults()).toEqual([]);
  });

  it('delays the SNAPSHOT of a subscription whose first read it befalls', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 1 } });
    sandbox.fail({ fault: fault(clock.now()) });
    const watching = await gateway.watch({ refs: [{ location: path }] });

    await clock.advance(GATHER_MS);
    await gateway.asked(2);
    await clock.advance(failsAfterMs);
    await gateway.logged('check', 1);
    await clock.advance(againAfterMs);

    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', from: null, to: 'SUCCEEDED' });
    await watching.completed();
  });
});

describe.each(UNREADABLE)('$what', ({ fault }) => {
  it('is UPSTREAM_MALFORMED for a query, which asks again after the interval', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const variables = { ref: { location: sandbox.begin({ life: { stalls: true } }).path } };
    sandbox.fail({ fault });

    expect(codeIn(await gateway.query(ONE_OPERATION, variables))).toBe('UPSTREAM_MALFORMED');
    await clock.advance(INTERVAL_MS - 1);
    const early = await gateway.query(ONE_OPERATION, variables);
    expect([codeIn(early), early.upstream?.requests]).toEqual(['UPSTREAM_MALFORMED', 0]);
    await clock.advance(1);
    expect(operationIn(await gateway.query(ONE_OPERATION, variables)).state).toBe('RUNNING');
  });

  it('does not end a running subscription, which hears the terminal state and completes', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 20_000 } });
    const watching = await gateway.watch({ refs: [{ location: path }] });
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING' });
    sandbox.fail({ fault });

    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', 2);
    await clock.advance(INTERVAL_MS);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
    await watching.completed();
  });

  it('ends a subscription that has heard nothing, and says why', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ life: { stalls: true } });
    sandbox.fail({ fault });
    const watching = await gateway.watch({ refs: [{ location: path }] });

    await clock.advance(GATHER_MS);
    expect(await watching.errors()).toMatchObject([{ extensions: { code: 'UPSTREAM_MALFORMED', location: path } }]);
    await watching.completed();
  });
});

describe('a redirect', () => {
  it('is never followed: the token goes to Graph and nowhere else', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const trap = closeAfterTest(await startCountingGraph());
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 20_000 } });
    const redirect = { fault: { kind: 'redirect', location: `${trap.url}${path}` } } as const;
    sandbox.fail(redirect);
    expect(codeIn(await gateway.query(ONE_OPERATION, { ref: { location: path } }))).toBe('UPSTREAM_MALFORMED');

    await clock.advance(INTERVAL_MS);
    const watching = await gateway.watch({ refs: [{ location: path }] });
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ to: 'SUCCEEDED' });
    await watching.completed();

    const other = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 20_000 } });
    const second = await gateway.watch({ refs: [{ location: other.path }] });
    await clock.advance(GATHER_MS);
    expect(await second.change()).toMatchObject({ to: 'RUNNING' });
    sandbox.fail(redirect);
    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', 4);
    await clock.advance(INTERVAL_MS);
    expect(await second.change()).toMatchObject({ to: 'SUCCEEDED' });
    await second.completed();
    expect(trap.requests).toEqual([]);
  });
});

describe('404 shortly after 202', () => {
  it('is null for a query, until Graph knows of the operation', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ life: { stalls: true }, invisibleForMs: 40_000 });
    const variables = { ref: { location: path } };

    const unknown = await gateway.query(ONE_OPERATION, variables);
    expect(unknown).toMatchObject({ data: { operation: null }, errors: [] });
    await clock.advance(2 * INTERVAL_MS);
    expect(operationIn(await gateway.query(ONE_OPERATION, variables)).state).toBe('RUNNING');
  });

  it('is waited out by a subscription, which hears the rest of the life', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 70_000 }, invisibleForMs: 40_000 });
    const watching = await gateway.watch({ refs: [{ location: path }] });

    await clock.advance(GATHER_MS);
    for (let checks = 1; checks <= 3; checks++) {
      await gateway.logged('check', checks);
      await clock.advance(INTERVAL_MS);
    }
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', from: null, to: 'RUNNING' });
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
    await watching.completed();
  });

  it('is NOT_FOUND for a subscription after some minutes', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const { path } = sandbox.begin({ invisibleForMs: Infinity });
    const watching = await gateway.watch({ refs: [{ location: path }] });

    await clock.advance(GATHER_MS);
    for (let checks = 1; checks <= 10; checks++) {
      await gateway.logged('check', checks);
      expect(watching.unread()).toEqual([]);
      await clock.advance(INTERVAL_MS);
    }
    expect(await watching.errors()).toMatchObject([{ extensions: { code: 'NOT_FOUND', location: path } }]);
    await watching.completed();
    expect(gateway.app.watches()).toBe(0);
  });
});

describe('a batch', () => {
  it('of which one part is throttled holds back that operation alone', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const life = { startsAfterMs: 0, succeedsAfterMs: 20_000 };
    const [slow, swift] = [sandbox.begin({ life }), sandbox.begin({ life })];
    const watching = await gateway.watch({ refs: [{ location: slow.path }, { location: swift.path }] });
    await clock.advance(GATHER_MS);
    await watching.change();
    await watching.change();
    sandbox.fail({
      match: { part: true, path: slow.operationId },
      fault: { kind: 'status', status: 429, retryAfter: '5.5' },
    });

    await clock.advance(INTERVAL_MS);
    const first = await watching.change();
    expect(first).toMatchObject({ to: 'SUCCEEDED', operation: { location: swift.path } });
    await clock.advance(5_499);
    expect(watching.unread()).toEqual([]);
    expect(sandbox.counts()).toMatchObject({ requests: 3 });
    await clock.advance(1);
    expect(await watching.change()).toMatchObject({ to: 'SUCCEEDED', operation: { location: slow.path } });
    await watching.completed();
    // What failed is asked for again, and nothing else.
    expect(sandbox.reads().at(-1)).toMatchObject({ path: slow.path, part: false });
  });

  it('of which one part is throttled answers a query with what there is, and says what is missing', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const [slow, swift] = [sandbox.begin(), sandbox.begin()];
    sandbox.fail({
      match: { part: true, path: slow.operationId },
      fault: { kind: 'status', status: 429, retryAfter: '5.5' },
    });
    const ask = (): Promise<GraphQLAnswer> =>
      gateway.query(
        `query ($slow: OperationRef!, $swift: OperationRef!) {
          slow: operation(ref: $slow) { operationId } swift: operation(ref: $swift) { operationId }
        }`,
        { slow: { location: slow.path }, swift: { location: swift.path } },
      );

    const answer = await ask();
    expect(answer).toMatchObject({
      data: { slow: null, swift: { operationId: swift.operationId } },
      errors: [{ path: ['slow'], extensions: { code: 'UPSTREAM_THROTTLED', retryAfterSeconds: 5.5 } }],
      upstream: { requests: 1, reads: 2, snapshots: 0 },
    });
    await clock.advance(5_500);
    expect(await ask()).toMatchObject({
      data: { slow: { operationId: slow.operationId }, swift: { operationId: swift.operationId } },
      errors: [],
      upstream: { requests: 1, reads: 1, snapshots: 1 },
    });
  });

  it('that is throttled whole holds back everything, and loses no terminal state', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const life = { startsAfterMs: 0, succeedsAfterMs: 20_000 };
    const [one, two, bystander] = [sandbox.begin({ life }), sandbox.begin({ life }), sandbox.begin({ life })];
    const watching = await gateway.watch({ refs: [{ location: one.path }, { location: two.path }] });
    await clock.advance(GATHER_MS);
    await watching.change();
    await watching.change();
    sandbox.fail({ match: { path: '/$batch' }, fault: { kind: 'status', status: 429, retryAfter: '9.25' } });

    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', 4);
    await clock.advance(9_249);
    const refused = await gateway.query(ONE_OPERATION, { ref: { location: bystander.path } });
    expect(refused).toMatchObject({
      errors: [{ extensions: { code: 'UPSTREAM_THROTTLED', retryAfterSeconds: 0.001 } }],
    });
    expect(sandbox.counts()).toMatchObject({ requests: 3 });
    await clock.advance(1);
    const ends = [await watching.change(), await watching.change()];
    expect(ends.map(({ to }) => to)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    await watching.completed();
  });
});

const PAGE = `query ($host: OperationHost!) { operations(host: $host) { edges { node { operationId } } } }`;

describe('a list', () => {
  it('whose next page is on another host is refused, and the token does not go there', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const trap = closeAfterTest(await startCountingGraph());
    const hostId = sandbox.addTeam();
    const { operationId } = sandbox.begin({ hostId, life: { startsAfterMs: 0, succeedsAfterMs: 80_000 } });
    const foreign = { fault: { kind: 'foreignNextLink', origin: trap.url } } as const;
    sandbox.fail(foreign);
    expect(codeIn(await gateway.query(PAGE, { host: { teamId: hostId } }))).toBe('UPSTREAM_MALFORMED');

    await clock.advance(INTERVAL_MS);
    const watching = await gateway.watchHost({ host: { teamId: hostId } });
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING', operation: { operationId } });
    sandbox.fail(foreign);
    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', 3);
    await clock.advance(INTERVAL_MS);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED', operation: { operationId } });
    expect(trap.requests).toEqual([]);
  });

  it('whose page is empty goes on behind it', async () => {
    const { clock, sandbox, ...gateway } = await start();
    const hostId = sandbox.addTeam();
    const { operationId } = sandbox.begin({ hostId, life: { startsAfterMs: 0, succeedsAfterMs: 40_000 } });
    sandbox.fail({ fault: { kind: 'emptyPage' } });
    const page = await gateway.query(PAGE, { host: { teamId: hostId } });
    expect(page).toMatchObject({
      data: { operations: { edges: [{ node: { operationId } }] } },
      upstream: { requests: 2 },
    });

    await clock.advance(INTERVAL_MS);
    sandbox.fail({ fault: { kind: 'emptyPage' } });
    const watching = await gateway.watchHost({ host: { teamId: hostId } });
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING', operation: { operationId } });
    sandbox.fail({ fault: { kind: 'emptyPage' } });
    await clock.advance(INTERVAL_MS);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED', operation: { operationId } });
  });
});

function floorToSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}
