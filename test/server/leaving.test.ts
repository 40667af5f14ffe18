import { describe, expect, it } from '@jest/globals';
import { startCountingGraph } from '../support/counting-graph.js';
import { createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway } from '../support/gateway.js';
import { startTokenServer } from '../support/token-server.js';

const ROLE = 'Operations.Read.All';
const OTHER_USER_ID = '05e70000-0000-4000-8000-0000000000ab';
const REF = { team: { hostId: 'sales', operationId: 'archiving' } };

async function start(environment: Readonly<Record<string, string>> = {}) {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
  const server = closeAfterTest(await startTokenServer({ graphUrl: new URL(graph.url), now: () => clock.now() }));
  graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'inProgress' });
  const gateway = await startTestGateway({
    graphUrl: graph.url,
    clock,
    environment: {
      GRAPH_AUTH: 'app',
      AUTHORITY_URL: server.url.origin,
      TENANT_ID: server.tenantId,
      CLIENT_ID: server.clientId,
      CLIENT_SECRET: server.clientSecret,
      ...environment,
    },
  });
  const mint = (claims: object = {}): Promise<string> => server.mint({ roles: [ROLE], ...claims });
  return { clock, gateway, mint };
}

describe('a socket that is gone', () => {
  it.each([
    { what: 'said nothing', says: 'nothing' },
    { what: 'was not let in', says: 'nonsense' },
    { what: 'held a token with a known end', says: 'token' },
  ] as const)('leaves nothing behind that would wake for it, where it $what', async ({ says }) => {
    const { clock, gateway, mint } = await start();
    await gateway.connect(await mint()); // what the first one needs is there afterwards
    await clock.advance(1);
    const before = clock.pending;
    const socket = await gateway.open();
    const authorization = says === 'token' ? `Bearer ${await mint({ jti: 'its own' })}` : 'nonsense';
    if (says !== 'nothing') socket.send({ type: 'connection_init', payload: { authorization } });
    if (says === 'token') await socket.next('connection_ack');
    if (says === 'nonsense') await socket.closed;
    else {
      expect(clock.pending).toBeGreaterThan(before);
      socket.terminate();
    }
    await gateway.logged('websocket closed', 1);
    expect(clock.pending).toBe(before);
  });
});

describe('what a caller may have', () => {
  it('is counted by caller, whose sockets and tokens may be many', async () => {
    const { gateway, mint } = await start({ MAX_SUBSCRIPTIONS_PER_CALLER: '1' });
    const [phone, desk] = [await mint(), await mint({ jti: 'at the desk' })];
    const first = await gateway.watch({ refs: [REF] }, phone);
    const second = await gateway.connect(desk);
    second.send({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } });
    expect(await second.next()).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'SUBSCRIPTIONS_PER_CALLER' } }],
    });
    const other = await gateway.connect(await mint({ oid: OTHER_USER_ID }));
    other.send({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } });
    expect(await other.next()).toMatchObject({ type: 'next' });
    first.leave();
  });

  it('goes with a socket to whoever it belongs to after another token', async () => {
    const { gateway, mint } = await start({ MAX_SUBSCRIPTIONS_PER_CALLER: '1' });
    const [first, second] = [await mint(), await mint({ oid: OTHER_USER_ID })];
    const moved = await gateway.watch({ refs: [REF] }, first);
    moved.socket.send({ type: 'ping', payload: { authorization: `Bearer ${second}` } });
    expect((await moved.socket.next('pong')).payload).toEqual({ authorization: 'accepted' });

    const beginAs = async (token: string) => {
      const socket = await gateway.connect(token);
      socket.send({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } });
      return (await socket.next(undefined, '1')).type;
    };
    expect([await beginAs(second), await beginAs(first)]).toEqual(['error', 'next']);
    moved.leave();
    moved.socket.send({ type: 'ping' });
    await moved.socket.next('pong');
    expect([await beginAs(second), await beginAs(first)]).toEqual(['next', 'next']);
  });

  it('is bounded for pings: too many are not answered, and counted', async () => {
    const { clock, gateway, mint } = await start({
      MAX_OPERATIONS_PER_SECOND: '2',
      MAX_SUBSCRIPTIONS_PER_SOCKET: '1',
    });
    const socket = await gateway.connect(await mint());
    for (let nth = 1; nth <= 5; nth++) socket.send({ type: 'ping', payload: { nth } });
    socket.send({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } });
    expect(await socket.next('error')).toMatchObject({ payload: [{ extensions: { limit: 'OPERATIONS_PER_SECOND' } }] });
    expect(socket.unread().map(({ payload }) => payload)).toEqual([{ nth: 1 }, { nth: 2 }]);
    expect((await gateway.get('/metrics')).text).toMatch(/refus\w*\{limit="OPERATIONS_PER_SECOND"\} 4\n/);
    await clock.advance(1_000);
    socket.send({ type: 'ping', payload: { nth: 6 } });
    expect(await socket.next('pong')).toMatchObject({ type: 'pong' });
  });

  it('is bounded for tokens too: too many pings that bring one are refused, and counted', async () => {
    const { clock, gateway, mint } = await start({
      MAX_OPERATIONS_PER_SECOND: '1',
      MAX_SUBSCRIPTIONS_PER_SOCKET: '1',
    });
    const token = await mint();
    const socket = await gateway.connect(token);
    const bring = async () => {
      socket.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
      return (await socket.next('pong')).payload;
    };
    expect(await bring()).toEqual({ authorization: 'accepted' });
    expect(await bring()).toMatchObject({ authorization: 'refused', code: 'LIMIT_EXCEEDED' });
    expect((await gateway.get('/metrics')).text).toMatch(/refus\w*\{limit="OPERATIONS_PER_SECOND"\} 1\n/);
    await clock.advance(1_000);
    expect(await bring()).toEqual({ authorization: 'accepted' });
  });
});

describe('a ping with a token', () => {
  it.each([true, false])('is answered without it, where the socket is known: %s', async (isKnown) => {
    const { gateway, mint } = await start();
    const token = await mint();
    const socket = isKnown ? await gateway.connect(token) : await gateway.open();
    socket.send({ type: 'ping', payload: { authorization: `Bearer ${token}`, nth: 1 } });
    const pong = await socket.next('pong');
    expect(pong).toEqual({ type: 'pong', ...(isKnown && { payload: { authorization: 'accepted' } }) });
  });
});

describe('a caller that may not use the gateway', () => {
  it.each([
    { what: 'whose token is wrong', claims: { aud: 'api://another-app' }, code: 4401 },
    { what: 'that has not the role', claims: { roles: ['Tasks.Read'] }, code: 4403 },
  ])('is closed with $code $what', async ({ claims, code }) => {
    const { gateway, mint } = await start();
    const socket = await gateway.open();
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${await mint(claims)}` } });
    expect(await socket.closed).toMatchObject({ code });
  });
});
