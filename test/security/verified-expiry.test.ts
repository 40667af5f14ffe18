import { describe, expect, it } from '@jest/globals';
import { startCountingGraph } from '../support/counting-graph.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway } from '../support/gateway.js';
import { startTokenServer, USER_ID } from '../support/token-server.js';

const ROLE = 'Operations.Read.All';
const OTHER_USER_ID = '05e70000-0000-4000-8000-0000000000ff';
const GATHER_MS = 10;
const INTERVAL_MS = 31_000;
/** So small that an answer over the network comes in time by this clock. */
const STEP_MS = 100;
/** For how long the first token lasts: it is announced at 40 s, between the first check and the second one. */
const LIFE_MS = 100_000;
const WATCHED = { host: 'team', hostId: 'sales', operationId: 'archiving' } as const;
const REF = { team: { hostId: WATCHED.hostId, operationId: WATCHED.operationId } };

/** Somebody who watches one operation with a token that ends, by a clock in hand. */
async function startWatched(mode: 'on-behalf-of' | 'app') {
  const clock = createFakeClock();
  const startedAt = clock.now();
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
  /** A token that is good until so many ms after the start. */
  const mintUntil = (ms: number, claims: object = {}): Promise<string> =>
    server.mint({ roles: [ROLE], exp: (startedAt + ms) / 1_000, ...claims });
  const watch = async (token: string) => {
    const watching = await gateway.watch({ refs: [REF] }, token);
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'NOT_STARTED' });
    return watching;
  };
  const watching = await watch(await mintUntil(LIFE_MS));
  const { socket } = watching;
  let checks = gateway.log.filter(({ event }) => event === 'check').length;
  return {
    graph,
    server,
    gateway,
    clock,
    put,
    mintUntil,
    watch,
    watching,
    socket,
    /** To so many ms after the start, on the way to which so many reads are answered. */
    goTo: async (ms: number, answered = 0): Promise<void> => {
      await clock.advance(startedAt + ms - clock.now());
      checks += answered;
      await gateway.logged('check', checks);
    },
    bring: async (token: string): Promise<unknown> => {
      socket.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
      return (await socket.next('pong')).payload;
    },
    warning: { type: 'ping', payload: { tokenExpiresAt: new Date(startedAt + LIFE_MS).toISOString() } },
  };
}

