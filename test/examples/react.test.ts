import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { DEMO } from '../../src/sandbox/demo.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';
import { describeInBrowser, waitUntil } from '../support/browser.js';
import { runExample } from './example.js';

/** Time enough to load a page on a busy machine. */
const STATE_MS = 120_000;

describeInBrowser('an example in React', (browser) => {
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

  // Of types that the demo has not in this team, so that each is told from what was there.
  it.each([
    { name: 'react-client', operationType: 'unarchiveTeam', shown: 'UNARCHIVE_TEAM' },
    { name: 'react-apollo', operationType: 'archiveTeam', shown: 'ARCHIVE_TEAM' },
    { name: 'react-urql', operationType: 'teamifyGroup', shown: 'TEAMIFY_GROUP' },
  ])('$name shows an operation that begins later, and how it goes on', async ({ name, operationType, shown }) => {
    const served = runExample(['node', 'examples/serve.mjs', name], { GATEWAY_URL: gateway.url, PORT: '0' });
    try {
      const { page, errors } = await browser.visit(await served.said(/http:\S+/));
      const shows = (text: string): Promise<void> =>
        waitUntil(page, `[...document.querySelectorAll('li')].some((item) => item.textContent.startsWith('${text}'))`);
      await shows('CLONE_TEAM: '); // it has what was there
      sandboxOf(gateway).begin({
        hostId: DEMO.teamId,
        operationType,
        life: { startsAfterMs: STATE_MS, failsAfterMs: 2 * STATE_MS },
      });
      await shows(`${shown}: NOT_STARTED`);
      aheadMs += STATE_MS;
      await shows(`${shown}: RUNNING`);
      aheadMs += STATE_MS;
      await shows(`${shown}: FAILED`);
      expect(errors).toEqual([]);
    } finally {
      served.stop();
      await served.ended;
    }
  });
});
