import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';
import { runExample } from './example.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;
if (!hasCurl) console.warn('the example for curl is not tested: there is no curl here'); // jest keeps the names of skipped tests to itself

(hasCurl ? describe : describe.skip)('the example for curl', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('watches an operation to its end by server-sent events, and then is over', async () => {
    const { location } = sandboxOf(gateway).begin({
      operationType: 'archiveTeam',
      life: { startsAfterMs: 0, succeedsAfterMs: 100 },
    });
    const { ended, output } = runExample(['sh', 'examples/curl-sse/watch.sh', location], { GATEWAY_URL: gateway.url });
    expect(await ended).toBe(0);
    expect(output.out).toMatch(/^data: ?\{.*"to":"SUCCEEDED".*$/m);
    expect(output.out).toMatch(/^event: ?complete$/m);
    expect(output.err).toBe('');
  });

  it('says what is wrong with what cannot be watched', async () => {
    const { ended, output } = runExample(['sh', 'examples/curl-sse/watch.sh', '/me/messages/1'], {
      GATEWAY_URL: gateway.url,
    });
    await ended;
    expect(output.out).toContain('is not the location of an operation');
  });
});
