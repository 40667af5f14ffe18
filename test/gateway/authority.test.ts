import { describe, expect, it } from '@jest/globals';
import { startCountingGraph } from '../support/counting-graph.js';
import { createFakeClock } from '../support/fake-clock.js';
import {
  closeAfterTest,
  codeIn,
  ONE_OPERATION,
  operationIn,
  startTestGateway,
  TOKEN,
  type StatusChange,
} from '../support/gateway.js';

const OTHER = 'token-of-the-second-caller';
const GATHER_MS = 10;
const REF = { team: { hostId: 'sales', operationId: 'archiving' } };
const HOST = { teamId: 'sales' };
const WAIT =
  'query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 0) { id state history { to } } }';
const NODE = 'query ($id: ID!) { node(id: $id) { id } }';
const LIST = `query ($after: String) {
  operations(host: { teamId: "sales" }, first: 1, after: $after) { edges { node { id } } pageInfo { endCursor } }
}`;

/**
 * A gateway that knows an operation well, because its first caller watches it: there is a snapshot, a history, an id,
 * and cursors of every sort.
 */
async function startWatched() {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startCountingGraph({ pageSize: 1, now: () => clock.now() }));
  graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'notStarted' });
  graph.put({ host: 'team', hostId: 'sales', operationId: 'cloning', status: 'inProgress' });
  const gateway = await startTestGateway({ graphUrl: graph.url, clock });
  const watching = await gateway.watch({ refs: [REF] });
  await clock.advance(GATHER_MS);
  const first: StatusChange = await watching.change();
  const list = await gateway.query(LIST);
  const { pageInfo } = list.data?.['operations'] as { pageInfo: { endCursor: string } };
  const readsOf = (token: string) => graph.reads.filter((read) => read.token === token);
  return { clock, graph, gateway, watching, first, listCursor: pageInfo.endCursor, readsOf };
}

describe('a second caller', () => {
  it('reads with its own token before it is told anything, and then shares what is held', async () => {
    const { gateway, readsOf } = await startWatched();

    const answer = await gateway.query(ONE_OPERATION, { ref: REF }, OTHER);
    expect(operationIn(answer)).toMatchObject({ state: 'NOT_STARTED', history: [{ to: 'NOT_STARTED' }] });
    expect(answer.upstream).toEqual({ requests: 1, reads: 1, snapshots: 0 });
    expect(readsOf(OTHER).length).toBe(1);

    const again = await gateway.query(ONE_OPERATION, { ref: REF }, OTHER);
    expect(again.upstream).toEqual({ requests: 0, reads: 0, snapshots: 1 });
    expect(readsOf(OTHER).length).toBe(1);
  });

  it('hears its SNAPSHOT after a read of its own, and then the changes that the first one shares with it', async () => {
    const { clock, graph, gateway, watching, readsOf } = await startWatched();
    const second = await gateway.watch({ refs: [REF] }, OTHER);
    expect(second.unread()).toEqual([]);
    await clock.advance(GATHER_MS);
    expect(await second.change()).toMatchObject({ reason: 'SNAPSHOT', from: null, to: 'NOT_STARTED' });
    expect(readsOf(OTHER).length).toBe(1);

    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'succeeded' });
    const before = graph.requests.length;
    await clock.advance(31_000);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED' });
    expect(await second.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED' });
    await Promise.all([watching.completed(), second.completed()]);
    expect(graph.requests.length).toBe(before + 1);
  });
});

