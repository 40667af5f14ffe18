import { describe, expect, it } from '@jest/globals';
import { errorOf, idsOf, list, startTestSandbox, text, type TestSandbox } from './support.js';

const GUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;

async function withTeam(options = {}) {
  const started = await startTestSandbox(options);
  const teamId = started.sandbox.addTeam();
  return { ...started, teamId };
}

async function withChat(options = {}) {
  const started = await startTestSandbox(options);
  const chatId = started.sandbox.addChat();
  const chat = `/beta/chats/${encodeURIComponent(chatId)}`;
  return { ...started, chatId, chat };
}

/** Follows the links of a list to its end. */
async function pagesOf({ get, sandbox }: TestSandbox, path: string): Promise<string[][]> {
  const pages: string[][] = [];
  for (let next: string | null = path; next !== null;) {
    const page = await get(next);
    pages.push(idsOf(page));
    const link: unknown = page.body['@odata.nextLink'];
    next = link === undefined ? null : text(link).replace(sandbox.url, '');
  }
  return pages;
}

describe('an operation of a team', () => {
  it('is read by every path and every key syntax that leads to it', async () => {
    const { sandbox, get, teamId } = await withTeam();
    const { operationId } = sandbox.begin({ hostId: teamId });
    const { id: me, userPrincipalName } = sandbox.demoUser;
    const paths = [
      `/v1.0/teams/${teamId}/operations/${operationId}`,
      `/v1.0/teams('${teamId}')/operations('${operationId}')`,
      `/v1.0/teams(%27${teamId}%27)/operations(%27${operationId}%27)`,
      `/v1.0/teams(${teamId})/operations(${operationId})`,
      `/beta/teams/${teamId.toUpperCase()}/operations/${operationId}`,
      `/v1.0/groups/${teamId}/team/operations/${operationId}`,
      `/beta/groups('${teamId}')/team/operations('${operationId}')`,
      `/v1.0/me/joinedTeams/${teamId}/operations/${operationId}`,
      `/v1.0/users/${me}/joinedTeams/${teamId}/operations/${operationId}`,
      `/v1.0/users/${userPrincipalName}/joinedTeams('${teamId}')/operations/${operationId}`,
    ];
    const read = await Promise.all(paths.map((path) => get(path)));
    expect(read.map(({ status, body }) => [status, body['id']])).toEqual(paths.map(() => [200, operationId]));
    expect(operationId).toMatch(GUID);
  });

  it.each([
    ['below joinedTeams in beta', '/beta/me/joinedTeams/T/operations/O', "'T'"],
    ['of a chat in v1.0', '/v1.0/chats/T/operations', 'operations'],
    ['in a version there is not', '/v2.0/teams/T/operations', 'v2.0'],
    ['below a word there is not', '/v1.0/teams/T/jobs/O', 'jobs'],
  ])('is not to be had %s', async (_, path, word) => {
    const { get } = await startTestSandbox();
    const reply = await get(path);
    expect([reply.status, errorOf(reply)['code']]).toEqual([400, 'BadRequest']);
    expect(errorOf(reply)['message']).toContain(word);
  });

  it('is a 404 in an envelope when there is no such operation or team', async () => {
    const { get, teamId } = await withTeam();
    for (const path of [`/v1.0/teams/${teamId}/operations/none`, '/v1.0/teams/none/operations/none']) {
      const reply = await get(path);
      expect([reply.status, errorOf(reply)['code']]).toEqual([404, 'NotFound']);
    }
  });

  it('cannot be changed', async () => {
    const { sandbox, teamId, post } = await withTeam();
    const { path } = sandbox.begin({ hostId: teamId });
    expect((await post(path, {})).status).toBe(405);
  });

  it('is invisible for a while after it began, when the sandbox is told so', async () => {
    const { sandbox, clock, get, teamId } = await withTeam({ invisibleForMs: 3_000 });
    const { path } = sandbox.begin({ hostId: teamId });
    expect((await get(path)).status).toBe(404);
    expect(idsOf(await get(`/v1.0/teams/${teamId}/operations`))).toEqual([]);
    await clock.advance(3_000);
    expect((await get(path)).status).toBe(200);
  });

  it('names itself in its context', async () => {
    const { sandbox, get, teamId } = await withTeam();
    const { path } = sandbox.begin({ hostId: teamId });
    const { body } = await get(`${path}?$select=id,status`);
    expect(body).toEqual({
      '@odata.context': `${sandbox.url}/v1.0/$metadata#teams('${teamId}')/operations(id,status)/$entity`,
      id: path.split('/').at(-1),
      status: 'notStarted',
    });
  });
});

