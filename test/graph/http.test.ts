import { describe, expect, it } from '@jest/globals';
import { silentLog, type Log } from '../../src/lib/log.js';
import { always, byPart, operationJson, partsOf, sendJson, startRawGraph, type Answering } from './raw-graph.js';
import {
  caller,
  closeAfterTest,
  failureIn,
  kindOf,
  pageOfTeam,
  readOfTeam,
  readsOfTeams,
  reasonOf,
  startReader,
  TIME_LIMIT_MS,
  TOKEN,
} from './readers.js';

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const OK = always(200, operationJson('op'));

/** A log that keeps what it is told at debug. */
function keepLog(): { log: Log; lines: { event: string; fields: object }[] } {
  const lines: { event: string; fields: object }[] = [];
  return { log: { ...silentLog, debug: (fields, event) => void lines.push({ event, fields }) }, lines };
}

describe('a request to Graph', () => {
  it('says who asks, for whom, and what it wants to see', async () => {
    const { graph, outcomesOf } = await startReader(OK);
    await outcomesOf(readOfTeam('a-team'));
    await outcomesOf(readOfTeam('a-team'));

    const [first, second] = graph.received;
    expect(first).toMatchObject({ method: 'GET', url: '/v1.0/teams/a-team/operations/op', body: '' });
    expect(first?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/json',
      prefer: 'include-unknown-enum-members',
      'user-agent': 'graph-operations-gateway/0.0.0-test',
      'client-request-id': expect.stringMatching(GUID),
    });
    expect(second?.headers['client-request-id']).not.toBe(first?.headers['client-request-id']);
  });

  it('says the same in every part of a batch, but shows the token once', async () => {
    const { graph, outcomesOf } = await startReader(byPart(() => ({ status: 404 })));
    await outcomesOf(...readsOfTeams(2));

    const [batch] = graph.received;
    expect(batch).toMatchObject({
      method: 'POST',
      url: '/v1.0/$batch',
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    });
    expect(batch?.body).not.toContain(TOKEN);
    const parts = graph.received.flatMap(partsOf);
    for (const { headers } of parts) {
      expect(headers).toEqual({
        accept: 'application/json',
        prefer: 'include-unknown-enum-members',
        'user-agent': 'graph-operations-gateway/0.0.0-test',
        'client-request-id': expect.stringMatching(GUID),
      });
    }
    const ids = [batch?.headers, ...parts.map(({ headers }) => headers)].map(
      (headers) => headers?.['client-request-id'],
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('keeps a path that Graph’s root has', async () => {
    const graph = closeAfterTest(await startRawGraph(OK));
    const { outcomesOf } = await startReader(OK, { graphRoot: new URL('/below/', graph.url) });

    expect((await outcomesOf(readOfTeam('a-team'))).map(kindOf)).toEqual(['read']);
    expect(graph.received[0]?.url).toBe('/below/v1.0/teams/a-team/operations/op');
  });

  it.each([301, 302, 303, 307, 308])('never follows a redirect with its token: %i', async (status) => {
    const elsewhere = closeAfterTest(await startRawGraph(OK));
    const { graph, outcomesOf } = await startReader(always(status, {}, { Location: elsewhere.url.href }));

    expect((await outcomesOf(readOfTeam('a-team'))).map(kindOf)).toEqual(['malformed']);
    expect([graph.received.length, elsewhere.received.length]).toEqual([1, 0]);
  });

  it('is logged as one line without its query, its token or any body', async () => {
    const { log, lines } = keepLog();
    const { graph, outcomesOf } = await startReader(
      always(403, { error: { code: 'Forbidden', message: `No ${TOKEN}` } }, { 'request-id': 'for-support' }),
      { log },
    );
    await outcomesOf(pageOfTeam('a-team', '/v1.0/teams/a-team/operations?$skiptoken=private'));
    await outcomesOf(...readsOfTeams(2));

    const clientRequestId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(lines).toEqual([
      {
        event: 'graph request',
        fields: {
          path: '/v1.0/teams/a-team/operations',
          status: 403,
          requestId: 'for-support',
          clientRequestId,
          ms: 0,
        },
      },
      {
        event: 'graph request',
        fields: { path: '/v1.0/$batch', parts: 2, status: 403, requestId: 'for-support', clientRequestId, ms: 0 },
      },
    ]);
    expect(graph.received[0]?.url).toContain('$skiptoken=private');
  });

  it('is not repeated, whatever came of it', async () => {
    const { graph, outcomesOf } = await startReader(always(503, {}));
    await outcomesOf(readOfTeam('a-team'));

    expect(graph.received).toHaveLength(1);
  });
});

describe('a connection to Graph', () => {
  it('is kept, and left behind after a 503', async () => {
    const statuses = [200, 200, 503, 200, 200];
    const answering: Answering = (response) => sendJson(response, statuses.shift() ?? 500, operationJson('op'));
    const { graph, outcomesOf } = await startReader(answering, { maxConnections: 1 });
    for (let nth = 0; nth < 5; nth++) await outcomesOf(readOfTeam('a-team'));

    const [one, two, three, four, five] = graph.received.map(({ port }) => port);
    expect([two, three]).toEqual([one, one]);
    expect(four).not.toBe(one);
    expect(five).toBe(four);
  });

  it('that is left behind lets finish what is under way on it', async () => {
    const answers: (() => void)[] = [];
    const { graph, outcomesOf } = await startReader((response, { url }) => {
      answers.push(() => sendJson(response, url.includes('slow') ? 200 : 503, operationJson('op')));
    });
    const slow = outcomesOf(readOfTeam('slow'));
    await graph.arrived(1);
    const failing = outcomesOf(readOfTeam('failing'));
    await graph.arrived(2);
    for (const answer of answers.reverse()) answer();

    expect([...(await failing), ...(await slow)].map(kindOf)).toEqual(['unavailable', 'read']);
  });

  it('is ended by close, and what is under way on it is unavailable, as is all that comes after', async () => {
    const { graph, reader, outcomesOf } = await startReader(() => {
      // never answered
    });
    const underWay = outcomesOf(readOfTeam('a-team'));
    await graph.arrived(1);
    await reader.close();

    expect((await underWay).map(kindOf)).toEqual(['unavailable']);
    expect((await outcomesOf(readOfTeam('a-team'))).map(kindOf)).toEqual(['unavailable']);
    expect(graph.received).toHaveLength(1);
  });
});

describe('an answer that does not come', () => {
  it('is waited for until the time limit, and no longer', async () => {
    const { graph, clock, outcomesOf } = await startReader(() => {
      // never answered
    });
    const outcomes = outcomesOf(readOfTeam('a-team'));
    await graph.arrived(1);
    await clock.advance(TIME_LIMIT_MS);

    const failure = failureIn((await outcomes)[0]);
    expect(failure.reason).toEqual({ kind: 'unavailable' });
    expect(failure.message).toBe('Microsoft Graph did not answer within 10000 ms.');
  });

  it('is bounded by that limit as a whole: a body that trickles is no excuse', async () => {
    const { graph, clock, outcomesOf } = await startReader((response) => {
      response.writeHead(200, { 'Content-Type': 'application/json', 'request-id': 'slow' }).write('{"id":');
    });
    const outcomes = outcomesOf(readOfTeam('a-team'));
    await graph.arrived(1);
    await clock.advance(TIME_LIMIT_MS);

    expect((await outcomes).map(kindOf)).toEqual(['unavailable']);
  });

  it('leaves no timer behind when it came', async () => {
    const wakes: number[] = [];
    const { clock } = await startReader(OK);
    const { outcomesOf } = await startReader(OK, {
      clock: {
        now: () => clock.now(),
        wakeAt: (at, wake) => {
          wakes.push(at);
          const cancel = clock.wakeAt(at, wake);
          return () => {
            wakes.pop();
            cancel();
          };
        },
      },
    });

    expect((await outcomesOf(readOfTeam('a-team'))).map(kindOf)).toEqual(['read']);
    expect(wakes).toEqual([]);
  });

  it('because the connection was reset, is unavailable', async () => {
    const { outcomesOf } = await startReader((response) => response.socket?.resetAndDestroy());
    const failure = failureIn((await outcomesOf(readOfTeam('a-team')))[0]);

    expect(failure.reason).toEqual({ kind: 'unavailable' });
    expect(failure.message).toMatch(/^Microsoft Graph did not answer: (ECONNRESET|UND_ERR_SOCKET)\.$/);
    expect(failure.cause).toBeDefined();
  });

  it('because nobody listens, is unavailable', async () => {
    const graph = await startRawGraph(OK);
    await graph.close();
    const { outcomesOf } = await startReader(OK, { graphRoot: graph.url });

    expect(failureIn((await outcomesOf(readOfTeam('a-team')))[0])).toMatchObject({
      reason: { kind: 'unavailable' },
      message: 'Microsoft Graph did not answer: ECONNREFUSED.',
    });
  });

  it.each([
    { how: 'shorter than announced', headers: { 'Content-Length': '1000' } },
    { how: 'without its last chunk', headers: { 'Transfer-Encoding': 'chunked' } },
  ])('as a whole, $how, is unavailable', async ({ headers }) => {
    const { outcomesOf } = await startReader((response) => {
      response.writeHead(200, { ...headers, 'request-id': 'cut' });
      response.write(JSON.stringify(operationJson('op')), () => response.socket?.destroy());
    });

    expect(failureIn((await outcomesOf(readOfTeam('a-team')))[0])).toMatchObject({
      reason: { kind: 'unavailable' },
      message: expect.stringMatching(/^Microsoft Graph broke off its answer/),
    });
  });
});

describe('an answer in another format', () => {
  it('is read where it is the same in other clothes: in pieces, behind a byte order mark and an interim answer', async () => {
    const { outcomesOf } = await startReader((response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      const bytes = Buffer.from(`\ufeff${JSON.stringify(operationJson('op', { targetResourceId: 'größer' }))}`);
      const cut = bytes.indexOf('ö') + 1; // in the middle of a letter
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.write(bytes.subarray(0, cut), () => response.end(bytes.subarray(cut)));
    });

    expect(await outcomesOf(readOfTeam('a-team'))).toEqual([expect.objectContaining({ targetResourceId: 'größer' })]);
  });

  it.each([
    { what: 'a page of HTML', body: '<!doctype html><p>Sign in</p>', detail: 'the body is not JSON' },
    { what: 'nothing', body: '', detail: 'the body is empty' },
    {
      what: 'more than any answer of Graph’s',
      body: `"${'x'.repeat(5 * 2 ** 20)}"`,
      detail: 'the body is larger than',
    },
  ])('of a success, $what, is malformed', async ({ body, detail }) => {
    const { outcomesOf } = await startReader((response) => response.writeHead(200, { 'request-id': 'id' }).end(body));

    expect(failureIn((await outcomesOf(readOfTeam('a-team')))[0])).toMatchObject({
      reason: { kind: 'malformed', detail: expect.stringContaining(detail) },
      answer: { status: 200, requestId: 'id' },
    });
  });

  it.each([
    { status: 429, headers: { 'Retry-After': '2.128' }, reason: { kind: 'throttled', retryAfterMs: 2_128 } },
    { status: 502, headers: {}, reason: { kind: 'unavailable' } },
    { status: 404, headers: {}, reason: { kind: 'notFound' } },
  ])('of a failure leaves its status: $status', async ({ status, headers, reason }) => {
    for (const body of ['<html>', '', 'x'.repeat(5 * 2 ** 20)]) {
      const { outcomesOf } = await startReader((response) => response.writeHead(status, headers).end(body));

      expect((await outcomesOf(readOfTeam('a-team'))).map(reasonOf)).toEqual([reason]);
    }
  });

  it('is no matter when it breaks off after a status that says enough', async () => {
    const { outcomesOf } = await startReader((response) => {
      response.writeHead(429, { 'Retry-After': '3', 'Content-Length': '1000' });
      response.write('{', () => response.socket?.destroy());
    });

    expect((await outcomesOf(readOfTeam('a-team'))).map(reasonOf)).toEqual([
      { kind: 'throttled', retryAfterMs: 3_000 },
    ]);
  });
});

describe('reaching Graph', () => {
  it.each([200, 302, 401, 404, 500, 503])('succeeds when anything answers, and shows no token: %i', async (status) => {
    const { graph, reader } = await startReader((response) => response.writeHead(status).end());
    await expect(reader.reach()).resolves.toBeUndefined();

    expect(graph.received.map(({ method, headers }) => [method, headers.authorization])).toEqual([['HEAD', undefined]]);
  });

  it('says who asks like any other request', async () => {
    const { graph, reader } = await startReader(OK);
    await reader.reach();
    await reader.reach();

    const [first, second] = graph.received.map(({ headers }) => headers);
    expect(first).toMatchObject({
      prefer: 'include-unknown-enum-members',
      'user-agent': 'graph-operations-gateway/0.0.0-test',
      'client-request-id': expect.stringMatching(GUID),
    });
    expect(second?.['client-request-id']).not.toBe(first?.['client-request-id']);
  });

  it('fails with the reason when nothing does', async () => {
    const graph = await startRawGraph(OK);
    await graph.close();
    const { reader } = await startReader(OK, { graphRoot: graph.url });

    await expect(reader.reach()).rejects.toMatchObject({
      reason: { kind: 'unavailable' },
      message: 'Microsoft Graph did not answer: ECONNREFUSED.',
    });
  });

  it('costs a caller nothing of its budget', async () => {
    const { reader } = await startReader(OK, { rates: { tenant: 1 } });
    await reader.reach();

    expect((await reader.read(caller, [readOfTeam('a-team')])).outcomes.map(kindOf)).toEqual(['read']);
  });
});
