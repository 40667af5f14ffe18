import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { operationJson, sendJson } from '../graph/raw-graph.js';
import { codeIn, startForAll } from '../support/gateway.js';
import { answeringBatch, BATCHES, ITEM_BODIES } from './attacks-in-bodies.js';
import { ON_ANY_REQUEST } from './attacks-on-requests.js';
import { FOREIGN_LINKS, linkTo } from './foreign-links.js';
import { besiege, type Siege } from './siege.js';

/** For one HTTP request to Graph. */
const TIME_LIMIT_MS = 15_000;
const INTERVAL_MS = 31_000;
const GATHER_MS = 10;
/** Graph's pages that one query reads at the most. */
const MAX_PAGES = 10;

let siege: Siege;
beforeAll(async () => {
  siege = await startForAll(besiege);
});
/** Whatever befell those who watched: a while after they are gone, nothing is watched for them. */
afterEach(async () => {
  while (siege.gateway.app.watches() > 0) await siege.clock.advance(1_000);
});

describe('a read fails, by itself and with a code, and nothing else does', () => {
  it.each(ON_ANY_REQUEST)('when Graph answers with $what', async ({ attack, code, asking, hangs, again }) => {
    const assault = siege.begin(attack);
    for (const reading of asking ?? (['item', 'list', 'batch'] as const)) {
      const [received, attacked] = [assault.received(), assault.attacked().length];

      const asked = assault.ask(reading);
      await assault.arrived(received + 1);
      await assault.serveOthers();
      if (hangs === true) await siege.clock.advance(TIME_LIMIT_MS);
      const answer = await asked;

      expect(answer.status).toBe(200);
      expect([...new Set(answer.errors.map(({ extensions }) => extensions.code))]).toEqual([code]);
      expect(answer.text.length).toBeLessThan(20_000);
      expect(assault.attacked().length - attacked).toBe(again === true ? 2 : 1);
      assault.seeThatNothingLeaked(answer);
    }
    await assault.serveOthers();
  });
});

describe('a running stream', () => {
  it.each(ON_ANY_REQUEST)('survives, or ends with a code, when Graph answers with $what', async ({ attack, hangs }) => {
    const { clock } = siege;
    const assault = siege.begin();
    const watching = await assault.watch();
    const other = await assault.watchAsAnother();
    await clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING' });
    expect(await other.change()).toMatchObject({ reason: 'SNAPSHOT', to: 'RUNNING' });

    assault.attack(attack);
    const before = assault.received();
    await clock.advance(INTERVAL_MS);
    await assault.arrived(before + 2); // one for each of the two
    if (hangs === true) await clock.advance(TIME_LIMIT_MS);
    await assault.serveOthers();

    for (const message of watching.unread()) expect(message.type).toMatch(/^(next|error|complete)$/);
    expect(other.unread()).toEqual([]);
    watching.leave();
    assault.seeThatNothingLeaked();
    expect(JSON.stringify(watching.unread())).not.toContain(assault.token);
  });
});

