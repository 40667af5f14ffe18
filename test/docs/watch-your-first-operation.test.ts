import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runExample } from '../examples/example.js';
import { startGateway, type TestGateway } from '../server/start-gateway.js';
import { blocksOf, readPage } from './page.js';

const [START = '', ...COMMANDS] = blocksOf(readPage('watch-your-first-operation.md'), 'sh');

/** What a newcomer types into the second terminal, one after the other, at a gateway on a port of its own. */
function typed(url: string): string {
  const script = COMMANDS.join('\n').replaceAll('http://localhost:4000', url);
  const quick = script.replace(
    '"startsAfterMs":4000,"succeedsAfterMs":40000',
    '"startsAfterMs":500,"succeedsAfterMs":1000',
  );
  if (quick === script) throw new Error('The page orders no life that could be shortened.');
  return quick;
}

describe('the page about a first operation', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  it('begins as the README does', () => {
    expect(START).toBe('npm ci && npm start\n');
  });

  it('has commands that start an operation, watch it to its end and ask about it', async () => {
    const { ended, output } = runExample(['sh', '-eu', '-c', typed(gateway.url)], {});
    expect({ code: await ended, ...output }).toMatchObject({ code: 0 });
    const lines = output.out.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^\/teams\(7ea00000-0000-4000-8000-000000000001\)\/operations\([0-9a-f-]{36}\)$/);
    const states = lines.flatMap((line) => /^\d{4}-\S+Z ARCHIVE_TEAM (\w+)$/.exec(line)?.[1] ?? []);
    expect(states.at(-1)).toBe('SUCCEEDED'); // how many come before it is a matter of the machine
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      data: { operation: { state: 'SUCCEEDED', history: states.map((to) => ({ to })) } },
      extensions: { upstream: { requests: 0, reads: 0, snapshots: 1 } },
    });
  });
});
