import { describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { startCountingGraph } from '../support/counting-graph.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway, TOKEN, type StatusChange } from '../support/gateway.js';

const NEXT_TOKEN = 'the-next-token-of-the-first-caller';
const STRANGER = 'token-of-a-stranger';
const GATHER_MS = 10;
const INTERVAL_MS = 31_000;
/** So small that a client that is asked for a token has answered over the network long before its time is over. */
const STEP_MS = 100;
const REF = { team: { hostId: 'sales', operationId: 'archiving' } };

async function startWatched() {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startCountingGraph({ now: () => clock.now() }));
  const put = (status: string): void => graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status });
  put('notStarted');
  graph.allow((token) => token !== STRANGER);
  const gateway = await startTestGateway({ graphUrl: graph.url, clock });
  const watching = await gateway.watch({ refs: [REF] });
  await clock.advance(GATHER_MS);
  expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'NOT_STARTED' });
  /** One interval, in which so many more reads are answered. */
  const interval = async (checks: number): Promise<void> => {
    const before = gateway.log.filter(({ event }) => event === 'check').length;
    await clock.advance(INTERVAL_MS);
    await gateway.logged('check', before + checks);
  };
  const bring = (token: string): void =>
    watching.socket.send({ type: 'ping', payload: { authorization: `Bearer ${token}` } });
  return { clock, graph, put, gateway, watching, interval, bring };
}

describe('a socket whose token Graph takes no more', () => {
  it('is told so by a ping, and closed with 4403 when no other token comes', async () => {
    const { clock, graph, put, watching, interval } = await startWatched();
    graph.endToken(TOKEN);
    put('inProgress');
    await interval(1);
    expect(await watching.socket.next('ping')).toEqual({
      type: 'ping',
      payload: { tokenExpiresAt: new Date(clock.now()).toISOString() },
    });
    await clock.advance(9_999);
    expect(watching.unread()).toEqual([]); // no error that would make the client give up
    await clock.advance(1);
    expect(await watching.socket.closed).toMatchObject({ code: 4403 });
  });

  it('goes on with the next token without a break, when one comes', async () => {
    const { clock, graph, put, watching, interval, bring } = await startWatched();
    graph.endToken(TOKEN);
    put('inProgress');
    await interval(1);
    await watching.socket.next('ping');
    bring(NEXT_TOKEN);
    expect(await watching.socket.next('pong')).toEqual({ type: 'pong', payload: { authorization: 'accepted' } });
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'NOT_STARTED', to: 'RUNNING' });
    await clock.advance(10_000);
    put('succeeded');
    await interval(1);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
    await watching.completed();
    expect(graph.reads.filter(({ token }) => token === NEXT_TOKEN)).toHaveLength(2);
  });

  it('says UNAUTHENTICATED where the token never worked', async () => {
    const { clock, graph, gateway } = await startWatched();
    graph.endToken('never-worked');
    const other = await gateway.watch({ refs: [REF] }, 'never-worked');
    await clock.advance(GATHER_MS);
    expect(await other.errors()).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    await other.completed();
  });

  it('disturbs nobody else', async () => {
    const { clock, graph, put, gateway, watching, interval } = await startWatched();
    const other = await gateway.watch({ refs: [REF] }, NEXT_TOKEN);
    await clock.advance(GATHER_MS);
    expect(await other.change()).toMatchObject({ reason: 'SNAPSHOT' });
    graph.endToken(TOKEN);
    put('inProgress');
    await interval(2); // the first one's token is refused, and the other's reads it at once
    expect(await other.change()).toMatchObject({ reason: 'CHANGED', to: 'RUNNING' });
    await clock.advance(10_000);
    expect(await watching.socket.closed).toMatchObject({ code: 4403 });
    put('succeeded');
    await interval(1);
    expect(await other.change()).toMatchObject({ to: 'SUCCEEDED' });
  });
});

describe('a token that is brought by a ping', () => {
  it('of somebody without the right is told nothing more, and nobody else is disturbed', async () => {
    const { clock, graph, put, gateway, watching, interval, bring } = await startWatched();
    const other = await gateway.watch({ refs: [REF] });
    expect(await other.change()).toMatchObject({ reason: 'SNAPSHOT' });
    bring(STRANGER);
    await watching.socket.next('pong');
    await clock.advance(GATHER_MS);
    expect(await watching.errors()).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await watching.completed();
    put('inProgress');
    await interval(1);
    expect(await other.change()).toMatchObject({ to: 'RUNNING' });
    expect(watching.socket.unread()).toEqual([]);
    expect(graph.reads.filter(({ token }) => token === STRANGER)).toHaveLength(1);
  });

  it.each([
    { authorization: 'Basic dXNlcjpwYXNz', what: 'is no bearer token' },
    { authorization: '', what: 'is empty' },
    { authorization: 7, what: 'is no text' },
    { authorization: { a: 1 }, what: 'is an object' },
  ])('is refused when it $what, and the one before serves on', async ({ authorization }) => {
    const { put, watching, interval } = await startWatched();
    watching.socket.send({ type: 'ping', payload: { authorization } });
    const pong = await watching.socket.next('pong');
    expect(pong).toMatchObject({ payload: { authorization: 'refused', code: 'UNAUTHENTICATED' } });
    expect(JSON.stringify(pong)).not.toContain('dXNlcjpwYXNz');
    put('inProgress');
    await interval(1);
    expect(await watching.change()).toMatchObject({ to: 'RUNNING' });
  });

  it('counts for what is asked afterwards, and is never said back', async () => {
    const { graph, watching, bring } = await startWatched();
    bring(STRANGER);
    expect(await watching.socket.next('pong')).toEqual({ type: 'pong', payload: { authorization: 'accepted' } });
    watching.socket.send({
      type: 'subscribe',
      id: 'after',
      payload: { query: '{ operation(ref: { team: { hostId: "sales", operationId: "archiving" } }) { state } }' },
    });
    expect(await watching.socket.next('next', 'after')).toMatchObject({
      payload: { errors: [{ extensions: { code: 'FORBIDDEN' } }] },
    });
    expect(graph.reads.some(({ token }) => token === STRANGER)).toBe(true);
  });

  it('is nothing to a socket that has not said who it is', async () => {
    const { gateway } = await startWatched();
    const silent = await gateway.open();
    silent.send({ type: 'ping', payload: { authorization: `Bearer ${TOKEN}` } });
    expect(await silent.next('pong')).toEqual({ type: 'pong' });
    silent.send({ type: 'subscribe', id: '1', payload: { query: '{ __typename }' } });
    expect(await silent.closed).toMatchObject({ code: 4401 });
  });
});

