import { describe, expect, it } from '@jest/globals';
import { silentLog } from '../../src/lib/log.js';
import { GraphError } from '../../src/operation/failure.js';
import { type Caller, type Scope } from '../../src/operation/scope.js';
import { type Reader } from '../../src/poll/ports.js';
import { always, byPart, operationJson, partsOf, sendJson, type Answering, type PartRequest } from './raw-graph.js';
import { caller, kindOf, pageOfTeam, readOfChat, readOfTeam, readsOfTeams, reasonOf, startReader } from './readers.js';

/** The operation that the last segment of a part's url names. */
function operationOf({ url }: PartRequest): Record<string, unknown> {
  return operationJson(url.split('/').at(-1) ?? '');
}

const allThere = byPart((part) => ({ status: 200, body: operationOf(part) }));

/** Answers lone reads too. */
const anythingThere: Answering = (response, request) => {
  if (request.method === 'POST') allThere(response, request);
  else sendJson(response, 200, operationJson(request.url.split('/').at(-1) ?? ''));
};

function idsOf(outcomes: readonly unknown[]): unknown[] {
  return outcomes.map((outcome) => (outcome as { operationId?: string }).operationId ?? reasonOf(outcome));
}

describe('a reader', () => {
  it('has the shape that polling asks for', async () => {
    const { reader } = await startReader(anythingThere);
    const asPollingSeesIt: Reader = reader;

    expect(await asPollingSeesIt.read(caller, [])).toEqual({ outcomes: [], answers: [], requests: 0, reads: 0 });
  });

  it('asks for one read with one GET, and for more with one batch', async () => {
    const { graph, reader } = await startReader(anythingThere);
    const alone = await reader.read(caller, readsOfTeams(1));
    const together = await reader.read(caller, readsOfTeams(2));

    expect(graph.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1.0/teams/team-1/operations/op-1',
      'POST /v1.0/$batch',
    ]);
    expect([idsOf(alone.outcomes), idsOf(together.outcomes)]).toEqual([['op-1'], ['op-1', 'op-2']]);
    expect([alone.requests, alone.reads, together.requests, together.reads]).toEqual([1, 1, 1, 2]);
  });

  it('asks for 45 reads with three posts of at most twenty, at one time', async () => {
    const held: (() => void)[] = [];
    const { graph, reader } = await startReader((response, request) => {
      held.push(() => allThere(response, request));
    });
    const answer = reader.read(caller, readsOfTeams(45));
    await graph.arrived(3); // none of them answered so far
    for (const release of held.reverse()) release();

    expect(await answer).toMatchObject({ requests: 3, reads: 45 });
    expect(idsOf((await answer).outcomes)).toEqual(Array.from({ length: 45 }, (_, at) => `op-${at + 1}`));
    expect(graph.received.map((post) => partsOf(post).length).sort()).toEqual([20, 20, 5]);
    for (const post of graph.received) {
      const ids = partsOf(post).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('keeps the versions of Graph apart', async () => {
    const { graph, outcomesOf } = await startReader(allThere);
    const outcomes = await outcomesOf(
      readOfChat('19:a@thread.v2', 'c1'),
      readOfTeam('a', 't1'),
      readOfChat('19:b@thread.v2', 'c2'),
      readOfTeam('b', 't2'),
    );

    expect(idsOf(outcomes)).toEqual(['c1', 't1', 'c2', 't2']);
    const urls = Object.fromEntries(graph.received.map((post) => [post.url, partsOf(post).map(({ url }) => url)]));
    expect(urls).toEqual({
      '/v1.0/$batch': ['/teams/a/operations/t1', '/teams/b/operations/t2'],
      '/beta/$batch': ['/chats/19%3Aa%40thread.v2/operations/c1', '/chats/19%3Ab%40thread.v2/operations/c2'],
    });
  });

  it('gives each read its own answer when Graph shuffles them', async () => {
    const { outcomesOf } = await startReader(
      byPart(
        (part) => ({ status: 200, body: operationOf(part) }),
        (parts) => parts.reverse(),
      ),
    );

    expect(idsOf(await outcomesOf(...readsOfTeams(3)))).toEqual(['op-1', 'op-2', 'op-3']);
  });

  it('lets a part fail alone', async () => {
    const answers = [
      { status: 200, body: operationJson('op-1') },
      { status: 429, headers: { 'retry-after': '2.128' }, body: { error: { code: 'TooManyRequests' } } },
      { status: 403, headers: { 'WWW-Authenticate': 'Bearer claims="abc"' }, body: { error: { code: '' } } },
      undefined,
      { status: 200 },
      { status: 200, body: operationJson('another') },
      { status: 404, body: { error: { code: 'NotFound' } } },
      { status: 424 },
    ];
    const { reader } = await startReader(byPart((_, at) => answers[at]));
    const { outcomes, requests, reads } = await reader.read(caller, readsOfTeams(8));

    expect(outcomes.map(reasonOf)).toEqual([
      expect.objectContaining({ operationId: 'op-1' }),
      { kind: 'throttled', retryAfterMs: 2_128 },
      { kind: 'forbidden', claims: 'abc' },
      { kind: 'unavailable' },
      { kind: 'malformed', detail: 'body should be an object and is missing' },
      { kind: 'malformed', detail: 'id is not the id that was asked for' },
      { kind: 'notFound' },
      { kind: 'throttled', retryAfterMs: 2_128 },
    ]);
    expect([requests, reads]).toEqual([1, 8]);
  });

  it.each([
    { status: 400, body: { error: { code: 'BadRequest' } }, reason: { kind: 'refused' } },
    { status: 401, body: {}, reason: { kind: 'unauthenticated' } },
    { status: 504, body: {}, reason: { kind: 'unavailable' } },
    { status: 200, body: { responses: 'none' }, reason: { kind: 'malformed', detail: expect.anything() } },
    { status: 200, body: [], reason: { kind: 'malformed', detail: expect.anything() } },
  ])('takes the failure of a batch for that of each part: $status $body', async ({ status, body, reason }) => {
    const { outcomesOf } = await startReader(always(status, body));

    expect((await outcomesOf(...readsOfTeams(2))).map(reasonOf)).toEqual([reason, reason]);
  });

  it('reads a page of a list, and the next one where it is', async () => {
    const { graph, outcomesOf } = await startReader((response, { url, headers }) => {
      const next = `http://${headers.host ?? ''}/v1.0/teams/a/operations?$skiptoken=2`;
      sendJson(response, 200, {
        value: [operationJson(url.includes('skiptoken') ? 'two' : 'one')],
        ...(!url.includes('skiptoken') && { '@odata.nextLink': next }),
      });
    });
    const nextLink = '/v1.0/teams/a/operations?$skiptoken=2';

    expect(await outcomesOf(pageOfTeam('a'))).toMatchObject([{ operations: [{ operationId: 'one' }], nextLink }]);
    expect(await outcomesOf(pageOfTeam('a', nextLink))).toMatchObject([
      { operations: [{ operationId: 'two' }], nextLink: null },
    ]);
    expect(graph.received.map(({ url }) => url)).toEqual(['/v1.0/teams/a/operations', nextLink]);
  });

  it('reads pages in a batch as well', async () => {
    const { graph, outcomesOf } = await startReader(
      byPart((part) => ({ status: 200, body: part.url.endsWith('/op') ? operationJson('op') : { value: [] } })),
    );

    expect(await outcomesOf(pageOfTeam('a', '/v1.0/teams/a/operations?$skip=1'), readOfTeam('b'))).toMatchObject([
      { operations: [], nextLink: null },
      { operationId: 'op' },
    ]);
    expect(graph.received.flatMap(partsOf).map(({ url }) => url)).toEqual([
      '/teams/a/operations?$skip=1',
      '/teams/b/operations/op',
    ]);
  });

  it('refuses a page that leads to a foreign host', async () => {
    const page = { value: [], '@odata.nextLink': 'https://graph.example.com/v1.0/teams/a/operations?$skip=1' };
    const { outcomesOf } = await startReader(always(200, page));

    expect((await outcomesOf(pageOfTeam('a'))).map(kindOf)).toEqual(['malformed']);
  });
});

describe('a reader without a token to show', () => {
  it.each<{ accessToken: () => Promise<string>; reason: object; because: string }>([
    {
      accessToken: () => Promise.reject(new Error('no')),
      reason: { kind: 'unauthenticated' },
      because: 'none was to be had',
    },
    {
      accessToken: () => Promise.reject(new GraphError({ kind: 'unavailable' }, 'The authority is away.')),
      reason: { kind: 'unavailable' },
      because: 'the failure has a reason of its own',
    },
    {
      accessToken: () => Promise.resolve('one\r\nX-Evil: two'),
      reason: { kind: 'unauthenticated' },
      because: 'it would not fit into a header',
    },
    { accessToken: () => Promise.resolve(''), reason: { kind: 'unauthenticated' }, because: 'it is empty' },
  ])('asks for nothing: $because', async ({ accessToken, reason }) => {
    const { graph, reader } = await startReader(anythingThere);
    const nobody: Caller = { ...caller, accessToken };
    const { outcomes, requests, reads } = await reader.read(nobody, readsOfTeams(2));

    expect(outcomes.map(reasonOf)).toEqual([reason, reason]);
    expect([requests, reads, graph.received.length]).toEqual([0, 0, 0]);
  });
});

describe('a reader whose token Graph refuses', () => {
  const CLAIMS = 'eyJhY2Nlc3NfdG9rZW4iOnt9fQ==';
  /** A gateway's token that may be exchanged for the next one: `token-1`, `token-2` … */
  const withTokens = (changes: Partial<Caller> = {}) => {
    const discarded: string[] = [];
    const who: Caller = {
      ...caller,
      accessToken: () => Promise.resolve(`token-${discarded.length + 1}`),
      discardToken: (token) => void discarded.push(token),
      ...changes,
    };
    return { who, discarded };
  };
  const tokenIn = ({ headers }: { readonly headers: { readonly authorization?: string | undefined } }): string =>
    (headers.authorization ?? '').replace('Bearer ', '');
  const refusing =
    (claims?: string): Answering =>
    (response, request) => {
      const headers = claims === undefined ? {} : { 'WWW-Authenticate': `Bearer claims="${claims}"` };
      if (tokenIn(request) === 'token-1') sendJson(response, 401, {}, headers);
      else anythingThere(response, request);
    };

  it('asks once more, with the next one, for what was refused and for nothing else, and answers in order', async () => {
    const answering: Answering = (response, request) =>
      byPart((part) =>
        tokenIn(request) === 'token-1' && /[24]$/.test(part.url)
          ? { status: 401, body: {} }
          : { status: 200, body: operationOf(part) },
      )(response, request);
    const { graph, reader } = await startReader(answering);
    const { who, discarded } = withTokens();
    const { outcomes, requests, reads } = await reader.read(who, readsOfTeams(4));

    expect(idsOf(outcomes)).toEqual(['op-1', 'op-2', 'op-3', 'op-4']);
    expect(discarded).toEqual(['token-1']);
    expect(graph.received.map((request) => partsOf(request).length)).toEqual([4, 2]);
    expect([requests, reads]).toEqual([2, 6]);
  });

  it('asks only once more', async () => {
    const { graph, reader } = await startReader(always(401, {}));
    const { who } = withTokens();
    const { outcomes, requests } = await reader.read(who, [readOfTeam('t')]);
    expect(outcomes.map(kindOf)).toEqual(['unauthenticated']);
    expect([requests, graph.received.length]).toEqual([2, 2]);
  });

  it.each<{ because: string; changes: Partial<Caller>; claims?: string; discards: boolean }>([
    {
      because: 'it is the caller’s own',
      changes: { discardToken: undefined } as unknown as Partial<Caller>,
      discards: false,
    },
    { because: 'the caller has to meet a challenge', changes: {}, claims: CLAIMS, discards: false },
    {
      because: 'there is no other',
      changes: { accessToken: () => Promise.resolve('token-1') },
      discards: true,
    },
  ])('asks no more where $because', async ({ changes, claims, discards }) => {
    const { graph, reader } = await startReader(refusing(claims));
    const { who, discarded } = withTokens(changes);
    const { outcomes, requests } = await reader.read(who, [readOfTeam('t')]);
    expect(outcomes.map(reasonOf)).toEqual([{ kind: 'unauthenticated', ...(claims !== undefined && { claims }) }]);
    expect([requests, graph.received.length]).toEqual([1, 1]);
    expect(discarded).toEqual(discards ? ['token-1'] : []);
  });

  it('says what Graph said where another one cannot be had', async () => {
    let asked = 0;
    const { reader } = await startReader(refusing());
    const { who } = withTokens({
      accessToken: () =>
        ++asked === 1
          ? Promise.resolve('token-1')
          : Promise.reject(new GraphError({ kind: 'unavailable' }, 'The authority is away.')),
    });
    expect((await reader.read(who, [readOfTeam('t')])).outcomes.map(kindOf)).toEqual(['unauthenticated']);
  });

  it.each([403, 404, 500])('discards nothing for a %i', async (status) => {
    const { graph, reader } = await startReader(always(status, {}));
    const { who, discarded } = withTokens();
    await reader.read(who, [readOfTeam('t')]);
    expect([discarded, graph.received.length]).toEqual([[], 1]);
  });

  it('waits for room for the second time no longer than it may be patient', async () => {
    const { clock, reader } = await startReader(refusing(), { rates: { tenant: 1 } });
    const { who } = withTokens();
    const { outcomes, requests } = await reader.read(who, [readOfTeam('t')], clock.now() + 100);
    expect(outcomes.map(kindOf)).toEqual(['overBudget']);
    expect(requests).toBe(1);
  });

  it('blames no caller where the token is the gateway’s own, and says so of nothing else', async () => {
    const statuses: Readonly<Record<string, number>> = { 1: 401, 2: 403, 3: 404 };
    const inBatch = byPart(({ url }) => ({ status: statuses[url.slice(-1)], body: {} }));
    const { reader } = await startReader((response, request) => {
      if (request.method === 'POST') inBatch(response, request);
      else sendJson(response, 401, {}); // the one that is asked for once more
    });
    const { who } = withTokens();
    const ofCaller = (await reader.read(who, readsOfTeams(3))).outcomes.map(kindOf);
    const own: Caller = { ...who, graphSees: 'gateway' };
    const ofGateway = (await reader.read(own, readsOfTeams(3))).outcomes;
    expect(ofCaller).toEqual(['unauthenticated', 'forbidden', 'notFound']);
    expect(ofGateway.map(kindOf)).toEqual(['unavailable', 'forbidden', 'notFound']);
    expect(ofGateway[0]).toMatchObject({ answer: { status: 401 }, cause: { reason: { kind: 'unauthenticated' } } });
  });
});

describe('a reader that was throttled', () => {
  it('leaves that host alone for exactly as long as Graph asks, and reads others', async () => {
    const { graph, reader, clock, outcomesOf } = await startReader((response, request) => {
      if (request.url.includes('busy') && graph.received.length === 1) {
        sendJson(response, 429, {}, { 'Retry-After': '2.5' });
      } else anythingThere(response, request);
    });
    const busy = readOfTeam('busy', 'one');

    expect((await outcomesOf(busy)).map(reasonOf)).toEqual([{ kind: 'throttled', retryAfterMs: 2_500 }]);
    await clock.advance(900);
    const meanwhile = await reader.read(caller, [busy, readOfTeam('busy', 'two'), readOfTeam('idle')]);
    expect(meanwhile.outcomes.map(reasonOf)).toEqual([
      { kind: 'throttled', retryAfterMs: 1_600 },
      { kind: 'throttled', retryAfterMs: 1_600 },
      expect.objectContaining({ operationId: 'op' }),
    ]);
    expect([meanwhile.requests, meanwhile.reads]).toEqual([1, 1]);
    await clock.advance(1_600);
    expect(idsOf(await outcomesOf(busy))).toEqual(['one']);
  });

  it.each([
    { what: 'a whole batch', headers: { 'Retry-After': '10' }, reads: readsOfTeams(2) },
    {
      what: 'a read, for its tenant',
      headers: { 'Retry-After': '10', 'x-ms-throttle-scope': 'Tenant_Application/Read/a/t' },
      reads: readsOfTeams(1),
    },
  ])('leaves all of Graph alone when it was $what', async ({ headers, reads }) => {
    const { graph, outcomesOf } = await startReader(always(429, {}, headers));
    const throttled = { kind: 'throttled', retryAfterMs: 10_000 };

    expect((await outcomesOf(...reads)).map(reasonOf)).toEqual(reads.map(() => throttled));
    expect((await outcomesOf(readOfChat('another'))).map(reasonOf)).toEqual([throttled]);
    expect(graph.received).toHaveLength(1);
  });

  it('leaves alone only the hosts of the parts that were', async () => {
    const { outcomesOf } = await startReader(
      byPart((part) =>
        part.url.includes('team-2')
          ? { status: 429, headers: { 'Retry-After': '5' } }
          : { status: 200, body: operationOf(part) },
      ),
    );
    await outcomesOf(...readsOfTeams(3));

    expect((await outcomesOf(...readsOfTeams(3))).map(kindOf)).toEqual(['read', 'throttled', 'read']);
  });

  it('waits longer each time where Graph does not say how long', async () => {
    const { clock, outcomesOf } = await startReader(always(429, {}));
    const busy = readOfTeam('busy');

    expect((await outcomesOf(busy)).map(reasonOf)).toEqual([{ kind: 'throttled', retryAfterMs: 3_000 }]);
    await clock.advance(3_000);
    expect((await outcomesOf(busy)).map(reasonOf)).toEqual([{ kind: 'throttled', retryAfterMs: 6_000 }]);
  });
});

describe('a reader that Graph has told when to come back, with a failure that is no throttle', () => {
  const [failing, neighbour] = [readOfTeam('a', 'failing'), readOfTeam('a', 'neighbour')];
  const ben: Caller = { ...caller, scope: 'of-ben' as Scope, credential: 'of-ben' };
  /** Fails once. */
  const failingOnce = (status: number): Answering => {
    let failures = 0;
    return (response, request) => {
      if (request.url.endsWith('failing') && ++failures === 1) {
        sendJson(response, status, {}, { 'Retry-After': '9.5' });
      } else anythingThere(response, request);
    };
  };

  it.each([408, 409, 423, 424, 500, 502, 504, 507, 509])(
    'leaves alone what failed with %i, for everybody and to the millisecond, and reads its neighbours',
    async (status) => {
      const { graph, reader, clock, outcomesOf } = await startReader(failingOnce(status));
      expect((await outcomesOf(failing)).map(reasonOf)).toEqual([{ kind: 'unavailable', retryAfterMs: 9_500 }]);

      expect((await outcomesOf(neighbour)).map(kindOf)).toEqual(['read']);
      await clock.advance(9_499);
      const early = [await reader.read(caller, [failing]), await reader.read(ben, [failing])];
      expect(early.flatMap(({ outcomes }) => outcomes.map(reasonOf))).toEqual([
        { kind: 'throttled', retryAfterMs: 1 },
        { kind: 'throttled', retryAfterMs: 1 },
      ]);
      expect(graph.received).toHaveLength(2);
      await clock.advance(1);
      expect(idsOf(await outcomesOf(failing))).toEqual(['failing']);
    },
  );

  it.each([400, 403, 404, 410])('holds nobody else back where it was a refusal of one caller: %i', async (status) => {
    const { reader, outcomesOf } = await startReader(failingOnce(status));
    expect((await outcomesOf(failing)).map(reasonOf)).toEqual([expect.objectContaining({ retryAfterMs: 9_500 })]);

    expect(idsOf((await reader.read(ben, [failing])).outcomes)).toEqual(['failing']);
  });

  it('leaves alone the part of a batch that said so', async () => {
    const { outcomesOf } = await startReader(
      byPart((part) =>
        part.url.includes('team-2')
          ? { status: 504, headers: { 'Retry-After': '8' } }
          : { status: 200, body: operationOf(part) },
      ),
    );
    const first = await outcomesOf(...readsOfTeams(3));
    expect(reasonOf(first[1])).toEqual({ kind: 'unavailable', retryAfterMs: 8_000 });

    expect((await outcomesOf(...readsOfTeams(3))).map(kindOf)).toEqual(['read', 'throttled', 'read']);
  });

  it('leaves alone every part of a batch that failed as one, and nothing else of the tenant', async () => {
    const { graph, outcomesOf } = await startReader((response, request) => {
      if (graph.received.length === 1) sendJson(response, 502, {}, { 'Retry-After': '8' });
      else anythingThere(response, request);
    });
    await outcomesOf(...readsOfTeams(2));

    expect((await outcomesOf(...readsOfTeams(3))).map(kindOf)).toEqual(['throttled', 'throttled', 'read']);
  });

  it('leaves alone a list as a whole when it was one of its pages', async () => {
    const { graph, outcomesOf } = await startReader(always(504, {}, { 'Retry-After': '8' }));
    await outcomesOf(pageOfTeam('a', '/v1.0/teams/a/operations?$skiptoken=2'));

    expect((await outcomesOf(pageOfTeam('a'))).map(kindOf)).toEqual(['throttled']);
    expect(graph.received).toHaveLength(1);
  });

  it('says so of the gateway’s own token too', async () => {
    const { reader } = await startReader(always(401, {}, { 'Retry-After': '8' }));
    const { outcomes } = await reader.read({ ...caller, graphSees: 'gateway' }, [failing]);

    expect(outcomes.map(reasonOf)).toEqual([{ kind: 'unavailable', retryAfterMs: 8_000 }]);
  });
});

describe('a reader whose budget is spent', () => {
  const rates = { tenant: 30, team: 1 };
  const [one, two, three] = ['one', 'two', 'three'].map((id) => readOfTeam('a', id));
  const reads = [one, two, three].filter((read) => read !== undefined);

  it('does not send what is over it, and says when there is room again', async () => {
    const { graph, reader } = await startReader(anythingThere, { rates });
    const answer = await reader.read(caller, [...reads, readOfTeam('b')]);

    expect(answer.outcomes.map(reasonOf)).toEqual([
      expect.objectContaining({ operationId: 'one' }),
      { kind: 'overBudget', retryAfterMs: 1_020 },
      { kind: 'overBudget', retryAfterMs: 1_020 },
      expect.objectContaining({ operationId: 'op' }),
    ]);
    expect([answer.requests, answer.reads, graph.received.length]).toEqual([1, 2, 1]);
  });

  it('waits for room as long as it may be patient, and sends what has room meanwhile', async () => {
    const { graph, reader, clock } = await startReader(anythingThere, { rates });
    const answer = reader.read(caller, reads, clock.now() + 1_020);
    await graph.arrived(1);
    await clock.advance(1_020);

    const { outcomes, requests } = await answer;
    expect(outcomes.map(reasonOf)).toEqual([
      expect.objectContaining({ operationId: 'one' }),
      expect.objectContaining({ operationId: 'two' }),
      { kind: 'overBudget', retryAfterMs: 1_020 }, // its turn would come after the patience has ended
    ]);
    expect([requests, graph.received.length]).toEqual([2, 2]);
  });

  it('does not wait where it could not be patient long enough', async () => {
    const { reader, clock } = await startReader(anythingThere, { rates });
    const { outcomes } = await reader.read(caller, reads, clock.now() + 1_019);

    expect(outcomes.map(kindOf)).toEqual(['read', 'overBudget', 'overBudget']);
  });

  it('does not send what was throttled while it waited', async () => {
    let heard = (): void => {};
    const answered = new Promise<void>((resolve) => (heard = resolve));
    const { graph, reader, clock } = await startReader(always(429, {}, { 'Retry-After': '60' }), {
      rates,
      log: { ...silentLog, debug: () => heard() }, // the line is written when the answer has come
    });
    const answer = reader.read(caller, reads.slice(0, 2), clock.now() + 5_000);
    await answered;
    await clock.advance(1_020);

    expect((await answer).outcomes.map(kindOf)).toEqual(['throttled', 'throttled']);
    expect(graph.received).toHaveLength(1);
  });

  it('counts a batch by its parts', async () => {
    const { reader } = await startReader(anythingThere, { rates: { tenant: 3 } });

    expect((await reader.read(caller, readsOfTeams(5))).outcomes.map(kindOf)).toEqual([
      'read',
      'read',
      'read',
      'overBudget',
      'overBudget',
    ]);
  });
});