describe('an operation of a chat', () => {
  it('is read by every path that leads to it, its id encoded or not', async () => {
    const { sandbox, get, chatId, chat } = await withChat();
    const { operationId } = sandbox.begin({ hostId: chatId });
    const paths = [
      `${chat}/operations/${operationId}`,
      `/beta/chats/${chatId}/operations/${operationId}`,
      `/beta/chats('${chatId}')/operations('${operationId}')`,
      `/beta/me/chats/${chatId}/operations/${operationId}`,
      `/beta/users/${sandbox.demoUser.id}/chats/${chatId}/operations/${operationId}`,
    ];
    const read = await Promise.all(paths.map((path) => get(path)));
    expect(read.map(({ body }) => body['id'])).toEqual(paths.map(() => operationId));
    expect(operationId.match(/[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}/g)).toHaveLength(3);
    expect(operationId).toHaveLength(110);
  });

  it('reads a doubled quote between quotes as one', async () => {
    const { sandbox, get } = await startTestSandbox();
    const hostId = sandbox.addChat({ id: "19:o'neill@thread.v2" });
    const { location } = sandbox.begin({ hostId });
    expect(location).toContain("/chats('19:o''neill@thread.v2')/");
    expect((await get(`/beta${location}`)).status).toBe(200);
  });

  it('may be stale when it is read alone, when the sandbox is told so', async () => {
    const { sandbox, clock, get, chatId, chat } = await withChat({ chatItemLagMs: 2_000 });
    const { path } = sandbox.begin({ hostId: chatId, life: { startsAfterMs: 5_000, succeedsAfterMs: 9_000 } });
    await clock.advance(10_000);
    expect((await get(path)).body['status']).toBe('inProgress');
    expect(list((await get(`${chat}/operations`)).body['value'])[0]?.['status']).toBe('succeeded');
  });
});

describe('a list of operations', () => {
  it('has twenty to a page unless told', async () => {
    const started = await withTeam();
    for (let made = 0; made < 41; made++) started.sandbox.begin({ hostId: started.teamId });
    const pages = await pagesOf(started, `/v1.0/teams/${started.teamId}/operations`);
    expect(pages.map(({ length }) => length)).toEqual([20, 20, 1]);
    expect(new Set(pages.flat()).size).toBe(41);
  });

  it('links to its next page with an absolute address and an opaque token', async () => {
    const { sandbox, get, teamId } = await withTeam({ pageSize: 1 });
    sandbox.begin({ hostId: teamId });
    sandbox.begin({ hostId: teamId });
    const { body } = await get(`/v1.0/teams/${teamId}/operations?$select=id`);
    const link = new URL(text(body['@odata.nextLink']));
    expect(link.origin).toBe(sandbox.url);
    expect(link.pathname).toBe(`/v1.0/teams/${teamId}/operations`);
    expect([...link.searchParams.keys()]).toEqual(['$select', '$skiptoken']);
  });

  it('takes its own address from the request, also behind something that ends TLS', async () => {
    const { sandbox, get, teamId } = await withTeam({ pageSize: 1 });
    sandbox.begin({ hostId: teamId });
    sandbox.begin({ hostId: teamId });
    const { body } = await get(`/v1.0/teams/${teamId}/operations`, { 'x-forwarded-proto': 'https' });
    expect(body['@odata.nextLink']).toMatch(/^https:\/\/127\.0\.0\.1:/);
  });

  it('neither repeats nor hides an operation while new ones begin between two pages', async () => {
    const { sandbox, get, teamId } = await withTeam({ pageSize: 2 });
    const first = [1, 2, 3].map(() => sandbox.begin({ hostId: teamId }).operationId);
    const page = await get(`/v1.0/teams/${teamId}/operations`);
    sandbox.begin({ hostId: teamId });
    const rest = await get(text(page.body['@odata.nextLink']).replace(sandbox.url, ''));
    expect([...idsOf(page), ...idsOf(rest)]).toEqual(first.reverse());
  });

  it('skips and cuts as it is asked to', async () => {
    const { sandbox, get, teamId } = await withTeam();
    const ids = [1, 2, 3, 4].map(() => sandbox.begin({ hostId: teamId }).operationId);
    const page = await get(`/v1.0/teams/${teamId}/operations?$top=2&$skip=1`);
    expect(idsOf(page)).toEqual([ids[2], ids[1]]);
    const next = new URL(text(page.body['@odata.nextLink']));
    expect([...next.searchParams.keys()]).toEqual(['$top', '$skiptoken']);
  });

  it('counts unasked in a chat and not in a team', async () => {
    const { sandbox, get, chatId, chat } = await withChat();
    sandbox.begin({ hostId: chatId });
    const teamId = sandbox.addTeam();
    expect((await get(`${chat}/operations`)).body['@odata.count']).toBe(1);
    expect((await get(`/v1.0/teams/${teamId}/operations`)).body).not.toHaveProperty('@odata.count');
  });

  it.each([
    '$filter=status eq %27failed%27',
    '$orderby=createdDateTime',
    '$expand=team',
    '$search=x',
    '$top=0',
    '$top=-1',
    '$top=x',
    '$top=1&$top=2',
    '$skip=x',
    '$select=id,,status',
    '$skiptoken=made-up',
  ])('refuses %s in a team', async (query) => {
    const { get, teamId } = await withTeam();
    const reply = await get(`/v1.0/teams/${teamId}/operations?${query}`);
    expect([reply.status, errorOf(reply)['code']]).toEqual([400, 'BadRequest']);
  });
});

