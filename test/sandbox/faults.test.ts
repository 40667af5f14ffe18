import { describe, expect, it } from '@jest/globals';
import { httpDate } from '../../src/sandbox/dates.js';
import { errorOf, idsOf, list, object, parseObject, startTestSandbox, text } from './support.js';

describe('a fault', () => {
  it.each(['10', '2.128', httpDate(Date.UTC(2026, 0, 1, 0, 0, 7)), undefined])(
    'may be a 429 whose Retry-After is %s',
    async (retryAfter) => {
      const { sandbox, get } = await startTestSandbox();
      sandbox.fail({ fault: { kind: 'status', status: 429, ...(retryAfter === undefined ? {} : { retryAfter }) } });
      const reply = await get('/v1.0/me');
      expect([reply.status, errorOf(reply)['code']]).toEqual([429, 'TooManyRequests']);
      expect(reply.headers.get('retry-after')).toBe(retryAfter ?? null);
    },
  );

  it.each([
    { status: 502, retryAfter: undefined, code: 'BadGateway' },
    { status: 503, retryAfter: undefined, code: 'ServiceUnavailable' },
    { status: 503, retryAfter: '4', code: 'ServiceUnavailable' },
    { status: 504, retryAfter: undefined, code: 'GatewayTimeout' },
    { status: 404, retryAfter: undefined, code: 'NotFound' },
    { status: 418, retryAfter: undefined, code: 'UnknownError' },
  ])('may be a $status with Retry-After $retryAfter', async ({ status, retryAfter, code }) => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'status', status, ...(retryAfter === undefined ? {} : { retryAfter }) } });
    const reply = await get('/v1.0/me');
    expect([reply.status, errorOf(reply)['code'], reply.headers.get('retry-after')]).toEqual([
      status,
      code,
      retryAfter ?? null,
    ]);
  });

  it('may reset the connection', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'reset' } });
    await expect(get('/v1.0/me')).rejects.toThrow('fetch failed');
    expect((await get('/v1.0/me')).status).toBe(200);
  });

  it('may leave a request without an answer until the client has enough', async () => {
    const { sandbox } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'hang' } });
    const enough = new AbortController();
    const asked = fetch(`${sandbox.url}/v1.0/me`, { signal: enough.signal });
    await untilSeen(() => sandbox.reads().length === 1);
    enough.abort();
    await expect(asked).rejects.toThrow('aborted');
    expect(sandbox.reads()[0]?.status).toBeNull();
  });

  it('that hangs does not keep the sandbox from closing', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'hang' } });
    const asked = expect(get('/v1.0/me')).rejects.toThrow('fetch failed');
    await untilSeen(() => sandbox.reads().length === 1);
    await sandbox.close();
    await asked;
  });

  it('may cut the body in half', async () => {
    const { sandbox } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'truncated' } });
    const response = await fetch(`${sandbox.url}/v1.0/me`, {
      headers: { authorization: `Bearer ${sandbox.demoToken}` },
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('may be HTML where JSON should be', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'html', status: 200 } });
    const reply = await get('/v1.0/me');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(reply.text).toMatch(/^<!doctype html>/);
  });

  it('may be any JSON', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'body', body: { id: 7 } } });
    expect((await get('/v1.0/me')).body).toEqual({ id: 7 });
  });

  it('may lead elsewhere with a redirect', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'redirect', location: 'https://elsewhere.example/' } });
    const reply = await get('/v1.0/me');
    expect([reply.status, reply.headers.get('location')]).toEqual([302, 'https://elsewhere.example/']);
  });

  it('may lead elsewhere with a next link', async () => {
    const { sandbox, get } = await startTestSandbox();
    const path = `/v1.0/teams/${sandbox.addTeam()}/operations`;
    sandbox.fail({ fault: { kind: 'foreignNextLink', origin: 'https://elsewhere.example' } });
    expect((await get(path)).body['@odata.nextLink']).toBe(`https://elsewhere.example${path}`);
  });

  it('may empty a page that still has a next link, and no operation is lost', async () => {
    const { sandbox, get } = await startTestSandbox({ pageSize: 1 });
    const hostId = sandbox.addTeam();
    const [older, newer] = [sandbox.begin({ hostId }).operationId, sandbox.begin({ hostId }).operationId];
    const follow = (page: Awaited<ReturnType<typeof get>>) =>
      get(text(page.body['@odata.nextLink']).replace(sandbox.url, ''));

    sandbox.fail({ fault: { kind: 'emptyPage' } });
    const empty = await get(`/v1.0/teams/${hostId}/operations?$select=id`);
    expect(idsOf(empty)).toEqual([]);
    const first = await follow(empty);
    sandbox.fail({ fault: { kind: 'emptyPage' } });
    const emptyAgain = await follow(first);
    expect([idsOf(first), idsOf(emptyAgain), idsOf(await follow(emptyAgain))]).toEqual([[newer], [], [older]]);
  });

  it('befalls as many requests as it is told to, one unless told', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'status', status: 503 }, times: 2 });
    sandbox.fail({ fault: { kind: 'status', status: 502 } });
    const seen = [await get('/v1.0/me'), await get('/v1.0/me'), await get('/v1.0/me'), await get('/v1.0/me')];
    expect(seen.map(({ status }) => status)).toEqual([503, 503, 502, 200]);
  });

  it('befalls only the requests it is meant for', async () => {
    const { sandbox, get, post } = await startTestSandbox();
    const teamId = sandbox.addTeam();
    sandbox.fail({ match: { path: `/TEAMS/${teamId}`, method: 'get' }, fault: { kind: 'status', status: 503 } });
    expect((await get('/v1.0/me')).status).toBe(200);
    expect((await post(`/v1.0/teams/${teamId}/archive`, {})).status).toBe(202);
    expect((await get(`/v1.0/teams/${teamId}/operations`)).status).toBe(503);
  });

  it('finds a chat however its id is encoded', async () => {
    const { sandbox, get } = await startTestSandbox();
    const chatId = sandbox.addChat();
    sandbox.fail({ match: { path: chatId }, fault: { kind: 'status', status: 503 } });
    expect((await get(`/beta/chats/${encodeURIComponent(chatId)}/operations`)).status).toBe(503);
  });

  it('can be taken back, alone or with all others', async () => {
    const { sandbox, get } = await startTestSandbox();
    const takeBack = sandbox.fail({ fault: { kind: 'status', status: 503 }, times: Infinity });
    expect((await get('/v1.0/me')).status).toBe(503);
    takeBack();
    expect((await get('/v1.0/me')).status).toBe(200);
    sandbox.fail({ fault: { kind: 'status', status: 503 } });
    sandbox.clearFaults();
    expect((await get('/v1.0/me')).status).toBe(200);
  });
});

