import { describe, expect, it } from '@jest/globals';
import { DEMO } from '../../src/sandbox/demo.js';
import { list, object, startTestSandbox, text } from './support.js';

describe('the control path', () => {
  it('is not there unless the sandbox is told so', async () => {
    const { get, post } = await startTestSandbox();
    expect((await get('/sandbox')).status).toBe(400);
    expect((await post('/sandbox/faults', { fault: { kind: 'reset' } })).status).toBe(400);
  });

  it('tells where to begin', async () => {
    const { sandbox, get } = await startTestSandbox({ control: true });
    expect((await get('/sandbox', { authorization: '' })).body).toEqual({
      url: sandbox.url,
      token: sandbox.demoToken,
      demo: DEMO,
      counts: { requests: 0, reads: 0 },
      faults: [],
    });
  });

  it('plans faults and takes them back', async () => {
    const { sandbox, get, post } = await startTestSandbox({ control: true });
    const planned = {
      match: { path: '/me', part: false },
      fault: { kind: 'status', status: 429, retryAfter: '1.5' },
      times: 2,
    };
    expect((await post('/sandbox/faults', planned)).status).toBe(204);
    expect((await get('/sandbox')).body['faults']).toEqual([planned]);
    const reply = await get('/v1.0/me');
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '1.5']);
    await fetch(`${sandbox.url}/sandbox/faults`, { method: 'DELETE' });
    expect((await get('/v1.0/me')).status).toBe(200);
  });

  it.each([
    { kind: 'html', status: 502 },
    { kind: 'redirect', location: 'https://elsewhere.example/' },
    { kind: 'body', body: [] },
    { kind: 'foreignNextLink', origin: 'https://elsewhere.example' },
    { kind: 'hang' },
    { kind: 'reset' },
    { kind: 'truncated' },
    { kind: 'emptyPage' },
    { kind: 'status', status: 503, code: 'serviceNotAvailable' },
  ])('knows the fault $kind', async (fault) => {
    const { sandbox, post } = await startTestSandbox({ control: true });
    expect((await post('/sandbox/faults', { fault })).status).toBe(204);
    expect(sandbox.pendingFaults()).toEqual([{ match: {}, fault, times: 1 }]);
  });

  it('begins operations', async () => {
    const { sandbox, clock, get, post } = await startTestSandbox({ control: true });
    const hostId = sandbox.addTeam();
    const error = { code: 'TeamUnavailable', message: 'Gone.' };
    const lives = [
      [{ succeedsAfterMs: 6_000, startsAfterMs: 1_000, retriesAfterMs: [2_000] }, 'succeeded'],
      [{ failsAfterMs: 6_000, error }, 'failed'],
      [{ stalls: true }, 'inProgress'],
      [
        {
          moments: [
            { afterMs: 0, status: 'paused' },
            { afterMs: 5_000, status: 'failed', attemptsCount: 2, error },
          ],
        },
        'failed',
      ],
    ] as const;
    const begun = await Promise.all(
      lives.map(([life]) => post('/sandbox/operations', { hostId, operationType: 'cloneTeam', life })),
    );
    expect(begun.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    await clock.advance(6_000);
    const read = await Promise.all(begun.map(({ body }) => get(text(body['path']))));
    expect(read.map(({ body }) => body['status'])).toEqual(lives.map(([, status]) => status));
  });

  it('tells what was asked', async () => {
    const { get } = await startTestSandbox({ control: true });
    await get('/v1.0/me');
    const reads = list((await get('/sandbox/reads')).body['reads']);
    expect(reads.map(({ path }) => path)).toEqual(['/v1.0/me']);
  });

  it.each([
    ['faults', 'reset', 'The body must be a JSON object.'],
    ['faults', {}, 'fault must be a JSON object.'],
    ['faults', { fault: { kind: 'earthquake' } }, 'fault.kind must be one of'],
    ['faults', { fault: { kind: 'status' } }, 'fault.status must be a number'],
    ['faults', { fault: { kind: 'status', status: 700 } }, 'fault.status must be an HTTP status.'],
    ['faults', { fault: { kind: 'status', status: 429, retryAfter: 3 } }, 'fault.retryAfter must be a string.'],
    ['faults', { fault: { kind: 'reset' }, times: 0 }, 'times must be a number of at least 1.'],
    ['faults', { fault: { kind: 'reset' }, match: { part: 'yes' } }, 'match.part must be true or false.'],
    ['operations', { life: {} }, 'life needs one of'],
    ['operations', { life: { moments: {} } }, 'life.moments must be a list.'],
    ['operations', { life: { moments: [{ afterMs: 0 }] } }, 'life.moments[0].status must be a string.'],
    [
      'operations',
      { life: { failsAfterMs: 0, error: { code: 'Long', message: 'x'.repeat(1_001) } } },
      'life.error.message must have at most 1000 characters.',
    ],
    ['operations', { hostId: 'none' }, "no team or chat 'none'"],
  ])('says what is wrong with what it is told: %s %j', async (path, body, message) => {
    const { post } = await startTestSandbox({ control: true });
    const reply = await post(`/sandbox/${path}`, body);
    expect(reply.status).toBe(400);
    expect(reply.body['error']).toContain(message);
  });

  it('has no other paths', async () => {
    const { get } = await startTestSandbox({ control: true });
    expect((await get('/sandbox/secrets')).status).toBe(404);
    expect(object((await get('/sandboxes')).body['error'])['code']).toBe('BadRequest');
  });
});
