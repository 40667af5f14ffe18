import { describe, expect, it } from '@jest/globals';
import { startCountingGraph } from '../support/counting-graph.js';
import {
  closeAfterTest,
  codeIn,
  startSandboxGateway,
  startTestGateway,
  type GraphQLAnswer,
} from '../support/gateway.js';

const LIST = `query ($host: OperationHost!, $first: Int, $after: String, $filter: OperationFilter, $orderBy: OperationOrder) {
  operations(host: $host, first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { operationId } }
    pageInfo { hasNextPage endCursor }
  }
}`;

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly operationId: string } }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

function pageIn({ data, text }: GraphQLAnswer): Page {
  const page = data?.['operations'];
  if (page == null) throw new Error(`No page: ${text}`);
  return page as Page;
}

function idsIn(answer: GraphQLAnswer): string[] {
  return pageIn(answer).edges.map(({ node }) => node.operationId);
}

/** 45 operations of one team, seven to a page of Graph's. */
async function startLongList() {
  const graph = closeAfterTest(await startCountingGraph({ pageSize: 7 }));
  const operationIds = Array.from({ length: 45 }, (_, at) => `operation-${at}`);
  for (const operationId of operationIds)
    graph.put({ host: 'team', hostId: 'sales', operationId, status: 'inProgress' });
  graph.put({ host: 'team', hostId: 'support', operationId: 'theirs', status: 'inProgress' });
  return { graph, operationIds, ...(await startTestGateway({ graphUrl: graph.url })) };
}

describe('a list', () => {
  it("is paged through over Graph's own links: everything once, in Graph's order", async () => {
    const { graph, operationIds, query } = await startLongList();
    const seen: string[] = [];
    const sizes: number[] = [];
    let after: string | null = null;
    do {
      const answer: GraphQLAnswer = await query(LIST, { host: { teamId: 'sales' }, first: 10, after });
      const { pageInfo } = pageIn(answer);
      const ids = idsIn(answer);
      seen.push(...ids);
      sizes.push(ids.length);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);

    expect(seen).toEqual(operationIds);
    expect(sizes).toEqual([10, 10, 10, 10, 5]);
    expect(graph.requests.map(({ path }) => path)).toEqual(
      [0, 7, 14, 21, 28, 35, 42].map((skip) => `/v1.0/teams/sales/operations${skip === 0 ? '' : `?$skip=${skip}`}`),
    );
  });

  it('goes on behind the cursor of any of its edges', async () => {
    const { operationIds, query } = await startLongList();
    const first = pageIn(await query(LIST, { host: { teamId: 'sales' }, first: 12 }));
    const after = first.edges[8]?.cursor;
    expect(idsIn(await query(LIST, { host: { teamId: 'sales' }, first: 4, after }))).toEqual(operationIds.slice(9, 13));
  });

  it('is filtered and sorted, also where Graph cannot', async () => {
    const { sandbox, query } = await startSandboxGateway({ sandbox: { pageSize: 2 } });
    const hostId = sandbox.addTeam();
    const now = Date.now();
    const lives = [{ stalls: true }, { startsAfterMs: 0, succeedsAfterMs: 1_000 }] as const;
    const types = ['archiveTeam', 'unarchiveTeam', 'cloneTeam'];
    const begun = Array.from({ length: 6 }, (_, at) =>
      sandbox.begin({
        hostId,
        operationType: types[at % 3] ?? '',
        life: lives[at % 2] ?? lives[0],
        // Not in the order in which they are listed.
        createdAt: now - 60_000 * ((at * 5) % 7) - 60_000,
      }),
    ).map(({ operationId }) => operationId);
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = begun;
    const ask = async (variables: object): Promise<string[]> =>
      idsIn(await query(LIST, { host: { teamId: hostId }, ...variables }));

    expect(await ask({})).toEqual([f, e, d, c, b, a]);
    expect(await ask({ filter: { state: ['SUCCEEDED'] } })).toEqual([f, d, b]);
    expect(await ask({ filter: { operationType: ['CLONE_TEAM'], state: ['RUNNING'] } })).toEqual([c]);
    // Minutes before now: a 1, b 6, c 4, d 2, e 7, f 5.
    const byAge = [e, b, f, c, d, a];
    expect(await ask({ orderBy: { field: 'CREATED_DATE_TIME' } })).toEqual(byAge);
    expect(await ask({ orderBy: { field: 'CREATED_DATE_TIME', direction: 'DESC' } })).toEqual([...byAge].reverse());
    const from = new Date(now - 60_000 * 4.5).toISOString();
    expect(await ask({ filter: { createdDateTime: { from } } })).toEqual([d, c, a]);

    const orderBy = { field: 'CREATED_DATE_TIME', direction: 'ASC' };
    const { pageInfo } = pageIn(await query(LIST, { host: { teamId: hostId }, first: 4, orderBy }));
    expect(await ask({ orderBy, after: pageInfo.endCursor })).toEqual([d, a]);
  });
});

