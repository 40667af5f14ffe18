import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEMO } from '../../src/sandbox/demo.js';
import { DEMO_REQUESTS } from '../../src/sandbox/demo-requests.js';
import { sandboxOf, startGateway, startGatewayOfGraph, type TestGateway } from './start-gateway.js';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('the way to the sandbox', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com', MAX_BODY_BYTES: '4000' });
  });
  afterAll(() => gateway.stop());

  const post = (path: string, headers: Record<string, string> = JSON_TYPE, body = '{}'): Promise<Response> =>
    fetch(`${gateway.url}/sandbox${path}`, { method: 'POST', headers, body });

  it.each(DEMO_REQUESTS)('starts what it offers as Graph would: $name', async ({ path, body, life, name }) => {
    const told = (await (await fetch(`${gateway.url}/sandbox`)).json()) as { requests: { name: string }[] };
    expect(told.requests.map((request) => request.name)).toContain(name);
    const headers = { ...JSON_TYPE, 'sandbox-life': JSON.stringify(life) };
    const answer = await post(path, headers, JSON.stringify(body));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toMatch(/^\/teams\(.+\)\/operations\(.+\)$/);
  });

  it('is no way to read, to steer or to make anything else of the sandbox', async () => {
    const reads = sandboxOf(gateway).reads().length;
    for (const path of [
      '/sandbox/faults',
      '/sandbox/operations',
      `/v1.0/teams/${DEMO.teamId}/operations`,
      `/v1.0/teams/${DEMO.teamId}/channels`,
      '/v1.0/$batch',
      `/v1.0/teams/a/b/archive`,
      '/',
    ]) {
      expect((await post(path)).status).toBe(404);
    }
    expect((await fetch(`${gateway.url}/sandbox/v1.0/teams`)).status).toBe(405);
    expect(sandboxOf(gateway).reads()).toHaveLength(reads);
  });

  it('is closed to pages of elsewhere, with and without a preflight', async () => {
    const path = '/v1.0/teams';
    expect((await post(path, { ...JSON_TYPE, origin: 'https://evil.example' })).status).toBe(403);
    expect((await post(path, { ...JSON_TYPE, origin: 'null' })).status).toBe(403);
    expect((await post(path, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(path, { ...JSON_TYPE, origin: 'https://app.example.com' })).status).toBe(202);
    expect((await post(path, { ...JSON_TYPE, origin: new URL(gateway.url).origin })).status).toBe(202);
  });

  it('is in the name of the sandbox’s own user, whoever comes', async () => {
    const answer = await post('/v1.0/teams', { ...JSON_TYPE, authorization: 'Bearer somebody-else' });
    expect(answer.status).toBe(202);
  });

  it('takes bodies as long as the gateway does, and names as long as Graph does', async () => {
    const named = (length: number): string => JSON.stringify({ displayName: 'A'.repeat(length) });
    const long = await post('/v1.0/teams', JSON_TYPE, named(4_000));
    expect(long.status).toBe(413);
    expect(await long.json()).toMatchObject({
      errors: [{ message: 'A body has at most 4000 bytes.', extensions: { limit: 'BODY_BYTES' } }],
    });
    const refused = await post('/v1.0/teams', JSON_TYPE, named(257));
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { message: 'displayName must have at most 256 characters.' },
    });
    expect((await post('/v1.0/teams', JSON_TYPE, named(256))).status).toBe(202);
    expect((await post(`/v1.0/teams/${'a'.repeat(300)}/archive`)).status).toBe(404);
  });

  it('throttles nobody, however much is begun at once', async () => {
    const begun = await Promise.all(Array.from({ length: 60 }, () => post(`/v1.0/teams/${DEMO.teamId}/archive`)));
    expect(new Set(begun.map(({ status }) => status))).toEqual(new Set([202]));
    const { url, demoToken } = sandboxOf(gateway);
    const headers = { authorization: `Bearer ${demoToken}` };
    expect((await fetch(`${url}/v1.0/teams/${DEMO.teamId}/operations`, { headers })).status).toBe(200);
  });

  it('hands on what Graph says is wrong', async () => {
    const path = '/v1.0/teams';
    const answer = await post(path, { ...JSON_TYPE, 'sandbox-life': '{"endsSomehow":true}' });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { message: 'Sandbox-Life: life needs one of succeedsAfterMs, failsAfterMs, stalls: true, moments.' },
    });
    const unknown = await post('/v1.0/teams/there-is-none/archive');
    expect(unknown.status).toBe(404);
  });
});

it('there is no way to a sandbox where another Graph is asked', async () => {
  const { gateway, stop } = await startGatewayOfGraph();
  expect((await fetch(`${gateway.url}/sandbox`)).status).toBe(404);
  const answer = await fetch(`${gateway.url}/sandbox/v1.0/teams`, { method: 'POST', headers: JSON_TYPE, body: '{}' });
  await stop();
  expect(answer.status).toBe(404);
});
