import { describe, expect, it } from '@jest/globals';
import { startCountingGraph } from '../support/counting-graph.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, codeIn, ONE_OPERATION, operationIn, startTestGateway } from '../support/gateway.js';
import { startTokenServer } from '../support/token-server.js';

const OTHER_USER_ID = '05e70000-0000-4000-8000-0000000000dd';
const ROLE = 'Operations.Read.All';
const GATHER_MS = 10;
const INTERVAL_MS = 31_000;
/** So small that an answer over the network comes in time by this clock. */
const STEP_MS = 100;
/** How long a client has to bring another token. */
const PATIENCE_MS = 10_000;
const CLAIMS = Buffer.from('{"access_token":{"nbf":{"essential":true}}}').toString('base64');
const WATCHED = { host: 'team', hostId: 'sales', operationId: 'archiving' } as const;
const REF = { team: { hostId: WATCHED.hostId, operationId: WATCHED.operationId } };

async function start(mode: 'on-behalf-of' | 'app') {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
  const server = closeAfterTest(await startTokenServer({ graphUrl: new URL(graph.url), now: () => clock.now() }));
  const put = (status: string): void => graph.put({ ...WATCHED, status });
  put('notStarted');
  const gateway = await startTestGateway({
    graphUrl: graph.url,
    clock,
    environment: {
      GRAPH_AUTH: mode,
      AUTHORITY_URL: server.url.origin,
      TENANT_ID: server.tenantId,
      CLIENT_ID: server.clientId,
      CLIENT_SECRET: server.clientSecret,
    },
  });
  return {
    clock,
    graph,
    server,
    put,
    gateway,
    mint: (claims: object = {}) => server.mint({ roles: [ROLE], ...claims }),
    watch: async (token: string) => {
      const watching = await gateway.watch({ refs: [REF] }, token);
      await clock.advance(GATHER_MS);
      expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'NOT_STARTED' });
      return watching;
    },
    /** Time passes, and so many reads are answered. */
    pass: async (ms: number, answered: number): Promise<void> => {
      const checks = gateway.log.filter(({ event }) => event === 'check').length;
      await clock.advance(ms);
      await gateway.logged('check', checks + answered);
    },
    statuses: () => graph.reads.map(({ status }) => status),
  };
}

describe.each(['on-behalf-of', 'app'] as const)(
  'a token that the gateway got itself, %s, and that Graph refuses',
  (mode) => {
    it('is one that no query notices: another one is had, and what it was refused for is read once more', async () => {
      const { clock, graph, server, gateway, mint, statuses } = await start(mode);
      const token = await mint();
      expect(operationIn(await gateway.query(ONE_OPERATION, { ref: REF }, token))).toMatchObject({
        state: 'NOT_STARTED',
      });
      graph.endToken(graph.reads[0]?.token ?? '');
      await clock.advance(INTERVAL_MS);

      const answer = await gateway.query(ONE_OPERATION, { ref: REF }, token);
      expect(operationIn(answer)).toMatchObject({ state: 'NOT_STARTED', freshness: { delayedBy: null } });
      expect(answer.upstream).toEqual({ requests: 2, reads: 2, snapshots: 0 });
      expect(statuses()).toEqual([200, 401, 200]);
      expect(server.counts.token).toBe(2);
      await clock.advance(INTERVAL_MS);
      await gateway.query(ONE_OPERATION, { ref: REF }, token);
      expect(statuses()).toEqual([200, 401, 200, 200]);
    });

    it('is one that no stream notices', async () => {
      const { graph, put, gateway, mint, watch, pass, statuses } = await start(mode);
      const watching = await watch(await mint());
      graph.endToken(graph.reads[0]?.token ?? '');
      put('succeeded');
      await pass(INTERVAL_MS, 1);
      expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED' });
      await watching.completed();
      expect(watching.socket.unread()).toEqual([]);
      expect(statuses()).toEqual([200, 401, 200]);
      expect(gateway.app.watches()).toBe(0);
    });
  },
);

