import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';
import { describeInBrowser, type Visit, waitUntil } from '../support/browser.js';
import { driveGraphiql } from '../support/graphiql.js';

/** Time enough to type on a busy machine. */
const STATE_MS = 120_000;

const WATCH = `subscription Archive($refs: [OperationRef!]!) {
  operationStatusChanged(refs: $refs) {
    reason
    from
    to
    observedAt
    operation {
      ... on TeamsAsyncOperation {
        operationType
        attemptsCount
        targetResourceId
      }
      history {
        to
        observedAt
      }
    }
  }
}
`;

const ONE_OPERATION = `query OneOperation($ref: OperationRef!) {
  operation(ref: $ref) {
    state
    terminal
    ... on TeamsAsyncOperation {
      operationType
    }
  }
}
`;

describeInBrowser('GraphiQL of the gateway', (browser) => {
  let aheadMs = 0;
  /** The machine's time, which a test may set forward: however long a page takes, an operation waits for it. */
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ POLL_INTERVAL_SECONDS: '0.2' }, { clock });
  });
  afterAll(() => gateway.stop());

  /** It did what a page of the gateway does, and nothing else. */
  function expectGoodManners({ requests, errors, violations }: Visit): void {
    expect(requests.filter((request) => new URL(request).host !== new URL(gateway.url).host)).toEqual([]);
    expect(violations).toEqual([]);
    expect(errors).toEqual([]);
  }

  it('answers a query about an operation of the sandbox', async () => {
    const { location } = sandboxOf(gateway).begin({
      operationType: 'cloneTeam',
      life: { startsAfterMs: 3_600_000, stalls: true }, // however long the page takes to load
    });
    const visit = await browser.visit(`${gateway.url}/graphql`);
    const graphiql = await driveGraphiql(visit.page);
    await graphiql.run({ document: ONE_OPERATION, variables: { ref: { location } } });
    expect(await graphiql.resultWith('state')).toEqual({
      data: { operation: { state: 'NOT_STARTED', terminal: false, operationType: 'CLONE_TEAM' } },
      extensions: { upstream: { requests: 1, reads: 1, snapshots: 0 } },
    });
    await graphiql.settled();
    expectGoodManners(visit);
  });

  it('writes a running operation of the sandbox into the variables of the open tab', async () => {
    const visit = await browser.visit(`${gateway.url}/graphql`);
    const graphiql = await driveGraphiql(visit.page);
    await graphiql.write('document', ONE_OPERATION);
    await graphiql.write('variables', '{ "ref": { "id": "another" } }');
    await graphiql.write('headers', '{ "authorization": "Bearer not-of-the-sandbox" }');
    const { page } = visit;
    await page.getByLabel('Show Running operations').click();
    const pane = page.getByRole('region', { name: 'Running operations' });
    const offered = pane.getByRole('listitem').filter({ hasText: 'Moving to Harbour Street (team)' });
    await offered.getByRole('button', { name: 'ARCHIVE_TEAM' }).first().press('Enter'); // it stalls: it is there in any case
    await pane.getByRole('status').getByText('$ref of this tab: ARCHIVE_TEAM.').waitFor();
    const { ref } = JSON.parse(await graphiql.read('variables')) as { ref: object };
    expect(ref).toEqual({ team: { hostId: expect.any(String), operationId: expect.any(String) } });

    await graphiql.write('headers', '');
    await graphiql.pressRun();
    expect(await graphiql.resultWith('ARCHIVE_TEAM')).toMatchObject({ data: { operation: { terminal: false } } });

    await graphiql.write('document', 'query Other { __typename }');
    await offered.getByRole('button').first().click();
    await pane.getByRole('status').getByText('This document takes no operation').waitFor();
    expect(JSON.parse(await graphiql.read('variables'))).toEqual({ ref });
    await mkdir(new URL('../../test-output/', import.meta.url), { recursive: true });
    await page.screenshot({ path: fileURLToPath(new URL('../../test-output/graphiql-running.png', import.meta.url)) });
    expectGoodManners(visit);
  });

  it('has the running operation that was chosen after a reload too, in the tab that was open', async () => {
    const visit = await browser.visit(`${gateway.url}/graphql`);
    const { page } = visit;
    const graphiql = await driveGraphiql(page);
    await page.locator('.graphiql-tab-button').nth(1).click();
    await graphiql.write('document', ONE_OPERATION);
    await page.getByLabel('Show Running operations').click();
    const pane = page.getByRole('region', { name: 'Running operations' });
    await pane.getByRole('listitem').getByRole('button', { name: 'ARCHIVE_TEAM' }).first().click();
    await pane.getByRole('status').getByText('$ref of this tab: ARCHIVE_TEAM.').waitFor();
    const filled = await graphiql.read('variables');
    expect(JSON.parse(filled)).toMatchObject({ ref: { team: { operationId: expect.any(String) } } });
    // GraphiQL writes down what changed when nothing more did for half a second.
    await waitUntil(
      page,
      `JSON.parse(localStorage.getItem('graphiql:tabState'))?.tabs[1].variables === ${JSON.stringify(filled)}`,
    );

    await page.reload();
    const again = await driveGraphiql(page);
    expect(await page.locator('.graphiql-tab-active .graphiql-tab-button').textContent()).toBe('OneOperation');
    expect(await again.read('document')).toBe(ONE_OPERATION);
    expect(await again.read('variables')).toBe(filled);
    await again.pressRun();
    expect(await again.resultWith('ARCHIVE_TEAM')).toMatchObject({ data: { operation: { terminal: false } } });
    expectGoodManners(visit);
  });

  it('shows an operation from where it stands to its end', async () => {
    const visit = await browser.visit(`${gateway.url}/graphql`);
    const graphiql = await driveGraphiql(visit.page);
    const { hostId, operationId } = sandboxOf(gateway).begin({
      operationType: 'archiveTeam',
      life: { startsAfterMs: STATE_MS, succeedsAfterMs: 2 * STATE_MS },
    });
    await graphiql.write('variables', JSON.stringify({ refs: [{ team: { hostId, operationId } }] }));
    await graphiql.write('document', WATCH);
    await graphiql.pressRun();

    const told = (reason: string, from: string | null, to: string): object => ({
      data: { operationStatusChanged: { reason, from, to } },
    });
    expect(await graphiql.resultWith('"SNAPSHOT"')).toMatchObject(told('SNAPSHOT', null, 'NOT_STARTED'));
    aheadMs += STATE_MS;
    expect(await graphiql.resultWith('"to": "RUNNING"')).toMatchObject(told('CHANGED', 'NOT_STARTED', 'RUNNING'));
    aheadMs += STATE_MS;
    expect(await graphiql.resultWith('"to": "SUCCEEDED"')).toMatchObject(told('CHANGED', 'RUNNING', 'SUCCEEDED'));
    await graphiql.settled(); // the stream has completed
    expectGoodManners(visit);
  });
});
