import { describe, expect, it } from '@jest/globals';
import { list, startTestSandbox, type TestSandbox } from './support.js';

async function statuses({ get }: TestSandbox, path: string, times: number): Promise<number[]> {
  const seen: number[] = [];
  for (let time = 0; time < times; time++) seen.push((await get(path)).status);
  return seen;
}

describe("Graph's limits", () => {
  it('are four requests a second on one team, with word of when to come back', async () => {
    const started = await startTestSandbox({ limits: {} });
    const { sandbox, clock, get } = started;
    const path = `/v1.0/teams/${sandbox.addTeam()}/operations`;
    expect(await statuses(started, path, 5)).toEqual([200, 200, 200, 200, 429]);

    await clock.advance(200);
    const refused = await get(path);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    await clock.advance(1_000);
    expect((await get(path)).status).toBe(200);
  });

  it('are one request a second on one chat, and none of its neighbours pays for it', async () => {
    const started = await startTestSandbox({ limits: {} });
    const { sandbox, clock } = started;
    const [one, other] = [sandbox.addChat(), sandbox.addChat()];
    expect(await statuses(started, `/beta/chats/${one}/operations`, 2)).toEqual([200, 429]);
    expect(await statuses(started, `/beta/chats/${other}/operations`, 1)).toEqual([200]);
    await clock.advance(1_000);
    expect(await statuses(started, `/beta/chats/${one}/operations`, 1)).toEqual([200]);
  });

  it('are thirty requests a second for all of the tenant', async () => {
    const started = await startTestSandbox({ limits: {} });
    const seen = await statuses(started, '/v1.0/me', 31);
    expect(seen.filter((status) => status === 200)).toHaveLength(30);
    expect(seen.at(-1)).toBe(429);
  });

  it('count a request that is refused as well', async () => {
    const started = await startTestSandbox({ limits: {} });
    const { sandbox, clock } = started;
    const path = `/beta/chats/${sandbox.addChat()}/operations`;
    await statuses(started, path, 2);
    await clock.advance(999);
    expect(await statuses(started, path, 1)).toEqual([429]);
    await clock.advance(999);
    expect(await statuses(started, path, 1)).toEqual([429]);
    await clock.advance(1_000);
    expect(await statuses(started, path, 1)).toEqual([200]);
  });

  it('hold for each part of a batch alone', async () => {
    const { sandbox, post } = await startTestSandbox({ limits: {} });
    const chatId = sandbox.addChat();
    const requests = [1, 2, 3].map((id) => ({ id: String(id), method: 'GET', url: `/chats/${chatId}/operations` }));
    const { status, body } = await post('/beta/$batch', { requests });
    const parts = list(body['responses']).sort((a, b) => Number(a['id']) - Number(b['id']));
    expect(status).toBe(200);
    expect(parts.map((part) => part['status'])).toEqual([200, 429, 429]);
    expect(parts[1]?.['headers']).toMatchObject({ 'Retry-After': '1' });
  });

  it('can be set one by one', async () => {
    const started = await startTestSandbox({ limits: { perTeam: 1, perChat: Infinity } });
    const { sandbox } = started;
    expect(await statuses(started, `/v1.0/teams/${sandbox.addTeam()}/operations`, 2)).toEqual([200, 429]);
    expect(await statuses(started, `/beta/chats/${sandbox.addChat()}/operations`, 3)).toEqual([200, 200, 200]);
  });

  it('can be lifted', async () => {
    const started = await startTestSandbox({ limits: 'none' });
    const path = `/beta/chats/${started.sandbox.addChat()}/operations`;
    expect(new Set(await statuses(started, path, 40))).toEqual(new Set([200]));
  });
});