describe('a fault in a batch', () => {
  const requests = ['a', 'b', 'c'].map((id) => ({ id, method: 'GET', url: `/me?part=${id}` }));

  it('may throttle one part while the others are served', async () => {
    const { sandbox, post } = await startTestSandbox();
    sandbox.fail({ match: { path: 'part=b', part: true }, fault: { kind: 'status', status: 429, retryAfter: '2.5' } });
    const parts = list((await post('/v1.0/$batch', { requests })).body['responses']);
    const byId = new Map(parts.map((part) => [part['id'], part]));
    expect(['a', 'b', 'c'].map((id) => byId.get(id)?.['status'])).toEqual([200, 429, 200]);
    expect(byId.get('b')?.['headers']).toMatchObject({ 'Retry-After': '2.5' });
    expect(object(byId.get('b')?.['body'])['error']).toMatchObject({ code: 'TooManyRequests' });
  });

  it('may throttle the batch itself', async () => {
    const { sandbox, post } = await startTestSandbox();
    sandbox.fail({ match: { path: '/$batch' }, fault: { kind: 'status', status: 429, retryAfter: '3' } });
    const reply = await post('/v1.0/$batch', { requests });
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '3']);
    expect(sandbox.reads().map(({ path, status }) => [path, status])).toEqual([['/v1.0/$batch', 429]]);
  });

  it('leaves lone requests alone when it is meant for parts, and parts when it is not', async () => {
    const { sandbox, get, post } = await startTestSandbox();
    sandbox.fail({ match: { part: true }, fault: { kind: 'status', status: 503 } });
    expect((await get('/v1.0/me')).status).toBe(200);
    sandbox.clearFaults();
    sandbox.fail({ match: { part: false, path: '/me' }, fault: { kind: 'status', status: 503 } });
    const parts = list((await post('/v1.0/$batch', { requests })).body['responses']);
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('cuts the whole body when it cuts a part', async () => {
    const { sandbox, post } = await startTestSandbox();
    sandbox.fail({ match: { part: true }, fault: { kind: 'truncated' } });
    await expect(post('/v1.0/$batch', { requests })).rejects.toThrow('terminated');
  });

  it('puts what is not JSON into a part as base64', async () => {
    const { sandbox, post } = await startTestSandbox();
    sandbox.fail({ match: { part: true }, fault: { kind: 'html', status: 502 } });
    const parts = list((await post('/v1.0/$batch', { requests })).body['responses']);
    const html = parts.find(({ status }) => status === 502);
    expect(Buffer.from(text(html?.['body']), 'base64').toString()).toMatch(/^<!doctype html>/);
  });
});

describe('a body in Graph’s envelope', () => {
  it('parses, also when it came with a fault', async () => {
    const { sandbox, get } = await startTestSandbox();
    sandbox.fail({ fault: { kind: 'status', status: 429, code: '' } });
    const reply = await get('/v1.0/me');
    expect(object(parseObject(reply.text)['error'])['code']).toBe('');
  });
});

/** Lets I/O go on until something can be seen; the run's own time limit bounds it. */
async function untilSeen(isSeen: () => boolean): Promise<void> {
  while (!isSeen()) await new Promise((resolve) => setImmediate(resolve));
}
