import { describe, expect, it } from '@jest/globals';
import { operationJson, sendJson } from '../graph/raw-graph.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';
import { closeAfterTest, codeIn, startTestGateway, type GraphQLAnswer, type TestGateway } from '../support/gateway.js';
import {
  ATTACKED_TOKEN,
  HONEST_TOKEN,
  startHostileGraph,
  type Attack,
  type HostileGraph,
} from '../support/hostile-graph.js';
import { answeringBatch, BATCHES, ITEM_BODIES } from './attacks-in-bodies.js';
import { ON_ANY_REQUEST, type Asking } from './attacks-on-requests.js';
import { FOREIGN_LINKS, linkTo } from './foreign-links.js';

/** For one HTTP request to Graph. */
const TIME_LIMIT_MS = 15_000;
const INTERVAL_MS = 31_000;
const GATHER_MS = 10;
/** Graph's pages that one query reads at the most. */
const MAX_PAGES = 10;

const FIELDS = `
  __typename id operationId location state terminal rawStatus createdDateTime lastActionDateTime
  error { code message }
  freshness { checkedAt ageSeconds nextCheckAt delayedBy }
  history { from to rawStatus observedAt lastActionDateTime }
  ... on TeamsAsyncOperation {
    operationType rawOperationType status attemptsCount targetResourceId targetResourceLocation
    steps { type reference index state rawStatus updateTimestamp }
  }
`;
const ITEM = `query ($team: OperationInHost!) { operation(ref: { team: $team }) { ${FIELDS} } }`;
const LIST = `query ($teamId: ID!, $after: String) {
  operations(host: { teamId: $teamId }, first: 100, after: $after) {
    edges { cursor node { ${FIELDS} } } pageInfo { hasNextPage endCursor }
  }
}`;
const BATCH = `query ($a: OperationInHost!, $b: OperationInHost!) {
  a: operation(ref: { team: $a }) { ${FIELDS} }
  b: operation(ref: { team: $b }) { ${FIELDS} }
}`;
const LISTED_TEAM = 'hostile-list';
const WATCHED = { hostId: 'hostile-watched', operationId: 'operation-0' };

interface Siege extends TestGateway {
  readonly clock: FakeClock;
  readonly graph: HostileGraph;
  /** What the attacked caller hears. */
  readonly ask: (asking: Asking) => Promise<GraphQLAnswer>;
  /** Somebody else asks for something that nobody asked for yet, and is served. */
  readonly serveOthers: () => Promise<void>;
  /** Nobody but Graph has heard of the gateway, and no word of it tells a token. */
  readonly seeThatNothingLeaked: (...answers: readonly GraphQLAnswer[]) => void;
}

/** An error that the gateway logs as its own fails the test: see test/support/gateway.ts. */
async function besiege(attack?: Attack): Promise<Siege> {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startHostileGraph(attack));
  const gateway = await startTestGateway({ graphUrl: graph.url.origin, clock, random: () => 0 });
  let others = 0;
  const ask = (asking: Asking): Promise<GraphQLAnswer> => {
    if (asking === 'list') return gateway.query(LIST, { teamId: LISTED_TEAM }, ATTACKED_TOKEN);
    const team = (hostId: string) => ({ hostId, operationId: 'operation-0' });
    return asking === 'item'
      ? gateway.query(ITEM, { team: team('hostile-item') }, ATTACKED_TOKEN)
      : gateway.query(BATCH, { a: team('hostile-a'), b: team('hostile-b') }, ATTACKED_TOKEN);
  };
  return {
    ...gateway,
    clock,
    graph,
    ask,
    async serveOthers() {
      const operationId = `honest-${++others}`;
      const served = await gateway.query(ITEM, { team: { hostId: 'honest-team', operationId } }, HONEST_TOKEN);
      expect(served).toMatchObject({ status: 200, data: { operation: { operationId, state: 'RUNNING' } }, errors: [] });
    },
    seeThatNothingLeaked(...answers) {
      expect(graph.stolen()).toBe(0);
      for (const { headers } of graph.received) expect(headers).not.toHaveProperty('cookie');
      const said = [...answers.map(({ text }) => text), JSON.stringify(gateway.log)].join('\n');
      for (const token of [ATTACKED_TOKEN, HONEST_TOKEN]) expect(said).not.toContain(token);
    },
  };
}