describe('a list', () => {
  it.each(FOREIGN_LINKS)('is not followed to %j', async (link) => {
    const assault = siege.begin((response, request, places) => {
      const page = { value: [operationJson('listed')], '@odata.nextLink': linkTo(link, request.url, places) };
      sendJson(response, 200, page);
    });

    const answer = await assault.ask('list');

    expect(codeIn(answer)).toBe('UPSTREAM_MALFORMED');
    expect(assault.attacked().map(({ url }) => url)).toEqual([`/v1.0/teams/${assault.listedTeam}/operations`]);
    await assault.serveOthers();
    assault.seeThatNothingLeaked(answer);
  });

  it.each([7, true, {}, ['{list}?$skip=1'], ''])('is malformed when its link is %j', async (link) => {
    const assault = siege.begin((response) => sendJson(response, 200, { value: [], '@odata.nextLink': link }));
    expect(codeIn(await assault.ask('list'))).toBe('UPSTREAM_MALFORMED');
    expect(assault.attacked()).toHaveLength(1);
  });

  it.each<{ readonly what: string; readonly next: (url: string, nth: number) => string }>([
    { what: 'leads to itself', next: (url) => url },
    { what: 'leads in a circle', next: (url, nth) => `${url.split('?')[0] ?? ''}?$skip=${nth % 2}` },
    { what: 'has no end', next: (url, nth) => `${url.split('?')[0] ?? ''}?$skip=${nth}` },
    { what: 'gets longer and longer', next: (url, nth) => `${url}${url.includes('?') ? '&' : '?'}a=${nth}` },
  ])('that $what is read for ten pages at the most', async ({ next }) => {
    let page = 0;
    const assault = siege.begin((response, { url }) => {
      page += 1;
      sendJson(response, 200, { value: [], '@odata.nextLink': next(url, page) });
    });

    const answer = await assault.ask('list');

    expect(answer).toMatchObject({
      status: 200,
      errors: [],
      data: { operations: { pageInfo: { hasNextPage: true } } },
    });
    expect(assault.attacked().length).toBeLessThanOrEqual(MAX_PAGES);
    await assault.serveOthers();
    assault.seeThatNothingLeaked(answer);
  });

  it('that has no end is read for ten pages per interval while somebody watches it', async () => {
    let page = 0;
    const assault = siege.begin((response, { url }) => {
      page += 1;
      const next = `${url.split('?')[0] ?? ''}?$skip=${page}`;
      sendJson(response, 200, { value: [operationJson(`operation-${page}`)], '@odata.nextLink': next });
    });
    const watching = await assault.watchList();
    await siege.clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT' });
    await assault.serveOthers();
    expect(assault.attacked().length).toBeLessThanOrEqual(MAX_PAGES);
    assault.seeThatNothingLeaked();
  });

  it('with one operation a thousand times shows what Graph wrote, and watches it once', async () => {
    const assault = siege.begin((response) =>
      sendJson(response, 200, { value: Array.from({ length: 1_000 }, () => operationJson('same')) }),
    );
    const answer = await assault.ask('list');
    expect(answer.errors).toEqual([]);
    const watching = await assault.watchList();
    await siege.clock.advance(GATHER_MS);
    expect(await watching.change()).toMatchObject({ reason: 'SNAPSHOT' });
    expect(siege.gateway.app.watches()).toBe(1);
    assault.seeThatNothingLeaked(answer);
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
    const assault = siege.begin((response) => sendJson(response, 200, { value }));

    const answer = await assault.ask('list');

    const edges = (answer.data?.['operations'] as { edges: { node: { operationId: string } | null }[] }).edges;
    expect(edges.flatMap(({ node }) => node?.operationId ?? [])).toEqual(['good']);
    expect(answer.errors).toHaveLength(value.length - 1);
    for (const { extensions } of answer.errors) expect(extensions.code).toBe('UPSTREAM_MALFORMED');
    assault.seeThatNothingLeaked(answer);
  });
});

describe('an operation', () => {
  it.each(ITEM_BODIES)('of $what is told as what it is', async ({ body, code }) => {
    const assault = siege.begin((response) => sendJson(response, 200, body));
    const answer = await assault.ask('item');
    if (code === null)
      expect(answer).toMatchObject({ errors: [], data: { operation: { operationId: 'operation-0' } } });
    else expect(codeIn(answer)).toBe(code);
    expect(Object.prototype).not.toHaveProperty('id');
    await assault.serveOthers();
    assault.seeThatNothingLeaked(answer);
  });

  it('has a target that is handed on as text and asked by nobody', async () => {
    const assault = siege.begin((response, { url }, { thief }) => {
      const id = url.slice(url.lastIndexOf('/') + 1);
      sendJson(response, 200, operationJson(id, { targetResourceLocation: `http://${thief}/teams('x')` }));
    });
    const answer = await assault.ask('item');
    expect(answer.data).toMatchObject({
      operation: { targetResourceLocation: `http://${assault.places.thief}/teams('x')` },
    });
    const watching = await assault.watch();
    await siege.clock.advance(GATHER_MS);
    await watching.change();
    assault.seeThatNothingLeaked(answer);
  });
});

describe('a batch', () => {
  it.each(BATCHES)('that is answered with $what gives $operations operations', async ({ responses, operations }) => {
    const assault = siege.begin(answeringBatch(responses));

    const answer = await assault.ask('batch');

    const found = Object.values(answer.data ?? {}).filter((operation) => operation !== null);
    expect(found).toHaveLength(operations);
    expect(answer.errors).toHaveLength(2 - operations);
    for (const { extensions } of answer.errors) expect(extensions.code).toMatch(/^UPSTREAM_/);
    await assault.serveOthers();
    assault.seeThatNothingLeaked(answer);
  });
});
