import { describe, expect, it } from '@jest/globals';
import { errorOf, idsOf, startTestSandbox, text, type Reply } from './support.js';

const GUID = '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}';

async function withTeam() {
  const started = await startTestSandbox();
  const teamId = started.sandbox.addTeam();
  /** The operation that an answer leads to, read as a client reads it that puts the version back. */
  const follow = async (reply: Reply, version: string) => {
    const location = reply.headers.get('location') ?? reply.headers.get('content-location');
    const read = await started.get(`/${version}${String(location)}`, { Prefer: 'include-unknown-enum-members' });
    return { location, status: read.status, operationType: read.body['operationType'], body: read.body };
  };
  return { ...started, teamId, follow };
}

describe('a request that starts an operation', () => {
  it('makes a team: 202, both headers with quoted keys, no body', async () => {
    const { post, get, follow } = await withTeam();
    const reply = await post('/v1.0/teams', { displayName: 'Lighthouse' });
    expect([reply.status, reply.text, reply.headers.get('content-length')]).toEqual([202, '', '0']);
    const { location, operationType, body } = await follow(reply, 'v1.0');
    expect(location).toMatch(new RegExp(`^/teams\\('${GUID}'\\)/operations\\('${GUID}'\\)$`));
    expect(reply.headers.get('content-location')).toBe(text(location).split('/operations')[0]);
    expect(operationType).toBe('createTeam');
    expect((await get(`/v1.0${text(body['targetResourceLocation'])}`)).body['displayName']).toBe('Lighthouse');
  });

  it('makes a team of a group, which keeps the id of the group', async () => {
    const { post, follow } = await withTeam();
    const groupId = '71392b2f-1765-406e-86af-5907d9bdb2ab';
    const bound = { 'group@odata.bind': `https://graph.microsoft.com/v1.0/groups('${groupId}')` };
    const reply = await post('/v1.0/teams', bound);
    expect(reply.headers.get('content-location')).toBe(`/teams('${groupId}')`);
    expect((await follow(reply, 'v1.0')).operationType).toBe('teamifyGroup');
    expect((await post('/v1.0/teams', bound)).status).toBe(409);
  });

  it.each([
    ['clone', 'cloneTeam'],
    ['archive', 'archiveTeam'],
    ['unarchive', 'unarchiveTeam'],
  ])('does to a team what /%s says: 202, a Location with bare keys', async (verb, operationType) => {
    const { post, teamId, follow } = await withTeam();
    const reply = await post(`/v1.0/teams/${teamId}/${verb}`, {});
    expect(reply.status).toBe(202);
    const followed = await follow(reply, 'v1.0');
    expect(followed.location).toMatch(new RegExp(`^/teams\\(${teamId}\\)/operations\\(${GUID}\\)$`));
    expect([followed.status, followed.operationType]).toEqual([200, operationType]);
  });

  it.each([
    ['/teams/T/channels/19:c@thread.tacv2/archive', 'archiveChannel'],
    ['/teams/T/channels/19:c@thread.tacv2/unarchive', 'unarchiveChannel'],
    ['/groups/T/team/channels/19:c@thread.tacv2/archive', 'archiveChannel'],
  ])('does to a channel what %s says: 202, a Location with slashes', async (path, operationType) => {
    const { post, teamId, follow } = await withTeam();
    const reply = await post(`/v1.0${path.replace('T', teamId)}`, undefined);
    expect(reply.status).toBe(202);
    const followed = await follow(reply, 'v1.0');
    expect(followed.location).toMatch(new RegExp(`^/teams/${teamId}/operations/${GUID}$`));
    expect([followed.operationType, followed.body['targetResourceId']]).toEqual([operationType, '19:c@thread.tacv2']);
  });

  it('is refused for a channel of a team that is archived by then', async () => {
    const { post, get, clock, sandbox, teamId } = await withTeam();
    const archive = () => post(`/v1.0/teams/${teamId}/channels/19:c@thread.tacv2/archive`, undefined);
    sandbox.begin({ hostId: teamId, operationType: 'archiveTeam', life: { succeedsAfterMs: 6_000 } });
    expect((await archive()).status).toBe(202);
    await clock.advance(6_000);
    expect((await get(`/v1.0/teams/${teamId}`)).body['isArchived']).toBe(true);
    const refused = await archive();
    expect([refused.status, errorOf(refused)['message']]).toEqual([
      400,
      'Team has to be active, for channel to be archived or unarchived: 19:c@thread.tacv2',
    ]);
    sandbox.begin({ hostId: teamId, operationType: 'unarchiveTeam', life: { succeedsAfterMs: 6_000 } });
    await clock.advance(6_000);
    expect((await archive()).status).toBe(202);
  });

  it('makes a shared channel: 201, no Location, a Content-Location that leads to the operation', async () => {
    const { post, teamId, follow } = await withTeam();
    const reply = await post(`/beta/teams/${teamId}/channels`, { displayName: 'Pier', membershipType: 'shared' });
    expect([reply.status, reply.headers.get('location'), reply.text]).toEqual([201, null, '']);
    const followed = await follow(reply, 'beta');
    expect(followed.location).toMatch(new RegExp(`^/teams/${teamId}/operations/${GUID}$`));
    expect(followed.operationType).toBe('createChannel');
  });

  it('makes any other channel at once', async () => {
    const { post, teamId } = await withTeam();
    const reply = await post(`/v1.0/teams/${teamId}/channels`, { displayName: 'Pier' });
    expect([reply.status, reply.headers.get('content-location')]).toEqual([201, null]);
    expect(reply.body).toMatchObject({ displayName: 'Pier', membershipType: 'standard' });
  });

  it('makes a chat with an app: 202, a Location whose colon and at sign are not escaped', async () => {
    const { post, follow } = await withTeam();
    const app = { 'teamsApp@odata.bind': 'https://graph.microsoft.com/beta/appCatalogs/teamsApps/1542629c' };
    const reply = await post('/beta/chats', { chatType: 'group', installedApps: [app] });
    expect([reply.status, reply.text]).toEqual([202, '']);
    const followed = await follow(reply, 'beta');
    expect(followed.location).toMatch(/^\/chats\('19:[0-9a-f]{32}@thread\.v2'\)\/operations\('[0-9a-f-]{110}'\)$/);
    expect([followed.status, followed.operationType]).toEqual([200, 'createChat']);
    expect(followed.body['values']).toMatch(/^\{"appIds":\["[0-9a-f-]{36}"\]\}$/);
  });

  it('makes a chat without an app at once, for all who are named in it', async () => {
    const { sandbox, post, get } = await withTeam();
    const other = sandbox.addToken('hers');
    const members = [{ 'user@odata.bind': `https://graph.microsoft.com/v1.0/users('${other.id}')`, roles: ['owner'] }];
    const reply = await post('/v1.0/chats', { chatType: 'oneOnOne', members });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('location')).toBeNull();
    const read = await get(`/v1.0/chats/${text(reply.body['id'])}`, { authorization: 'Bearer hers' });
    expect([read.status, read.body['chatType']]).toEqual([200, 'oneOnOne']);
  });

  it.each([
    ['a chat with several apps', '/beta/chats', { installedApps: [{}, {}] }],
    ['a chat with an app in v1.0', '/v1.0/chats', { installedApps: [{}] }],
    ['a chat whose members are no list', '/beta/chats', { members: 'all' }],
    ['a chat of no JSON', '/beta/chats', 'topic=x'],
    ['a team of no JSON', '/v1.0/teams', '[]'],
  ])('is refused for %s', async (_, path, body) => {
    const { post } = await withTeam();
    expect((await post(path, body)).status).toBe(400);
  });

  it('begins a life of 20 to 90 seconds, unless it fails or stalls', async () => {
    const { sandbox, clock, get, teamId, post } = await withTeam();
    for (let made = 0; made < 20; made++) await post(`/v1.0/teams/${teamId}/archive`, {});
    const statuses = async () => {
      const { body } = await get(`/v1.0/teams/${teamId}/operations`);
      return Array.isArray(body['value']) ? body['value'].map(({ status }: { status: string }) => status) : [];
    };
    expect(new Set(await statuses())).toEqual(new Set(['notStarted']));
    await clock.advance(19_000);
    expect(await statuses()).not.toContain('succeeded');
    await clock.advance(71_000);
    expect(new Set(await statuses())).toEqual(new Set(['succeeded', 'failed', 'inProgress']));
    expect(sandbox.counts().requests).toBe(23);
  });

  it('finds no room where 200 run, until one has ended', async () => {
    const { sandbox, post, get, teamId, clock } = await withTeam();
    for (let made = 0; made < 199; made++) sandbox.begin({ hostId: teamId, life: { stalls: true } });
    const clone = (life: string) => post(`/v1.0/teams/${teamId}/clone`, {}, { 'sandbox-life': life });
    expect((await clone('{"succeedsAfterMs":1000}')).status).toBe(202);
    const refused = await clone('{"stalls":true}');
    expect([refused.status, errorOf(refused)['message']]).toEqual([
      409,
      'In one team or chat of the sandbox 200 operations run at a time; wait until one has ended.',
    ]);
    expect(idsOf(await get('/v1.0/me/joinedTeams'))).toHaveLength(2); // it made no team either
    await clock.advance(1_000);
    expect((await clone('{"stalls":true}')).status).toBe(202);
  });

  it.each([
    ['/v1.0/teams', { displayName: 'A'.repeat(257) }, 'displayName must have at most 256 characters.'],
    ['/beta/chats', { topic: 'A'.repeat(257) }, 'topic must have at most 256 characters.'],
    ['/beta/chats', { members: Array(251).fill({}) }, 'members must be at most 250.'],
    [
      '/v1.0/teams',
      { 'group@odata.bind': `/groups/${'a'.repeat(129)}` },
      'An id in a @odata.bind must have at most 128 characters.',
    ],
  ])('to %s is refused when there is too much in it', async (path, body, message) => {
    const { post } = await withTeam();
    const refused = await post(path, body);
    expect([refused.status, errorOf(refused)['message']]).toEqual([400, message]);
  });

  it('begins the life it was told to', async () => {
    const { sandbox, clock, get, post } = await startTestSandbox({ life: { succeedsAfterMs: 1_000 } });
    const reply = await post(`/v1.0/teams/${sandbox.addTeam()}/archive`, {});
    await clock.advance(1_000);
    expect((await get(`/v1.0${String(reply.headers.get('location'))}`)).body['status']).toBe('succeeded');
  });
});