describe('a read fails, by itself and with a code, and nothing else does', () => {
  it.each(ON_ANY_REQUEST)('when Graph answers with $what', async ({ attack, code, asking, hangs, again }) => {
    const siege = await besiege(attack);
    await siege.graph.arrived(1); // the gateway's own, at its start
    for (const reading of asking ?? (['item', 'list', 'batch'] as const)) {
      const [received, attacked] = [siege.graph.received.length, siege.graph.attacked().length];

      const asked = siege.ask(reading);
      await siege.graph.arrived(received + 1);
      await siege.serveOthers();
      if (hangs === true) await siege.clock.advance(TIME_LIMIT_MS);
      const answer = await asked;

      expect(answer.status).toBe(200);
      expect([...new Set(answer.errors.map(({ extensions }) => extensions.code))]).toEqual([code]);
      expect(answer.text.length).toBeLessThan(20_000);
      expect(siege.graph.attacked().length - attacked).toBe(again === true ? 2 : 1);
      await siege.serveOthers();
      siege.seeThatNothingLeaked(answer);
    }
  });
});

describe('a running stream', () => {
  it.each(ON_ANY_REQUEST)('survives, or ends with a code, when Graph answers with $what', async ({ attack, hangs }) => {
    const siege = await besiege();
    const { clock, graph } = siege;
    const watching = await siege.watch({ refs: [{ team: WATCHED }] }, ATTACKED_TOKEN);
    const other = await siege.watch({ refs: [{ team: { ...WATCHED, hostId: 'honest-team' } }] }, HONEST_TOKEN);
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING' });
    expect(await other.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING' });

    graph.attack(attack);
    const before = graph.received.length;
    await clock.advance(INTERVAL_MS);
    await graph.arrived(before + 2); // one for each of the two
    if (hangs === true) await clock.advance(TIME_LIMIT_MS);
    await siege.serveOthers();

    for (const message of watching.unread()) expect(message.type).toMatch(/^(next|error|complete)$/);
    expect(other.unread()).toEqual([]);
    watching.leave();
    siege.seeThatNothingLeaked();
    expect(JSON.stringify(watching.unread())).not.toContain(ATTACKED_TOKEN);
  });
});

describe('a list', () => {
  it.each(FOREIGN_LINKS)('is not followed to %j', async (link) => {
    const siege = await besiege((response, request, places) => {
      const page = { value: [operationJson('listed')], '@odata.nextLink': linkTo(link, request.url, places) };
      sendJson(response, 200, page);
    });

    const answer = await siege.ask('list');

    expect(codeIn(answer)).toBe('UPSTREAM_MALFORMED');
    expect(siege.graph.attacked().map(({ url }) => url)).toEqual([`/v1.0/teams/${LISTED_TEAM}/operations`]);
    await siege.serveOthers();
    siege.seeThatNothingLeaked(answer);
  });

  it.each([7, true, {}, ['{list}?$skip=1'], ''])('is malformed when its link is %j', async (link) => {
    const siege = await besiege((response) => sendJson(response, 200, { value: [], '@odata.nextLink': link }));
    expect(codeIn(await siege.ask('list'))).toBe('UPSTREAM_MALFORMED');
    expect(siege.graph.attacked()).toHaveLength(1);
  });

  it.each<{ readonly what: string; readonly next: (url: string, nth: number) => string }>([
    { what: 'leads to itself', next: (url) => url },
    { what: 'leads in a circle', next: (url, nth) => `${url.split('?')[0] ?? ''}?$skip=${nth % 2}` },
    { what: 'has no end', next: (url, nth) => `${url.split('?')[0] ?? ''}?$skip=${nth}` },
    { what: 'gets longer and longer', next: (url, nth) => `${url}${url.includes('?') ? '&' : '?'}a=${nth}` },
  ])('that $what is read for ten pages at the most', async ({ next }) => {
    let page = 0;
    const siege = await besiege((response, { url }) => {
      page += 1;
      sendJson(response, 200, { value: [], '@odata.nextLink': next(url, page) });
    });

    const answer = await siege.ask('list');

    expect(answer).toMatchObject({
      status: 200,
      errors: [],
      data: { operations: { pageInfo: { hasNextPage: true } } },
    });
    expect(siege.graph.attacked().length).toBeLessThanOrEqual(MAX_PAGES);
    await siege.serveOthers();
    siege.seeThatNothingLeaked(answer);
  });

  it('that has no end is read for ten pages per interval while somebody watches it', async () => {
    let page = 0;
    const siege = await besiege((response, { url }) => {
      page += 1;
      const next = `${url.split('?')[0] ?? ''}?$skip=${page}`;
      sendJson(response, 200, { value: [operationJson(`operation-${page}`)], '@odata.nextLink': next });
    });
    const watching = await siege.watchHost({ host: { teamId: LISTED_TEAM } }, ATTACKED_TOKEN);
    await siege.clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT' });
    await siege.serveOthers();
    expect(siege.graph.attacked().length).toBeLessThanOrEqual(MAX_PAGES);
    siege.seeThatNothingLeaked();
  });

  it('with one operation a thousand times shows what Graph wrote, and watches it once', async () => {
    const siege = await besiege((response) =>
      sendJson(response, 200, { value: Array.from({ length: 1_000 }, () => operationJson('same')) }),
    );
    const answer = await siege.ask('list');
    expect(answer.errors).toEqual([]);
    const watching = await siege.watchHost({ host: { teamId: LISTED_TEAM } }, ATTACKED_TOKEN);
    await siege.clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT' });
    expect(siege.app.watches()).toBe(1);
    siege.seeThatNothingLeaked(answer);
  });

  it('tells of each entry that cannot be read, and of every other one as it is', async () => {
    const ids = [
      'a/b',
      '..',
      '.',
      '',
      'a\\b',
      'a?b',
      'a#b',
      '\u0000',
      'a\r\nb',
      '\ud800',
      '%2e%2e',
      'x'.repeat(600),
      '$count',
    ];
    const value = [...ids.map((id) => operationJson(id)), null, 7, [], operationJson('good'), { id: '__proto__' }];
    const siege = await besiege((response) => sendJson(response, 200, { value }));

    const answer = await siege.ask('list');

    const edges = (answer.data?.['operations'] as { edges: { node: { operationId: string } | null }[] }).edges;
    expect(edges.flatMap(({ node }) => node?.operationId ?? [])).toEqual(['good']);
    expect(answer.errors).toHaveLength(value.length - 1);
    for (const { extensions } of answer.errors) expect(extensions.code).toBe('UPSTREAM_MALFORMED');
    siege.seeThatNothingLeaked(answer);
  });
});

describe('an operation', () => {
  it.each(ITEM_BODIES)('of $what is told as what it is', async ({ body, code }) => {
    const siege = await besiege((response) => sendJson(response, 200, body));
    const answer = await siege.ask('item');
    if (code === null)
      expect(answer).toMatchObject({ errors: [], data: { operation: { operationId: 'operation-0' } } });
    else expect(codeIn(answer)).toBe(code);
    expect(Object.prototype).not.toHaveProperty('id');
    await siege.serveOthers();
    siege.seeThatNothingLeaked(answer);
  });

  it('has a target that is handed on as text and asked by nobody', async () => {
    const siege = await besiege((response, { url }, { thief }) => {
      const id = url.slice(url.lastIndexOf('/') + 1);
      sendJson(response, 200, operationJson(id, { targetResourceLocation: `http://${thief}/teams('x')` }));
    });
    const answer = await siege.ask('item');
    expect(answer.data).toMatchObject({
      operation: { targetResourceLocation: `http://${siege.graph.places.thief}/teams('x')` },
    });
    const watching = await siege.watch({ refs: [{ team: WATCHED }] }, ATTACKED_TOKEN);
    await siege.clock.advance(GATHER_MS);
    await watching.change();
    siege.seeThatNothingLeaked(answer);
  });
});

describe('a batch', () => {
  it.each(BATCHES)('that is answered with $what gives $operations operations', async ({ responses, operations }) => {
    const siege = await besiege(answeringBatch(responses));

    const answer = await siege.ask('batch');

    const found = Object.values(answer.data ?? {}).filter((operation) => operation !== null);
    expect(found).toHaveLength(operations);
    expect(answer.errors).toHaveLength(2 - operations);
    for (const { extensions } of answer.errors) expect(extensions.code).toMatch(/^UPSTREAM_/);
    await siege.serveOthers();
    siege.seeThatNothingLeaked(answer);
  });
});
