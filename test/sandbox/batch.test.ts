import { describe, expect, it } from '@jest/globals';
import { errorOf, list, object, seededRandom, startTestSandbox, type Reply } from './support.js';

const me = (id: string) => ({ id, method: 'GET', url: '/me' });

function partsOf(reply: Reply) {
  return new Map(list(reply.body['responses']).map((part) => [part['id'], part]));
}

describe('a batch', () => {
  it('answers each of its parts with a status, headers and a body of its own', async () => {
    const { sandbox, post } = await startTestSandbox();
    const teamId = sandbox.addTeam();
    const { operationId } = sandbox.begin({ hostId: teamId });
    const reply = await post('/v1.0/$batch', {
      requests: [
        { id: '1', method: 'GET', url: `/teams/${teamId}/operations/${operationId}` },
        { id: '2', method: 'get', url: `teams('${teamId}')/operations` },
        { id: '3', method: 'GET', url: '/teams/none/operations' },
        { id: '4', method: 'GET', url: 'https://elsewhere.example/v1.0/me' },
        { id: '5', method: 'GET', url: '/$batch' },
      ],
    });
    const parts = partsOf(reply);
    expect(reply.status).toBe(200);
    expect(['1', '2', '3', '4', '5'].map((id) => parts.get(id)?.['status'])).toEqual([200, 200, 404, 400, 400]);
    expect(object(parts.get('1')?.['body'])['id']).toBe(operationId);
    expect(object(parts.get('1')?.['headers'])['Content-Type']).toMatch(/^application\/json;/);
  });

  it('answers in any order, the same under one seed', async () => {
    const requests = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(me);
    const order = async (seed: number) => {
      const { post } = await startTestSandbox({ random: seededRandom(seed) });
      return list((await post('/v1.0/$batch', { requests })).body['responses']).map(({ id }) => id);
    };
    const [first, again, other] = [await order(7), await order(7), await order(8)];
    expect(first).toEqual(again);
    expect(first).not.toEqual(requests.map(({ id }) => id));
    expect(other).not.toEqual(first);
    expect([...other].sort()).toEqual(requests.map(({ id }) => id));
  });

  it('reads the headers of each part, not those of the batch', async () => {
    const { sandbox, post } = await startTestSandbox();
    const { path } = sandbox.begin({ operationType: 'archiveChannel' });
    const url = path.replace('/v1.0', '');
    const requests = [
      { id: 'plain', method: 'GET', url },
      {
        id: 'asked',
        method: 'GET',
        url,
        headers: { prefer: 'include-unknown-enum-members', 'client-request-id': 'x' },
      },
    ];
    const parts = partsOf(await post('/v1.0/$batch', { requests }, { prefer: 'include-unknown-enum-members' }));
    const asked = object(parts.get('asked')?.['headers']);
    expect(object(parts.get('plain')?.['body'])['operationType']).toBe('unknownFutureValue');
    expect(object(parts.get('asked')?.['body'])['operationType']).toBe('archiveChannel');
    expect(asked['Preference-Applied']).toBe('include-unknown-enum-members');
    expect(asked['client-request-id']).toBe('x');
  });

  it('starts operations as well', async () => {
    const { sandbox, post } = await startTestSandbox();
    const teamId = sandbox.addTeam();
    const requests = [
      {
        id: '1',
        method: 'POST',
        url: `/teams/${teamId}/archive`,
        headers: { 'Content-Type': 'application/json' },
        body: {},
      },
    ];
    const part = partsOf(await post('/v1.0/$batch', { requests })).get('1');
    expect(part?.['status']).toBe(202);
    expect(object(part?.['headers'])['Location']).toMatch(`/teams(${teamId})/operations(`);
    expect(part).not.toHaveProperty('body');
  });

  it('serves a part after those it depends on, and not at all when one of these failed', async () => {
    const { post } = await startTestSandbox();
    const requests = [
      { ...me('third'), dependsOn: ['Second'] },
      { ...me('second'), dependsOn: ['first'] },
      { ...me('first'), url: '/nothing' },
      { ...me('free'), dependsOn: [] },
    ];
    const parts = partsOf(await post('/v1.0/$batch', { requests }));
    expect(['first', 'second', 'third', 'free'].map((id) => parts.get(id)?.['status'])).toEqual([400, 424, 424, 200]);
    expect(object(parts.get('second')?.['body'])['error']).toMatchObject({ code: 'FailedDependency' });
  });

  it('is recorded part by part, under one number', async () => {
    const { sandbox, get, post } = await startTestSandbox();
    const { path, hostId, operationId } = sandbox.begin();
    await get('/v1.0/me');
    await post('/v1.0/$batch', { requests: [me('1'), { id: '2', method: 'GET', url: path.replace('/v1.0', '') }] });
    const user = { at: Date.UTC(2026, 0, 1), method: 'GET', status: 200, userId: sandbox.demoUser.id };
    const nowhere = { hostId: null, operationId: null };
    expect(sandbox.reads()).toEqual([
      { ...user, ...nowhere, path: '/v1.0/me', part: false, request: 1 },
      { ...user, ...nowhere, path: '/v1.0/me', part: true, request: 2 },
      { ...user, hostId, operationId, path, part: true, request: 2 },
    ]);
    expect(sandbox.counts()).toEqual({ requests: 2, reads: 3 });
  });

  it('takes twenty parts', async () => {
    const { post } = await startTestSandbox();
    const requests = Array.from({ length: 20 }, (_, at) => me(String(at)));
    expect(list((await post('/v1.0/$batch', { requests })).body['responses'])).toHaveLength(20);
  });

  it.each([
    ['has more than twenty parts', { requests: Array.from({ length: 21 }, (_, at) => me(String(at))) }],
    ['has an id twice', { requests: [me('1'), me('1')] }],
    ['has ids that differ in case alone', { requests: [me('a'), me('A')] }],
    ['has no parts', { requests: [] }],
    ['has no list of parts', { parts: [] }],
    ['is not JSON', '{"requests":['],
    ['has a part without an id', { requests: [{ method: 'GET', url: '/me' }] }],
    ['has a part whose id is a number', { requests: [{ id: 1, method: 'GET', url: '/me' }] }],
    ['has a part without a url', { requests: [{ id: '1', method: 'GET' }] }],
    ['has a part without a method', { requests: [{ id: '1', url: '/me' }] }],
    ['has a part that is none', { requests: ['/me'] }],
    ['has a part whose headers are none', { requests: [{ ...me('1'), headers: [] }] }],
    ['has a part that depends on no list', { requests: [{ ...me('1'), dependsOn: '2' }] }],
    ['has a part with a body of no type', { requests: [{ ...me('1'), body: {} }] }],
    ['has a part that depends on none of it', { requests: [{ ...me('1'), dependsOn: ['2'] }] }],
    [
      'has parts that wait for each other',
      {
        requests: [
          { ...me('1'), dependsOn: ['2'] },
          { ...me('2'), dependsOn: ['1'] },
        ],
      },
    ],
  ])('is a 400 when it %s', async (_, body) => {
    const { sandbox, post } = await startTestSandbox();
    const reply = await post('/v1.0/$batch', body);
    expect([reply.status, errorOf(reply)['code']]).toEqual([400, 'BadRequest']);
    expect(sandbox.reads().map(({ path }) => path)).toEqual(['/v1.0/$batch']);
  });

  it('is cut off when it is longer than any batch can be', async () => {
    const { post, get } = await startTestSandbox();
    const endless = { requests: [{ ...me('1'), body: 'x'.repeat(5 * 2 ** 20) }] };
    await expect(post('/v1.0/$batch', endless)).rejects.toThrow('fetch failed');
    expect((await get('/v1.0/me')).status).toBe(200);
  });

  it('is a 401 as a whole without a good token', async () => {
    const { post } = await startTestSandbox();
    expect((await post('/v1.0/$batch', { requests: [me('1')] }, { authorization: '' })).status).toBe(401);
  });

  it('is a 403 only in the parts that are not for this user', async () => {
    const { sandbox, post } = await startTestSandbox();
    sandbox.addToken('hers');
    const requests = [me('1'), { id: '2', method: 'GET', url: `/teams/${sandbox.addTeam()}/operations` }];
    const parts = partsOf(await post('/v1.0/$batch', { requests }, { authorization: 'Bearer hers' }));
    expect(['1', '2'].map((id) => parts.get(id)?.['status'])).toEqual([200, 403]);
  });
});