describe('a cursor', () => {
  /** What a client could make of one, since it is only encoded. */
  const rewritten = (cursor: string, from: string, to: string): string => {
    const text = Buffer.from(cursor, 'base64url').toString();
    if (!text.includes(from)) throw new Error(`The cursor does not hold ${from}: ${text}`);
    return Buffer.from(text.replaceAll(from, to)).toString('base64url');
  };

  it.each<{ readonly what: string; readonly make: (cursor: string, foreign: string) => string }>([
    { what: 'that is garbage', make: () => 'garbage' },
    { what: 'that is empty', make: () => '' },
    { what: 'that is half of one', make: (cursor) => cursor.slice(0, cursor.length / 2) },
    { what: 'of another host', make: (cursor) => rewritten(cursor, 'sales', 'support') },
    { what: 'with a link to another server', make: (cursor, foreign) => rewritten(cursor, '/v1.0', `${foreign}/v1.0`) },
    {
      what: 'with a link to another server in short',
      make: (cursor) => rewritten(cursor, '/v1.0', '//evil.example/v1.0'),
    },
    {
      what: 'with a link to something else of the host',
      make: (cursor) => rewritten(cursor, 'operations?', 'members?'),
    },
    {
      what: 'with a link that Graph never gave',
      make: (cursor) => rewritten(cursor, 'operations?', 'operations?x=1&'),
    },
    { what: 'with a link that climbs', make: (cursor) => rewritten(cursor, 'operations?', '../support/operations?') },
  ])('$what is BAD_USER_INPUT, and nothing is asked of anybody', async ({ make }) => {
    const { graph, query } = await startLongList();
    const foreign = closeAfterTest(await startCountingGraph());
    const { pageInfo } = pageIn(await query(LIST, { host: { teamId: 'sales' }, first: 10 }));
    const before = graph.requests.length;

    const after = make(pageInfo.endCursor ?? '', foreign.url);
    expect(codeIn(await query(LIST, { host: { teamId: 'sales' }, after }))).toBe('BAD_USER_INPUT');
    expect(graph.requests.length).toBe(before);
    expect(foreign.requests).toEqual([]);
  });

  it('of one host is not one of another', async () => {
    const { graph, query } = await startLongList();
    const { pageInfo } = pageIn(await query(LIST, { host: { teamId: 'sales' }, first: 10 }));
    const before = graph.requests.length;
    const answer = await query(LIST, { host: { teamId: 'support' }, after: pageInfo.endCursor });
    expect(codeIn(answer)).toBe('BAD_USER_INPUT');
    expect(graph.requests.length).toBe(before);
  });

  it('of one order is not one of another', async () => {
    const { query } = await startLongList();
    const list = (orderBy: object | null, after: string | null) =>
      query(LIST, { host: { teamId: 'sales' }, first: 10, orderBy, after });
    const orders = [null, { field: 'CREATED_DATE_TIME' }, { field: 'CREATED_DATE_TIME', direction: 'DESC' }];
    for (const order of orders) {
      const { pageInfo } = pageIn(await list(order, null));
      for (const other of orders) {
        const answer = await list(other, pageInfo.endCursor);
        if (other === order) expect(pageIn(answer).edges.length).toBeGreaterThan(0);
        else expect(codeIn(answer)).toBe('BAD_USER_INPUT');
      }
    }
  });
});