describe('an operation that the tester begins', () => {
  it('is told with its header form, its path, its id and its host', async () => {
    const { sandbox } = await startTestSandbox();
    const hostId = sandbox.addChat({ id: '19:abc@thread.v2' });
    const begun = sandbox.begin({ hostId });
    expect(begun).toEqual({
      hostId,
      operationId: begun.operationId,
      location: `/chats('19:abc@thread.v2')/operations('${begun.operationId}')`,
      path: `/beta/chats/19%3Aabc%40thread.v2/operations/${begun.operationId}`,
    });
  });

  it('finds itself a team or a chat when it is given none', async () => {
    const { sandbox } = await startTestSandbox();
    expect(sandbox.begin().path).toMatch('/v1.0/teams/');
    expect(sandbox.begin({ operationType: 'createChat' }).path).toMatch('/beta/chats/');
    expect(() => sandbox.begin({ hostId: 'none' })).toThrow("no team or chat 'none'");
  });

  it('pushes the oldest that has ended out of a host that has very many', async () => {
    const { sandbox, clock, get } = await startTestSandbox();
    const hostId = sandbox.addTeam();
    const stalled = sandbox.begin({ hostId, life: { stalls: true } });
    const ended = sandbox.begin({ hostId, life: { succeedsAfterMs: 1_000 } });
    await clock.advance(1_000);
    for (let made = 2; made < 1_000; made++) sandbox.begin({ hostId });
    expect((await get(ended.path)).status).toBe(200);
    sandbox.begin({ hostId });
    expect((await get(ended.path)).status).toBe(404);
    expect((await get(stalled.path)).status).toBe(200);
  });
});
