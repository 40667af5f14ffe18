import { describe, expect, it } from '@jest/globals';
import { errorOf, startTestSandbox } from './support.js';

describe('a token', () => {
  it.each([
    ['is missing', {}, 'Access token is empty.'],
    ['is no bearer token', { authorization: 'Basic abc' }, 'Access token is empty.'],
    ['is unknown', { authorization: 'Bearer made-up' }, 'CompactToken parsing failed with error code: 80049217'],
  ])('that %s is a 401 that says so', async (_, headers: Record<string, string>, message) => {
    const { sandbox } = await startTestSandbox();
    const response = await fetch(`${sandbox.url}/v1.0/me`, { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*authorization_uri="/);
    expect(await response.json()).toMatchObject({ error: { code: 'InvalidAuthenticationToken', message } });
  });

  it('that has expired is a 401 from then on, and good again once it is renewed', async () => {
    const { sandbox, get } = await startTestSandbox();
    const user = sandbox.addToken('hers');
    const authorization = 'Bearer hers';
    expect((await get('/v1.0/me', { authorization })).body['id']).toBe(user.id);

    sandbox.expire('hers');
    const reply = await get('/v1.0/me', { authorization });
    expect([reply.status, errorOf(reply)['message']]).toEqual([401, 'Access token has expired or is not yet valid.']);

    sandbox.addToken('hers', user);
    expect((await get('/v1.0/me', { authorization })).status).toBe(200);
  });

  it('that conditional access is not content with is a 401 with the claims to come back with', async () => {
    const { sandbox, get } = await startTestSandbox();
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1767225600"}}}';
    sandbox.challenge(sandbox.demoToken, claims);
    const reply = await get('/v1.0/me');
    const challenge = /error="insufficient_claims", claims="([^"]+)"/.exec(reply.headers.get('www-authenticate') ?? '');
    expect(reply.status).toBe(401);
    expect(Buffer.from(challenge?.[1] ?? '', 'base64').toString()).toBe(claims);
  });

  it('cannot expire when there is none', async () => {
    const { sandbox } = await startTestSandbox();
    expect(() => sandbox.expire('made-up')).toThrow('no such token');
  });
});

describe('a team and a chat', () => {
  it.each(['team', 'chat'] as const)('are a 403 for who is no member: a %s', async (kind) => {
    const { sandbox, get } = await startTestSandbox();
    const hostId = kind === 'team' ? sandbox.addTeam() : sandbox.addChat();
    const { path } = sandbox.begin({ hostId });
    const user = sandbox.addToken('hers');
    const read = () => get(path, { authorization: 'Bearer hers' });

    const refused = await read();
    expect([refused.status, errorOf(refused)['code']]).toEqual([403, 'Forbidden']);

    sandbox.addMember(hostId, user.id);
    expect((await read()).status).toBe(200);

    sandbox.revoke(hostId, user.id);
    expect((await read()).status).toBe(403);
    expect((await get(path)).status).toBe(200); // nobody else is disturbed
  });

  it('are not to be had by way of another user', async () => {
    const { sandbox, get } = await startTestSandbox();
    const chatId = sandbox.addChat();
    expect((await get(`/beta/users/somebody-else/chats/${chatId}/operations`)).status).toBe(403);
  });

  it('must be there before a member can be taken out', async () => {
    const { sandbox } = await startTestSandbox();
    expect(() => sandbox.revoke('none', 'nobody')).toThrow("no team or chat 'none'");
  });
});