describe('a challenge of Graph’s to a token that was had on behalf of a caller', () => {
  it('is the caller’s to meet, and nothing is repeated', async () => {
    const { graph, server, gateway, mint, statuses } = await start('on-behalf-of');
    graph.refuse(() => ({ status: 401, claims: CLAIMS }));
    const { errors, upstream } = await gateway.query(ONE_OPERATION, { ref: REF }, await mint());
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', claims: CLAIMS } }]);
    expect(upstream).toEqual({ requests: 1, reads: 1, snapshots: 0 });
    expect(statuses()).toEqual([401]);
    expect(server.counts.token).toBe(1);

    // It was made to one token, and another one is tried at once.
    graph.refuse(null);
    const next = await gateway.query(ONE_OPERATION, { ref: REF }, await mint({ jti: 'the next one' }));
    expect(operationIn(next)).toMatchObject({ state: 'NOT_STARTED' });
  });

  it.each([true, false])('comes to a socket in a ping, which waits for another token: %s', async (isMet) => {
    const { clock, graph, put, mint, watch, pass, statuses } = await start('on-behalf-of');
    const watching = await watch(await mint());
    const { socket } = watching;
    graph.refuse(() => ({ status: 401, claims: CLAIMS }));
    put('inProgress');
    await pass(INTERVAL_MS, 1);
    expect(await socket.next('ping')).toEqual({
      type: 'ping',
      payload: { tokenExpiresAt: new Date(clock.now()).toISOString(), claims: CLAIMS },
    });
    expect(statuses()).toEqual([200, 401]);
    await clock.advance(PATIENCE_MS - 1);
    expect(socket.unread()).toEqual([]);
    if (!isMet) {
      await clock.advance(1);
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(statuses()).toEqual([200, 401]);
      return;
    }
    graph.refuse(null);
    const token = await mint({ jti: 'the next one' });
    socket.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
    expect(await socket.next('pong')).toEqual({ type: 'pong', payload: { authorization: 'accepted' } });
    const next = await advanceUntil(clock, STEP_MS, watching.change());
    expect(next).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
  });
});

describe('a gateway whose own token Graph takes no more', () => {
  it('is to blame itself: its callers are told that Graph cannot be asked, and no stream ends', async () => {
    const { clock, graph, put, gateway, mint, watch, pass } = await start('app');
    const token = await mint();
    const watching = await watch(token);
    const host = await gateway.watchHost({ host: { teamId: 'sales' } }, token);
    await pass(INTERVAL_MS, 1);
    expect(await host.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'NOT_STARTED' });
    graph.refuse(() => ({ status: 401, claims: CLAIMS }));
    put('inProgress');
    await pass(INTERVAL_MS, 1);
    const other = { team: { hostId: 'sales', operationId: 'cloning' } };
    const answer = await gateway.query(ONE_OPERATION, { ref: other }, token);
    expect(codeIn(answer)).toBe('UPSTREAM_UNAVAILABLE');
    expect(answer.text).not.toContain(CLAIMS);
    const held = operationIn(await gateway.query(ONE_OPERATION, { ref: REF }, token));
    expect(held).toMatchObject({ state: 'NOT_STARTED', freshness: { delayedBy: 'UPSTREAM_UNAVAILABLE' } });

    await clock.advance(PATIENCE_MS); // more than a client is waited for whose own token is refused
    expect([watching.socket.unread(), host.socket.unread()]).toEqual([[], []]);
    graph.refuse(null);
    for (const stream of [watching, host]) {
      const next = await advanceUntil(clock, STEP_MS, stream.change());
      expect(next).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
    }
  });

  it('reads once for all who bear the role, and lets nobody else in', async () => {
    const { graph, put, server, gateway, mint, watch, pass } = await start('app');
    const streams = [await watch(await mint()), await watch(await mint({ oid: OTHER_USER_ID }))];
    const without = await server.mint();
    expect(codeIn(await gateway.query(ONE_OPERATION, { ref: REF }, without))).toBe('FORBIDDEN');
    const socket = await gateway.open();
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${without}` } });
    expect(await socket.closed).toMatchObject({ code: 4403, reason: expect.stringContaining(ROLE) });
    put('inProgress');
    await pass(INTERVAL_MS, 1);
    for (const stream of streams) expect(await stream.change()).toMatchObject({ to: 'RUNNING' });
    expect(graph.reads.map(({ token }) => server.ownerOf(token))).toEqual([{ kind: 'app' }, { kind: 'app' }]);
  });
});
