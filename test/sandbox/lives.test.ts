import { describe, expect, it } from '@jest/globals';
import { type Life } from '../../src/sandbox/lives.js';
import { list, object, startTestSandbox, text } from './support.js';

/** What a team operation with this life reads at each of these moments. */
async function readAt(life: Life, moments: readonly number[]) {
  const { sandbox, clock, get } = await startTestSandbox();
  const { path } = sandbox.begin({ life });
  const seen: unknown[] = [];
  let passed = 0;
  for (const at of moments) {
    await clock.advance(at - passed);
    passed = at;
    const { status, attemptsCount, error } = (await get(path)).body;
    seen.push(error === null ? `${String(status)} ${String(attemptsCount)}` : { status, attemptsCount, error });
  }
  return seen;
}

describe('the life of an operation', () => {
  it('goes from notStarted by way of inProgress to succeeded, at the moments it was told', async () => {
    const seen = await readAt(
      { startsAfterMs: 4_000, succeedsAfterMs: 9_000 },
      [0, 3_999, 4_000, 8_999, 9_000, 99_000],
    );
    expect(seen).toEqual([
      'notStarted 1',
      'notStarted 1',
      'inProgress 1',
      'inProgress 1',
      'succeeded 1',
      'succeeded 1',
    ]);
  });

  it('may end as failed, and then tells why', async () => {
    const error = { code: 'TeamUnavailable', message: 'The team was not found.' };
    const seen = await readAt({ failsAfterMs: 9_000 }, [8_999, 9_000]);
    expect(seen).toEqual(['inProgress 1', { status: 'failed', attemptsCount: 1, error }]);
  });

  it('may stall, and then stays in progress for good', async () => {
    expect(await readAt({ stalls: true }, [5_000, 3_600_000])).toEqual(['inProgress 1', 'inProgress 1']);
  });

  it('goes back to notStarted with one attempt more when an attempt is given up', async () => {
    const life = { startsAfterMs: 1_000, retriesAfterMs: [5_000, 8_000], succeedsAfterMs: 12_000 };
    const seen = await readAt(life, [1_000, 5_000, 6_000, 8_000, 9_000, 12_000]);
    const [first, ...later] = [
      'inProgress 1',
      'notStarted 2',
      'inProgress 2',
      'notStarted 3',
      'inProgress 3',
      'succeeded 3',
    ];
    expect(seen).toEqual([first, ...later]);
  });

  it('may hold a word that no client has met', async () => {
    const life = { moments: [{ afterMs: 0, status: 'paused', attemptsCount: 1 }] };
    const { sandbox, get } = await startTestSandbox();
    const { path } = sandbox.begin({ life });
    const { body } = await get(path, { Prefer: 'include-unknown-enum-members' });
    expect(body['status']).toBe('paused');
  });

  it('writes its dates with seven digits, the last action moving with the status', async () => {
    const { sandbox, clock, get } = await startTestSandbox();
    const { path } = sandbox.begin({ life: { startsAfterMs: 4_000, succeedsAfterMs: 9_000 } });
    await clock.advance(4_500);
    const { createdDateTime, lastActionDateTime } = (await get(path)).body;
    expect(createdDateTime).toMatch(/^2026-01-01T00:00:00\.000\d{4}Z$/);
    expect(lastActionDateTime).toMatch(/^2026-01-01T00:00:04\.000\d{4}Z$/);
  });

  it('tells the steps of a team in a string of JSON that moves along', async () => {
    const { sandbox, clock, get } = await startTestSandbox();
    const { path } = sandbox.begin({
      operationType: 'createTeam',
      life: { startsAfterMs: 0, succeedsAfterMs: 10_000 },
    });
    const steps = async () => {
      const value = object(JSON.parse(text((await get(path)).body['Value'])));
      return [...list(value['apps']), ...list(value['channels'])];
    };
    const states = async () => (await steps()).map(({ Status }) => Status);

    expect(await states()).toEqual(['InProgress', 'NotStarted', 'NotStarted', 'NotStarted', 'NotStarted']);
    await clock.advance(5_000);
    expect(await states()).toEqual(['Succeeded', 'Succeeded', 'InProgress', 'NotStarted', 'NotStarted']);
    await clock.advance(5_000);
    expect(await states()).toEqual(['Succeeded', 'Succeeded', 'Succeeded', 'Succeeded', 'Succeeded']);
    expect((await steps())[0]?.['UpdateTimestamp']).toMatch(/\.\d{7}\+00:00$/);
  });

  it('leaves the step at which it failed as Failed', async () => {
    const { sandbox, clock, get } = await startTestSandbox();
    const { path } = sandbox.begin({ operationType: 'cloneTeam', life: { failsAfterMs: 6_000 } });
    await clock.advance(6_000);
    const value = object(JSON.parse(text((await get(path)).body['Value'])));
    expect(list(value['channels']).map(({ Status }) => Status)).toEqual(['Failed', 'NotStarted', 'NotStarted']);
  });
});
