import { describe, expect, it } from '@jest/globals';
import { startCountingGraph, type CountedOperation } from '../support/counting-graph.js';
import {
  closeAfterTest,
  ONE_OPERATION,
  operationIn,
  startSandboxGateway,
  startTestGateway,
  TOKEN,
} from '../support/gateway.js';

type Ref = Pick<CountedOperation, 'host' | 'hostId' | 'operationId'>;

/** A gateway on a Graph that has these operations. */
async function start(refs: readonly Ref[]) {
  const graph = closeAfterTest(await startCountingGraph());
  for (const ref of refs) graph.put({ ...ref, status: 'inProgress' });
  return { graph, ...(await startTestGateway({ graphUrl: graph.url })) };
}

/** One document that asks for each of them under a name of its own. */
function aliased(refs: readonly object[]): { readonly document: string; readonly variables: object } {
  const declared = refs.map((_, at) => `$r${at}: OperationRef!`).join(', ');
  const fields = refs.map((_, at) => `o${at}: operation(ref: $r${at}) { operationId state }`).join(' ');
  return {
    document: `query (${declared}) { ${fields} }`,
    variables: Object.fromEntries(refs.map((ref, at) => [`r${at}`, ref])),
  };
}

function inputOf({ host, hostId, operationId }: Ref): object {
  return { [host]: { hostId, operationId } };
}

function fifty(hostIdOf: (at: number) => string): Ref[] {
  return Array.from({ length: 50 }, (_, at) => ({
    host: 'team',
    hostId: hostIdOf(at),
    operationId: `operation-${at}`,
  }));
}

describe('operations that one document asks for', () => {
  it.each<{ readonly what: string; readonly refs: readonly Ref[]; readonly requests: number; readonly reads: number }>([
    { what: 'fifty of one team', refs: fifty(() => 'sales'), requests: 1, reads: 1 },
    { what: 'fifty of fifty teams', refs: fifty((at) => `team-${at}`), requests: 3, reads: 50 },
    {
      // v1.0: a list of `many` and a single read of `one`, in one batch; beta: a list, as of every chat.
      what: 'five of one team, one of another and three of a chat',
      refs: [
        ...fifty(() => 'many').slice(0, 5),
        { host: 'team', hostId: 'one', operationId: 'alone' },
        ...['a', 'b', 'c'].map((operationId): Ref => ({ host: 'chat', hostId: '19:talk@thread.v2', operationId })),
      ],
      requests: 2,
      reads: 3,
    },
    {
      what: 'one of a chat, which Graph may be behind with when it is read alone',
      refs: [{ host: 'chat', hostId: '19:talk@thread.v2', operationId: 'only' }],
      requests: 1,
      reads: 1,
    },
  ])('cost the fewest reads: $what', async ({ refs, requests, reads }) => {
    const { graph, query } = await start(refs);
    const { document, variables } = aliased(refs.map(inputOf));

    const first = await query(document, variables);
    expect(first.errors).toEqual([]);
    expect(Object.values(first.data ?? {})).toEqual(refs.map(({ operationId }) => ({ operationId, state: 'RUNNING' })));
    expect(first.upstream).toEqual({ requests, reads, snapshots: 0 });
    expect(graph.requests.length).toBe(requests);
    expect(graph.requests.flatMap(({ asked }) => asked).length).toBe(reads);

    const again = await query(document, variables);
    expect(again.data).toEqual(first.data);
    expect(again.upstream).toEqual({ requests: 0, reads: 0, snapshots: refs.length });
    expect(graph.requests.length).toBe(requests);
  });

  it('are read once when it asks for one of them several times, however it is written', async () => {
    const ref: Ref = { host: 'team', hostId: 'sales', operationId: 'archiving' };
    const { graph, query } = await start([ref]);
    const path = '/v1.0/teams/sales/operations/archiving';
    const { id } = operationIn(await query(ONE_OPERATION, { ref: inputOf(ref) }, 'another-token'));

    const { document, variables } = aliased([
      inputOf(ref),
      inputOf(ref),
      { location: path },
      { location: "/teams('sales')/operations('archiving')" },
      { location: `Location: ${graph.url}${path}` },
      { id },
    ]);
    const { data, upstream } = await query(document, variables);
    expect(Object.values(data ?? {})).toEqual(Array(6).fill({ operationId: 'archiving', state: 'RUNNING' }));
    expect(upstream).toEqual({ requests: 1, reads: 1, snapshots: 0 });
  });

  it('share the reads of other clients who ask at the same time', async () => {
    const refs = fifty((at) => `team-${at % 5}`);
    const { graph, query } = await start(refs);
    const { document, variables } = aliased(refs.map(inputOf));

    const release = graph.hold();
    const asking = Array.from({ length: 20 }, () => query(document, variables));
    await graph.until(() => graph.requests.length >= 1);
    release();
    for (const { data } of await Promise.all(asking)) expect(Object.keys(data ?? {}).length).toBe(50);
    expect(graph.requests.flatMap(({ asked }) => asked).length).toBe(5);
  });
});

describe('nodes', () => {
  it('fail one by one: each error stands at its own place, and what Graph does not know is null', async () => {
    const { sandbox, query } = await startSandboxGateway();
    const open = sandbox.begin();
    const stranger = sandbox.addToken('token-of-a-stranger');
    const closed = sandbox.begin({ hostId: sandbox.addTeam({ members: [stranger.id] }) });
    const gone = sandbox.begin();
    const idOf = async (location: string, token: string): Promise<string> =>
      operationIn(await query(ONE_OPERATION, { ref: { location } }, token)).id;
    const ids = [await idOf(open.path, TOKEN), await idOf(closed.path, 'token-of-a-stranger')];
    const unknown = Buffer.from(ids[0] ?? '', 'base64url')
      .toString()
      .replace(open.operationId, gone.hostId);

    const { data, errors } = await query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [...ids, 'not-an-id', Buffer.from(unknown).toString('base64url')],
    });
    expect(data).toEqual({ nodes: [{ id: ids[0] }, null, null, null] });
    expect(errors.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['nodes', 1], 'FORBIDDEN'],
      [['nodes', 2], 'BAD_USER_INPUT'],
    ]);
  });

  it('are null where Graph knows no such operation', async () => {
    const { sandbox, query } = await startSandboxGateway();
    const hostId = sandbox.addTeam();
    const ref = { team: { hostId, operationId: 'never-begun' } };
    const answer = await query(ONE_OPERATION, { ref });
    expect(answer).toMatchObject({ status: 200, data: { operation: null }, errors: [] });
  });
});