describe('a client that comes back', () => {
  it('with another token is told only what that one has proved, whatever cursor it brings', async () => {
    const { clock, put, gateway, watching, interval } = await startWatched();
    put('inProgress');
    await interval(1);
    const { cursor } = await watching.change();
    const stranger = await gateway.watch({ refs: [REF], after: cursor }, STRANGER);
    const friend = await gateway.watch({ refs: [REF], after: cursor }, NEXT_TOKEN);
    await clock.advance(GATHER_MS);
    expect(await stranger.errors()).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    put('succeeded');
    await interval(1);
    expect(await friend.change()).toMatchObject({ reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED' });
    await stranger.completed();
    expect(stranger.unread()).toEqual([]);
  });

  it('is a client of graphql-ws: after 4403 it comes back by itself, with a new token, and misses nothing', async () => {
    const { clock, graph, put, gateway, watching } = await startWatched();
    watching.socket.close();
    const tokens = [TOKEN, NEXT_TOKEN];
    const variables: { refs: object[]; after?: string } = { refs: [REF] };
    const closings: number[] = [];
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryWait: () => Promise.resolve(),
      connectionParams: () => ({ authorization: `Bearer ${tokens.shift() ?? ''}` }),
      on: { closed: (event) => closings.push((event as { code: number }).code) },
    });
    const query = `subscription ($refs: [OperationRef!]!, $after: String) {
      operationStatusChanged(refs: $refs, after: $after) { reason from to cursor }
    }`;
    const told: string[] = [];
    const finished = (async () => {
      for await (const { data, errors } of client.iterate<{ operationStatusChanged: StatusChange }>({
        query,
        variables,
      })) {
        if (data == null) throw new Error(JSON.stringify(errors));
        const { reason, to, cursor } = data.operationStatusChanged;
        variables.after = cursor;
        told.push(`${reason} ${to}`);
        if (told.length === 1) {
          graph.endToken(TOKEN);
          put('inProgress');
        } else if (told.length === 2) put('succeeded');
      }
    })();
    await advanceUntil(clock, STEP_MS, finished);
    expect(told).toEqual(['SNAPSHOT NOT_STARTED', 'CHANGED RUNNING', 'CHANGED SUCCEEDED']);
    expect(closings[0]).toBe(4403);
    await client.dispose();
  });

  it('need not go: one that answers the warning with another token keeps its socket, as in the README', async () => {
    const { clock, graph, put, gateway, watching } = await startWatched();
    watching.socket.close();
    const closings: number[] = [];
    const pongs: unknown[] = [];
    let socket: { send(text: string): void } | undefined;
    const client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: `Bearer ${TOKEN}` }),
      on: {
        opened: (opened) => (socket = opened as { send(text: string): void }),
        ping: (received, payload) => {
          if (!received || payload?.['tokenExpiresAt'] === undefined) return;
          socket?.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${NEXT_TOKEN}` } }));
        },
        pong: (received, payload) => received && pongs.push(payload),
        closed: (event) => closings.push((event as { code: number }).code),
      },
    });
    const told: string[] = [];
    const finished = (async () => {
      for await (const { data } of client.iterate<{ operationStatusChanged: StatusChange }>({
        query: 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { reason to } }',
        variables: { refs: [REF] },
      })) {
        if (data == null) throw new Error('no data');
        told.push(`${data.operationStatusChanged.reason} ${data.operationStatusChanged.to}`);
        if (told.length === 1) {
          graph.endToken(TOKEN);
          put('inProgress');
        } else if (told.length === 2) put('succeeded');
      }
    })();
    await advanceUntil(clock, STEP_MS, finished);
    expect(told).toEqual(['SNAPSHOT NOT_STARTED', 'CHANGED RUNNING', 'CHANGED SUCCEEDED']);
    expect(closings).toEqual([]);
    expect(pongs).toEqual([{ authorization: 'accepted' }]);
    await client.dispose();
  });
});
