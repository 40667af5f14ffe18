import { describe, expect, it } from '@jest/globals';
import { DEMO, SANDBOX_TOKEN } from '../../src/sandbox/demo.js';
import { idsOf, list, startTestSandbox, text, type TestSandbox } from './support.js';

/** Every operation of the demo with its status, by host. */
async function everything({ get }: TestSandbox): Promise<Map<string, Map<string, string>>> {
  const hosts = [
    ...idsOf(await get('/v1.0/me/joinedTeams')).map((id) => [id, `/v1.0/teams/${id}/operations`] as const),
    ...idsOf(await get('/v1.0/me/chats')).map((id) => [id, `/beta/chats/${id}/operations`] as const),
  ];
  const seen = new Map<string, Map<string, string>>();
  for (const [id, path] of hosts) {
    const operations = list((await get(`${path}?$top=999`)).body['value']);
    seen.set(id, new Map(operations.map((operation) => [text(operation['id']), text(operation['status'])])));
  }
  return seen;
}

const flat = (seen: Map<string, Map<string, string>>) => new Map([...seen.values()].flatMap((host) => [...host]));

describe('the demo', () => {
  it('has a team, a chat and operations whose ids documents may name', async () => {
    const { get } = await startTestSandbox({ demo: true, random: () => 0.5 });
    expect((await get(`/v1.0/teams/${DEMO.teamId}/operations/${DEMO.teamOperationId}`)).body['status']).toBe(
      'notStarted',
    );
    const chat = await get(`/beta/chats/${DEMO.chatId}/operations`, { authorization: `Bearer ${SANDBOX_TOKEN}` });
    expect(idsOf(chat)).toEqual([DEMO.chatOperationId]);
  });

  it('has teams and chats with names that people give', async () => {
    const { get } = await startTestSandbox({ demo: true });
    const teams = list((await get('/v1.0/me/joinedTeams')).body['value']).map(({ displayName }) => displayName);
    const chats = list((await get('/beta/chats')).body['value']).map(({ topic }) => topic);
    expect(teams).toContain('Customer support, north');
    expect(chats).toContain('On call');
    expect([teams.length, chats.length]).toEqual([5, 4]);
  });

  it('has the same ids each time, whatever is drawn', async () => {
    const one = await startTestSandbox({ demo: true, random: () => 0.1 });
    const other = await startTestSandbox({ demo: true, random: () => 0.9 });
    await Promise.all([one.clock.advance(200_000), other.clock.advance(200_000)]);
    expect(await everything(one)).toEqual(await everything(other));
  });

  it('moves within a minute, wherever one looks', async () => {
    const started = await startTestSandbox({ demo: true });
    await started.clock.advance(60_000);
    let before = await everything(started);
    for (let minute = 0; minute < 5; minute++) {
      await started.clock.advance(60_000);
      const after = await everything(started);
      const moved = [...flat(after)].filter(([id, status]) => flat(before).get(id) !== status);
      expect(moved.length).toBeGreaterThanOrEqual(10);
      expect(after.get(DEMO.teamId)).not.toEqual(before.get(DEMO.teamId));
      expect(after.get(DEMO.chatId)).not.toEqual(before.get(DEMO.chatId));
      before = after;
    }
  });

  it('shows every end there is within five minutes, and something that never ends', async () => {
    const started = await startTestSandbox({ demo: true });
    const ends = new Set<string>();
    for (let minute = 0; minute < 5; minute++) {
      await started.clock.advance(60_000);
      for (const status of flat(await everything(started)).values()) ends.add(status);
    }
    expect([...ends].sort()).toEqual(['failed', 'inProgress', 'notStarted', 'succeeded']);

    const before = flat(await everything(started));
    await started.clock.advance(3_600_000);
    const after = flat(await everything(started));
    const stalled = [...before].filter(([id, status]) => status === 'inProgress' && after.get(id) === 'inProgress');
    expect(stalled).toHaveLength(1);
  });

  it('keeps few operations and the first of each, however long it runs and however seldom one looks', async () => {
    const started = await startTestSandbox({ demo: true });
    await started.clock.advance(600_000);
    const soon = flat(await everything(started));
    for (const pauseMs of [60_000, 3_600_000, 30 * 86_400_000]) {
      await started.clock.advance(pauseMs);
      const later = flat(await everything(started));
      expect(later.size).toBeLessThanOrEqual(soon.size + 2);
      expect(later.get(DEMO.teamOperationId)).toBe('succeeded');
      expect(later.get(DEMO.chatOperationId)).toBe('succeeded');
    }
  });

  it('lists what began while nobody looked in the order in which it began', async () => {
    const { clock, get } = await startTestSandbox({ demo: true });
    await clock.advance(450_000);
    const operations = list((await get(`/v1.0/teams/${DEMO.teamId}/operations`)).body['value']);
    const created = operations.map(({ createdDateTime }) => text(createdDateTime));
    expect(created).toEqual([...created].sort().reverse());
    expect(created.length).toBeGreaterThan(8);
  });
});