describe('a caller without a right', () => {
  it('gets FORBIDDEN and nothing else, whatever it knows of the operation', async () => {
    const { clock, graph, gateway, first, listCursor, readsOf } = await startWatched();
    graph.allow((token) => token !== OTHER);
    const { id } = first.operation;
    const interval = (): Promise<void> => clock.advance(31_000);
    /** That the answer holds nothing of what the gateway knows. */
    const expectForbidden = async (document: string, variables: object): Promise<void> => {
      const readsBefore = readsOf(OTHER).length;
      const answer = await gateway.query(document, variables, OTHER);
      expect(codeIn(answer)).toBe('FORBIDDEN');
      expect(answer.text).not.toMatch(/NOT_STARTED|archiving|cloning/);
      expect(readsOf(OTHER).length).toBeGreaterThan(readsBefore); // it was asked of Graph, and not decided here
    };

    await expectForbidden(ONE_OPERATION, { ref: REF });
    await interval();
    await gateway.logged('check', 4);
    await expectForbidden(ONE_OPERATION, { ref: { id } });
    await interval();
    await gateway.logged('check', 6);
    await expectForbidden(NODE, { id });
    await interval();
    await gateway.logged('check', 8);
    await expectForbidden(LIST, {});
    // A link to a further page is good for the caller that Graph gave it to, and for nobody else.
    const readsBefore = readsOf(OTHER).length;
    const answer = await gateway.query(LIST, { after: listCursor }, OTHER);
    expect(codeIn(answer)).toBe('BAD_USER_INPUT');
    expect(answer.text).not.toMatch(/NOT_STARTED|archiving|cloning/);
    expect(readsOf(OTHER)).toHaveLength(readsBefore);
  });

  it.each([
    { what: 'a subscription', after: false },
    { what: "a subscription with another caller's cursor", after: true },
  ])('ends in FORBIDDEN without an event: $what', async ({ after }) => {
    const { clock, graph, gateway, watching, first } = await startWatched();
    graph.allow((token) => token !== OTHER);
    const stranger = await gateway.watch({ refs: [REF], after: after ? first.cursor : null }, OTHER);
    await clock.advance(GATHER_MS);
    expect(await stranger.errors()).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await stranger.completed();

    // Nobody else's stream is disturbed.
    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'succeeded' });
    await clock.advance(31_000);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED' });
  });

  it('ends in FORBIDDEN without an event: the stream of a host that others watch', async () => {
    const { clock, graph, gateway } = await startWatched();
    const member = await gateway.watchHost({ host: HOST });
    await clock.advance(31_000);
    const told = [await member.change(), await member.change()];
    expect(told.map(({ operation }) => operation.operationId).sort()).toEqual(['archiving', 'cloning']);
    graph.allow((token) => token !== OTHER);
    const stranger = await gateway.watchHost({ host: HOST, after: told[0]?.cursor ?? null }, OTHER);
    await clock.advance(GATHER_MS);
    expect(await stranger.errors()).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  it.each([0, 60])('waits for nothing, in %i seconds', async (seconds) => {
    const { clock, graph, gateway, readsOf } = await startWatched();
    graph.allow((token) => token !== OTHER);
    const waiting = gateway.query(WAIT, { ref: REF, seconds }, OTHER);
    while (readsOf(OTHER).length === 0) await clock.advance(GATHER_MS); // until its own first read is due
    const answer = await waiting;
    expect(codeIn(answer)).toBe('FORBIDDEN');
    expect(answer.text).not.toMatch(/NOT_STARTED|archiving/);
    expect(readsOf(OTHER).length).toBe(1);
  });

  it('hears no further event once the right is lost, and nobody else is disturbed', async () => {
    const { clock, graph, gateway, watching } = await startWatched();
    const second = await gateway.watch({ refs: [REF] }, OTHER);
    await clock.advance(GATHER_MS);
    expect(await second.change()).toMatchObject({ reason: 'SNAPSHOT' });
    graph.allow((token) => token !== OTHER);

    // The tokens of those who watch take turns: the first check is the other's, the next one finds out.
    await clock.advance(31_000);
    await graph.until(() => graph.requests.length === 4);
    await gateway.logged('check', 4);
    await clock.advance(31_000);
    await graph.until(() => graph.requests.length === 6); // and the check that all share is made with another token
    await gateway.logged('check', 6);
    expect(await second.errors()).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    await second.completed();
    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'succeeded' });
    await clock.advance(31_000);
    expect(await watching.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED' });
    expect(second.unread()).toEqual([]);
  });
});

describe('a caller without a token', () => {
  it('is UNAUTHENTICATED over HTTP, and Graph is not asked', async () => {
    const { graph, gateway } = await startWatched();
    const before = graph.requests.length;
    const answer = await gateway.query(ONE_OPERATION, { ref: REF }, null);
    expect(answer).toMatchObject({ data: { operation: null } });
    expect(codeIn(answer)).toBe('UNAUTHENTICATED');
    expect(graph.requests.length).toBe(before);
  });

  it.each([
    { what: 'nothing', payload: undefined },
    { what: 'something that is no bearer token', payload: { authorization: 'Basic dXNlcjpwYXNz' } },
    { what: 'something that is no text', payload: { authorization: 7 } },
  ])('is closed with 4401 when connection_init says $what', async ({ payload }) => {
    const { graph, gateway } = await startWatched();
    const before = graph.requests.length;
    const socket = await gateway.open();
    socket.send({ type: 'connection_init', ...(payload !== undefined && { payload }) });
    expect(await socket.closed).toMatchObject({ code: 4401 });
    expect(socket.unread()).toEqual([]);
    expect(graph.requests.length).toBe(before);
  });

  it('is closed with 4401 when it subscribes before it was acknowledged', async () => {
    const { gateway } = await startWatched();
    const socket = await gateway.open();
    socket.send({ type: 'subscribe', id: '1', payload: { query: 'query { __typename }' } });
    expect(await socket.closed).toMatchObject({ code: 4401 });
  });

  it('may have said who it is in the header of the upgrade', async () => {
    const { gateway } = await startWatched();
    const socket = await gateway.open({ authorization: `Bearer ${TOKEN}` });
    socket.send({ type: 'connection_init' });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
  });
});
