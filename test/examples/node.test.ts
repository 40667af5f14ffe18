import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';
import { runExample } from './example.js';

const EXAMPLE = ['node', 'examples/node/watch.mjs'];

describe('the example for Node', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('watches an operation to its end', async () => {
    const { location } = sandboxOf(gateway).begin({
      operationType: 'archiveTeam',
      life: { startsAfterMs: 0, succeedsAfterMs: 100 },
    });
    const { ended, output } = runExample([...EXAMPLE, location], { GATEWAY_URL: gateway.url });
    expect(await ended).toBe(0);
    expect(output.out).toMatch(/^\d{4}-\S+Z ARCHIVE_TEAM SUCCEEDED$/m);
    expect(output.err).toBe('');
  });

  it('says what went wrong with one that failed', async () => {
    const error = { code: 'Forbidden', message: 'The team is frozen.' };
    const { location } = sandboxOf(gateway).begin({ life: { startsAfterMs: 0, failsAfterMs: 1, error } });
    const { ended, output } = runExample([...EXAMPLE, location], { GATEWAY_URL: gateway.url });
    expect(await ended).toBe(1);
    expect(output.err).toBe('Forbidden The team is frozen.\n');
  });

  it('has one in the sandbox to watch at once', async () => {
    const running = runExample(EXAMPLE, { GATEWAY_URL: gateway.url });
    expect(await running.said(/CLONE_TEAM \w+/)).toMatch(/NOT_STARTED|RUNNING|SUCCEEDED/);
    running.stop();
    await running.ended;
  });
});