describe('the filter of a chat', () => {
  async function withHistory() {
    const started = await withChat();
    const { sandbox, clock, chatId } = started;
    const failed = sandbox.begin({ hostId: chatId, life: { failsAfterMs: 6_000 } }).operationId;
    await clock.advance(10_000);
    const succeeded = sandbox.begin({ hostId: chatId, life: { succeedsAfterMs: 6_000 } }).operationId;
    await clock.advance(10_000);
    const running = sandbox.begin({
      hostId: chatId,
      life: { startsAfterMs: 0, retriesAfterMs: [9_000], stalls: true },
    });
    await clock.advance(9_500);
    return { ...started, failed, succeeded, running: running.operationId };
  }

  it.each([
    ["status eq 'failed'", ['failed']],
    ["status ne 'failed'", ['running', 'succeeded']],
    ["not status eq 'failed'", ['running', 'succeeded']],
    ["status eq 'failed' or status eq 'succeeded'", ['succeeded', 'failed']],
    ["not (status eq 'failed' or status eq 'succeeded')", ['running']],
    ['createdDateTime ge 2026-01-01T00:00:10Z', ['running', 'succeeded']],
    ['createdDateTime lt 2026-01-01T00:00:10Z', ['failed']],
    ['createdDateTime gt 2026-01-01T00:00:05Z and attemptsCount le 1', ['succeeded']],
    ['attemptsCount gt 1', ['running']],
    ['error ne null', ['failed']],
    ['error eq null', ['running', 'succeeded']],
    ["operationType eq 'createChat'", ['running', 'succeeded', 'failed']],
  ] as const)('keeps of %s', async (filter, expected) => {
    const history = await withHistory();
    const reply = await history.get(`${history.chat}/operations?$filter=${encodeURIComponent(filter)}`, {
      Prefer: 'include-unknown-enum-members',
    });
    expect(idsOf(reply)).toEqual(expected.map((name) => history[name]));
  });

  it('may leave a page empty that still has a next link', async () => {
    const { sandbox, get, chatId, chat } = await withChat({ pageSize: 1 });
    const old = sandbox.begin({ hostId: chatId, life: { startsAfterMs: 0, stalls: true } }).operationId;
    sandbox.begin({ hostId: chatId });
    const page = await get(`${chat}/operations?$filter=status eq 'inProgress'`);
    expect(idsOf(page)).toEqual([]);
    const next = await get(text(page.body['@odata.nextLink']).replace(sandbox.url, ''));
    expect(idsOf(next)).toEqual([old]);
  });

  it.each([
    'status',
    'status eq',
    "status like 'failed'",
    "stat eq 'failed'",
    'status eq failed',
    "(status eq 'failed'",
    "status eq 'failed",
    "status eq 'failed' and",
    'createdDateTime ge yesterday',
    "status eq 'running'",
    '',
  ])('refuses "%s"', async (filter) => {
    const { get, chat } = await withChat();
    expect((await get(`${chat}/operations?$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
  });
});

describe('an evolvable enumeration', () => {
  it('shows members after the sentinel only to who asks for them, and then says that it did', async () => {
    const { sandbox, get } = await startTestSandbox();
    const { path } = sandbox.begin({ operationType: 'archiveChannel' });
    const plain = await get(path);
    const asked = await get(path, { Prefer: 'respond-async, Include-Unknown-Enum-Members' });
    expect([plain.body['operationType'], plain.headers.get('preference-applied')]).toEqual([
      'unknownFutureValue',
      null,
    ]);
    expect([asked.body['operationType'], asked.headers.get('preference-applied')]).toEqual([
      'archiveChannel',
      'include-unknown-enum-members',
    ]);
  });

  it('shows members before the sentinel to everybody', async () => {
    const { sandbox, get } = await startTestSandbox();
    const { path } = sandbox.begin({ operationType: 'cloneTeam' });
    expect((await get(path)).body['operationType']).toBe('cloneTeam');
  });

  it('refuses a filter that names a member after the sentinel to who did not ask for them', async () => {
    const { get, chat } = await withChat();
    const path = `${chat}/operations?$filter=operationType eq 'createChat'`;
    expect((await get(path)).status).toBe(400);
    expect((await get(path, { Prefer: 'include-unknown-enum-members' })).status).toBe(200);
  });
});

describe('what a newcomer asks first', () => {
  it('is answered with who they are and what they may see', async () => {
    const { sandbox, get } = await startTestSandbox();
    const teamId = sandbox.addTeam({ displayName: 'Harbour' });
    const chatId = sandbox.addChat({ displayName: 'Keys' });
    sandbox.addTeam({ members: ['somebody-else'] });

    expect((await get('/v1.0/me')).body['displayName']).toBe(sandbox.demoUser.displayName);
    expect(idsOf(await get('/v1.0/me/joinedTeams'))).toEqual([teamId]);
    expect(idsOf(await get('/beta/chats'))).toEqual([chatId]);
    expect(idsOf(await get('/v1.0/me/chats?$top=5'))).toEqual([chatId]);
    expect((await get(`/v1.0/teams/${teamId}`)).body['displayName']).toBe('Harbour');
    expect((await get(`/v1.0/groups/${teamId}/team`)).body['id']).toBe(teamId);
    expect((await get(`/v1.0/chats/${chatId}`)).body['topic']).toBe('Keys');
  });
});

describe('every answer', () => {
  it('has the headers that support asks for, and echoes the id of the client', async () => {
    const { get } = await startTestSandbox();
    for (const path of ['/v1.0/me', '/v1.0/nothing']) {
      const { headers } = await get(path, { 'client-request-id': 'b1b1b1b1-0000-4000-8000-000000000000' });
      expect(headers.get('client-request-id')).toBe('b1b1b1b1-0000-4000-8000-000000000000');
      expect(headers.get('request-id')).toMatch(GUID);
      expect(headers.get('x-ms-ags-diagnostic')).toContain('ServerInfo');
      expect(headers.get('date')).toBe('Thu, 01 Jan 2026 00:00:00 GMT');
      expect(headers.get('content-type')).toMatch(/^application\/json/);
    }
  });

  it('that refuses has its ids and its date in innerError, the date without an offset', async () => {
    const { get } = await startTestSandbox();
    const reply = await get('/v1.0/nothing');
    const requestId = reply.headers.get('request-id');
    expect(errorOf(reply)['innerError']).toEqual({
      date: '2026-01-01T00:00:00',
      'request-id': requestId,
      'client-request-id': requestId,
    });
  });
});
