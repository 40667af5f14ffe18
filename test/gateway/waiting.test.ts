import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.js';
import { startSandboxGateway, TOKEN } from '../support/gateway.js';

const GATHER_MS = 10;
const INTERVAL_MS = 31_000;
const WAIT = `query ($ref: OperationRef!, $seconds: Int) {
  waitForOperation(ref: $ref, timeoutSeconds: $seconds) { state terminal freshness { delayedBy ageSeconds } }
}`;

async function start() {
  const clock = createFakeClock();
  const gateway = await startSandboxGateway({ clock });
  /** Resolves when the wait has begun, which is when its operation is watched. */
  const begun = async (watches = 1): Promise<void> => {
    while (gateway.app.watches() < watches) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, begun, ...gateway };
}

describe('waitForOperation', () => {
  it('answers at once when the operation has ended', async () => {
    const { clock, begun, sandbox, query, app } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: 0 } });
    const waiting = query(WAIT, { ref: { location: path }, seconds: 600 });
    await begun();
    await clock.advance(GATHER_MS);
    const expected = { data: { waitForOperation: { state: 'SUCCEEDED', terminal: true } }, errors: [] };
    expect(await waiting).toMatchObject(expected);
    expect(sandbox.counts().reads).toBe(2); // one of them the gateway's own, at its start

    // What is known to have ended needs no check.
    expect(await query(WAIT, { ref: { location: path }, seconds: 600 })).toMatchObject(expected);
    expect(sandbox.counts().reads).toBe(2);
    expect(app.watches()).toBe(0);
  });

  it('answers when the operation ends, for the checks of one watch, however many wait', async () => {
    const { clock, begun, logged, sandbox, query } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, failsAfterMs: 50_000 } });
    const waiting = Array.from({ length: 10 }, () => query(WAIT, { ref: { location: path }, seconds: 600 }));
    await begun();
    await clock.advance(GATHER_MS);
    for (const checks of [1, 2]) {
      await logged('check', checks);
      await clock.advance(INTERVAL_MS);
    }
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ data: { waitForOperation: { state: 'FAILED', terminal: true } }, errors: [] });
    }
    expect(sandbox.reads().filter((read) => read.operationId !== null).length).toBe(3);
  });

  it('answers with the operation as it is when time is up', async () => {
    const { clock, begun, logged, sandbox, query } = await start();
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, stalls: true } });
    const waiting = query(WAIT, { ref: { location: path }, seconds: 40 });
    await begun();
    await clock.advance(GATHER_MS);
    await logged('check', 1);
    await clock.advance(INTERVAL_MS);
    await logged('check', 2);
    await clock.advance(40_000 - INTERVAL_MS);
    expect(await waiting).toMatchObject({
      // As the last check left it, which had no change to tell of.
      data: {
        waitForOperation: {
          state: 'RUNNING',
          terminal: false,
          freshness: { ageSeconds: (40_000 - INTERVAL_MS - GATHER_MS) / 1_000 },
        },
      },
      errors: [],
    });
  });

  it('says why nothing is known when time is up', async () => {
    const { clock, begun, logged, sandbox, query } = await start();
    const { path } = sandbox.begin();
    sandbox.fail({ fault: { kind: 'status', status: 429, retryAfter: '100' } });
    const waiting = query(WAIT, { ref: { location: path }, seconds: 40 });
    await begun();
    await clock.advance(GATHER_MS);
    await logged('check', 1);
    await clock.advance(40_000);
    expect(await waiting).toMatchObject({
      data: null,
      errors: [{ path: ['waitForOperation'], extensions: { code: 'UPSTREAM_THROTTLED', retryAfterSeconds: 60.01 } }],
    });
  });

  it('leaves the watch when a client of a websocket has completed it', async () => {
    const { clock, begun, logged, sandbox, connect, app } = await start();
    const { path } = sandbox.begin({ life: { stalls: true } });
    const socket = await connect();
    const variables = { ref: { location: path }, seconds: 600 };
    socket.send({ type: 'subscribe', id: 'wait', payload: { query: WAIT, variables } });
    await begun();
    await clock.advance(GATHER_MS);
    await logged('check', 1);
    socket.send({ type: 'complete', id: 'wait' });
    socket.send({ type: 'ping' });
    await socket.next('pong');

    await clock.advance(6_000);
    expect(app.watches()).toBe(0);
  });

  it('leaves the watch when its client has gone', async () => {
    const { clock, begun, logged, sandbox, url, app } = await start();
    const { path } = sandbox.begin({ life: { stalls: true } });
    const gone = new AbortController();
    const waiting = fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify({ query: WAIT, variables: { ref: { location: path }, seconds: 600 } }),
      signal: gone.signal,
    });
    await begun();
    await clock.advance(GATHER_MS);
    await logged('check', 1);
    gone.abort();
    await expect(waiting).rejects.toThrow('aborted');
    await logged('request', 1);

    await clock.advance(6_000); // a client that just lost its connection may be back within seconds
    expect(app.watches()).toBe(0);
    const { requests } = sandbox.counts();
    await clock.advance(10 * INTERVAL_MS);
    expect(sandbox.counts().requests).toBe(requests);
  });
});