describe.each(['on-behalf-of', 'app'] as const)(
  'a socket whose token has a known end, where the gateway asks %s',
  (mode) => {
    it('is warned a minute before it, and closed with 4403 when it comes', async () => {
      const { socket, goTo, warning } = await startWatched(mode);
      await goTo(INTERVAL_MS + GATHER_MS, 1);
      await goTo(LIFE_MS - 60_000 - 1);
      expect(socket.unread()).toEqual([]);
      await goTo(LIFE_MS - 60_000);
      expect(await socket.next()).toEqual(warning);
      await goTo(2 * INTERVAL_MS + GATHER_MS, 1);
      await goTo(3 * INTERVAL_MS + GATHER_MS, 1);
      await goTo(LIFE_MS - 1);
      expect(socket.unread()).toEqual([]);
      await goTo(LIFE_MS);
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(socket.unread()).toEqual([]);
    });

    it('goes on without a break or a further read with a fresh token of the same caller', async () => {
      const { graph, server, put, mintUntil, socket, watching, goTo, bring, warning } = await startWatched(mode);
      await goTo(INTERVAL_MS + GATHER_MS, 1);
      await goTo(LIFE_MS - 60_000);
      expect(await socket.next()).toEqual(warning);
      const tokens = server.counts.token;
      expect(await bring(await mintUntil(3_600_000))).toEqual({ authorization: 'accepted' });
      await goTo(2 * INTERVAL_MS - 1);
      expect(graph.reads).toHaveLength(2);

      put('inProgress');
      await goTo(2 * INTERVAL_MS + GATHER_MS, 1);
      expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
      await goTo(3 * INTERVAL_MS + GATHER_MS, 1);
      put('succeeded');
      await goTo(4 * INTERVAL_MS + GATHER_MS, 1); // the first token has ended meanwhile
      expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
      await watching.completed();
      expect(server.counts.token - tokens).toBe(mode === 'app' ? 0 : 1); // what is exchanged is the fresh one
      expect(socket.unread()).toEqual([]);
    });

    it('is not closed for its first token once it has brought one that lasts, and is warned of that one’s end', async () => {
      const { clock, mintUntil, socket, bring, watching } = await startWatched(mode);
      watching.leave();
      expect(await bring(await mintUntil(LIFE_MS + 300_000))).toEqual({ authorization: 'accepted' });
      const at = clock.now();
      const ping = await advanceUntil(clock, STEP_MS, socket.next('ping'));
      expect(ping.payload).toEqual({ tokenExpiresAt: new Date(at - GATHER_MS + LIFE_MS + 300_000).toISOString() });
    });

    it.each([
      { what: 'that has expired', claims: { exp: 1_000 }, code: 'UNAUTHENTICATED' },
      { what: 'for somebody else', claims: { aud: 'api://another-app' }, code: 'UNAUTHENTICATED' },
      ...(mode === 'app' ? [{ what: 'without the role', claims: { roles: ['Tasks.Read'] }, code: 'FORBIDDEN' }] : []),
    ])('is refused a token $what, and goes on until its own ends', async ({ claims, code }) => {
      const { graph, put, mintUntil, socket, watching, goTo, bring, warning } = await startWatched(mode);
      expect(await bring(await mintUntil(3_600_000, claims))).toMatchObject({ authorization: 'refused', code });
      put('inProgress');
      await goTo(INTERVAL_MS + GATHER_MS, 1);
      expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'RUNNING' });
      await goTo(LIFE_MS - 60_000);
      expect(await socket.next()).toEqual(warning);
      await goTo(2 * INTERVAL_MS + GATHER_MS, 1);
      await goTo(3 * INTERVAL_MS + GATHER_MS, 1);
      await goTo(LIFE_MS);
      expect(await socket.closed).toMatchObject({ code: 4403 });
      expect(new Set(graph.reads.map(({ token }) => token)).size).toBe(1);
    });
  },
);

describe('a token of another user that is brought by a ping', () => {
  it('is told what happens only when that user has proved the same right', async () => {
    const { graph, server, clock, put, mintUntil, watch, watching, goTo, bring } = await startWatched('on-behalf-of');
    const stays = await watch(await mintUntil(3_600_000, { jti: 'at another desk' }));
    await goTo(INTERVAL_MS + GATHER_MS, 1); // with the token that lasts longest
    const readers = () => graph.reads.map(({ token }) => server.ownerOf(token));
    server.fail('token', { kind: 'answer', status: 500 }); // so that nothing can be read in the other one's name
    expect(await bring(await mintUntil(3_600_000, { oid: OTHER_USER_ID }))).toEqual({ authorization: 'accepted' });
    put('inProgress');
    expect(await advanceUntil(clock, STEP_MS, stays.change())).toMatchObject({ to: 'RUNNING' });
    expect(watching.unread()).toEqual([]);
    expect(readers()).not.toContainEqual({ kind: 'user', oid: OTHER_USER_ID });

    server.fail('token', null);
    const next = await advanceUntil(clock, STEP_MS, watching.change());
    expect(next).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
    expect(readers()).toContainEqual({ kind: 'user', oid: OTHER_USER_ID });
  });

  it('ends the stream with FORBIDDEN where that user may not read it', async () => {
    const { graph, server, clock, put, mintUntil, watch, watching, bring } = await startWatched('on-behalf-of');
    const stays = await watch(await mintUntil(3_600_000, { jti: 'at another desk' }));
    graph.allow((token) => {
      const owner = server.ownerOf(token);
      return owner?.kind === 'user' && owner.oid === USER_ID;
    });
    expect(await bring(await mintUntil(3_600_000, { oid: OTHER_USER_ID }))).toEqual({ authorization: 'accepted' });
    put('inProgress');
    expect(await advanceUntil(clock, STEP_MS, watching.errors())).toMatchObject([
      { extensions: { code: 'FORBIDDEN' } },
    ]);
    await watching.completed();
    expect(await advanceUntil(clock, STEP_MS, stays.change())).toMatchObject({ to: 'RUNNING' });
    expect(watching.unread()).toEqual([]);
  });
});
