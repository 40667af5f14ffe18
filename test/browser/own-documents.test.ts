import { exec, execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { createOperationsClient } from '../../src/client/client.js';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { DEMO } from '../../src/sandbox/demo.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';
import { describeInBrowser } from '../support/browser.js';
import { driveGraphiql } from '../support/graphiql.js';
import { slowNextLife, STATE_MS } from './slow-lives.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MANIFESTS = ['board', 'client', 'graphiql'].map((name) => `dist/trusted-documents/${name}.json`);
const MINE = 'query Mine { __typename }';

describeInBrowser('a gateway that runs its own documents and nothing else', (browser) => {
  let aheadMs = 0;
  /** The machine's time, which a test may set forward: however long a page takes, an operation waits for it. */
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };
  let folder: string;
  let gateway: TestGateway;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'own-documents-'));
    for (const tool of ['build-pages.mjs', 'build-manifests.mjs']) {
      await promisify(execFile)(process.execPath, [path.join(ROOT, 'tools', tool)]);
    }
    const manifest = await mergeAsTheReadmeSays();
    gateway = await startGateway({ POLL_INTERVAL_SECONDS: '0.2', TRUSTED_DOCUMENTS: manifest }, { clock });
  });
  afterAll(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  /** @returns the file that its command writes, with a document of somebody's own in it */
  async function mergeAsTheReadmeSays(): Promise<string> {
    const [mine, all] = [path.join(folder, 'mine.json'), path.join(folder, 'all.json')];
    await writeFile(mine, JSON.stringify({ mine: MINE }));
    const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
    const [command = ''] = /^node -p [^`]*all\.json$/m.exec(readme) ?? [];
    const [files = ''] = /dist\/.*mine\.json/.exec(command) ?? [];
    await promisify(exec)(command.replace(files, [...MANIFESTS, mine].join(' ')).replace('> all.json', `> ${all}`), {
      cwd: ROOT,
    });
    return all;
  }

  async function ask(query: string): Promise<unknown> {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return await response.json();
  }

  it('shows the board, with what is watched and what each check brings', async () => {
    const { page, errors, requests } = await browser.visit(`${gateway.url}/`);
    await slowNextLife(page);
    await page.getByRole('button', { name: 'Archive a team' }).click();
    const card = page.getByRole('article').filter({ hasText: 'Archive team' });
    await card.getByText('Not started').waitFor();
    const looked = page.waitForResponse((answer) => new URL(answer.url()).pathname === '/graphql');
    expect(await (await looked).json()).toMatchObject({ data: { nodes: [{ state: expect.any(String) }] } });
    aheadMs += 2 * STATE_MS;
    await card.getByText('Succeeded').waitFor();
    await page.getByLabel('Location header').fill(`/teams/${DEMO.teamId}`);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Clone team' }).first().waitFor();
    expect(errors).toEqual([]);
    expect(requests).toContain(`${gateway.url.replace('http', 'ws')}/graphql`);
  });

  it('tells the client package of an operation, and of a whole team', async () => {
    const { location, hostId } = sandboxOf(gateway).begin({ life: { startsAfterMs: 0, succeedsAfterMs: 100 } });
    const client = createOperationsClient({ url: gateway.url, webSocketImpl: WebSocket });
    const seen: string[] = [];
    for await (const { to } of client.trackOperation({ location })) seen.push(to);
    expect(seen.at(-1)).toBe('SUCCEEDED');
    for await (const { operation } of client.trackHost({ teamId: hostId })) {
      expect(operation.state).toBe('SUCCEEDED');
      break;
    }
    client.close();
  });

  it('opens GraphiQL with the schema, runs the example in its first tab, and offers what runs in the sandbox', async () => {
    const { page, errors } = await browser.visit(`${gateway.url}/graphql`);
    const graphiql = await driveGraphiql(page);
    await graphiql.pressRun();
    expect(await graphiql.resultWith('SNAPSHOT')).toMatchObject({
      data: { operationStatusChanged: { reason: 'SNAPSHOT' } },
    });
    await page.getByLabel('Show Documentation Explorer').click();
    await page.locator('.graphiql-doc-explorer').getByText('Subscription', { exact: true }).waitFor();
    await page.getByLabel('Show Running operations').click();
    const offered = page.getByRole('region', { name: 'Running operations' }).getByRole('listitem');
    await offered.filter({ hasText: 'Moving to Harbour Street (team)' }).first().waitFor(); // one stalls there
    expect(errors).toEqual([]);
  });

  it('runs what its operator has put beside them, and refuses the rest', async () => {
    expect(await ask(MINE)).toMatchObject({ data: { __typename: 'Query' } });
    for (const other of ['{ __typename }', 'query Mine { __schema { types { name } } }']) {
      expect(await ask(other)).toMatchObject({
        errors: [
          {
            message: expect.stringContaining("Only the documents of this gateway's manifest run."),
            extensions: { code: 'BAD_USER_INPUT' },
          },
        ],
      });
    }
  });
});
