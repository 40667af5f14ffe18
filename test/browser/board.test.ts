import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { type Locator, type Page } from 'playwright-core';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { DEMO } from '../../src/sandbox/demo.js';
import { type Sandbox } from '../../src/sandbox/server.js';
import { sandboxOf, startGateway, startGatewayOfGraph, type TestGateway } from '../server/start-gateway.js';
import { describeInBrowser, waitUntil, type Visit } from '../support/browser.js';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js';
import { secret } from '../support/secrets.js';
import { freePort } from '../support/free-port.js';
import { eventually, until } from '../support/until.js';
import { slowNextLife, STATE_MS } from './slow-lives.js';

const root = new URL('../../', import.meta.url);
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** How long a machine with much else to do may take, and a page that tries again after a pause. */
const PATIENCE_MS = 30_000;
/** Longer than any page takes, however busy the machine is. */
const LONG_MS = STATE_MS;
/** It runs, and nothing more happens to it. */
const STALLED = { startsAfterMs: 0, stalls: true } as const;

describeInBrowser('the live board', (browser) => {
  let aheadMs = 0;
  /** The machine's time, which a test may set forward: an operation waits for the page, however long that takes. */
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };
  let gateway: TestGateway;
  let graph: Sandbox;
  let cable: TcpProxy;
  const visits: Visit[] = [];

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [fileURLToPath(new URL('tools/build-pages.mjs', root)), 'board']);
    gateway = await startGateway({ POLL_INTERVAL_SECONDS: '0.2' }, { clock });
    graph = sandboxOf(gateway);
    cable = await startTcpProxy(Number(new URL(gateway.url).port));
    await mkdir(new URL('test-output/', root), { recursive: true });
  });
  afterAll(async () => {
    await cable.stop();
    await gateway.stop();
  });
  afterEach(() => {
    for (const { requests, violations, page } of visits.splice(0)) {
      const own = new URL(page.url()).host;
      expect(requests.filter((request) => new URL(request).host !== own)).toEqual([]);
      expect(violations).toEqual([]);
    }
    graph.clearFaults();
    cable.restore();
    cable.cut(); // the browser would ask for the next page on a connection that fell silent
  });

  async function open(url?: string, prepare?: (page: Page) => Promise<unknown>): Promise<Visit> {
    const visit = await browser.visit(url ?? `http://127.0.0.1:${cable.port}/`, prepare);
    visits.push(visit);
    visit.page.setDefaultTimeout(PATIENCE_MS);
    return visit;
  }

  async function paste(page: Page, text: string): Promise<void> {
    await page.getByLabel('Location header').fill(text);
    await page.keyboard.press('Enter');
  }

  /** A running operation that nothing happens to until a test says so. */
  function beginRunning(): string {
    return graph.begin({ life: STALLED }).location;
  }

  function cards(page: Page): Locator {
    return page.getByRole('article');
  }

  async function expectField(page: Page, text: string): Promise<void> {
    await eventually(async () => expect(await page.getByLabel('Location header').inputValue()).toBe(text));
  }

  it('is small, and links nothing but what lies beside it, so that a prefix may stand before all of it', () => {
    const assets = new URL('dist/board/assets/', root);
    const scripts = readdirSync(assets).filter((name) => name.endsWith('.js.gz'));
    const bytes = scripts.reduce((sum, name) => sum + readFileSync(new URL(name, assets)).length, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(120_000);
    const links = readFileSync(new URL('dist/board/page.html', root), 'utf8').matchAll(/ (?:src|href)="([^"]*)"/g);
    expect([...links].map(([, link = '']) => link.replace(/[-\w]+\.|:.*$/s, ''))).toEqual(
      expect.arrayContaining(['board/assets/css', 'board/assets/js', 'data']),
    );
  });

  it('starts an operation of the sandbox with a button, and shows it move to its end', async () => {
    const { page, errors } = await open();
    await slowNextLife(page);
    await page.getByText('Nothing on the board yet').waitFor();
    await page.getByRole('button', { name: 'Archive a team' }).click();
    const card = cards(page).filter({ hasText: 'Archive team' });
    await card.getByText('Not started').waitFor();
    await page.getByRole('button', { name: /^1\s*Not started$/ }).waitFor();

    aheadMs += STATE_MS;
    await card.getByText('Running').waitFor();
    aheadMs += STATE_MS;
    await card.getByText('Succeeded').waitFor();
    await page.getByRole('button', { name: /^1\s*Succeeded$/ }).waitFor();
    expect(await card.getByRole('img').getAttribute('aria-label')).toMatch(
      /^Timeline: .*Not started .*Running .*Succeeded$/,
    );
    await card.getByRole('button', { name: 'Details' }).click();
    expect(await card.getByRole('rowheader').allTextContents()).toEqual(
      expect.arrayContaining(['Not started', 'Running', 'Succeeded']),
    );
    await card.getByText('ended', { exact: false }).waitFor();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await hearButtons(page);
    await card.getByRole('button', { name: 'Copy', exact: true }).first().click();
    await waitUntil(page, `buttons.has('Copied')`);
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toMatch(/^\/.*\/operations\/[-\w]+$/);
    await card.getByRole('button', { name: 'Copied' }).waitFor({ state: 'detached' });
    await page.evaluate(
      `navigator.clipboard.writeText = () => Promise.reject(new DOMException('', 'NotAllowedError'))`,
    );
    await card.getByRole('button', { name: 'Copy', exact: true }).first().click();
    await waitUntil(page, `buttons.has('Could not copy')`);
    expect(errors).toEqual([]);
  });

  it('shows the error of one that fails, with its code', async () => {
    const { page } = await open();
    await slowNextLife(page);
    await page.getByRole('button', { name: 'One that fails' }).click();
    await cards(page).getByText('Not started').waitFor();
    aheadMs += 2 * STATE_MS;
    await cards(page).getByText('Failed', { exact: true }).waitFor();
    expect(await cards(page).innerText()).toMatch(/Forbidden\s+The site of the team is locked/);
  });

  it('goes on where it was when its socket breaks, and misses nothing of what happened meanwhile', async () => {
    const { page } = await open();
    const cursors: unknown[] = [];
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const { type, payload: asked } = JSON.parse(String(payload)) as Sent;
        if (type === 'subscribe') cursors.push(asked?.variables?.after);
      });
    });
    const { location } = graph.begin({
      operationType: 'cloneTeam',
      life: { startsAfterMs: LONG_MS, retriesAfterMs: [2 * LONG_MS], succeedsAfterMs: 4 * LONG_MS },
    });
    await paste(page, `Location: ${location}`);
    await cards(page).getByText('Not started').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();

    cable.silence();
    cable.cut();
    await page
      .getByText(/^(Connection lost|Connecting)/)
      .first()
      .waitFor();
    await page.getByText(/^(next check|checking now)/).waitFor({ state: 'detached' });
    expect(await cards(page).locator('.freshness').innerText()).toMatch(/^checked [^\n]+$/);
    aheadMs += LONG_MS;
    await untilState(location, 'RUNNING');
    aheadMs += LONG_MS;
    await untilState(location, 'NOT_STARTED'); // a second attempt
    cable.restore();
    cable.cut(); // what fell silent never speaks again
    await page.getByText('Live again, nothing was missed').first().waitFor();
    await cards(page).getByText('2 attempts').waitFor();
    expect(cursors).toEqual([undefined, expect.any(String)]);
    await cards(page).getByRole('button', { name: 'Details' }).click();
    await cards(page).getByRole('listitem').filter({ hasText: 'General' }).waitFor(); // a step: a channel of the team
    expect(await cards(page).getByRole('img').getAttribute('aria-label')).toMatch(
      /Not started .*Running .*Not started /,
    );
  });

  it('does not wait for a gateway that takes what is sent and never answers', async () => {
    const { page } = await open(undefined, (tab) => tab.clock.install()); // a quarter of a minute is long
    await page.getByText('Nothing on the board yet').waitFor();
    cable.silence();
    await paste(page, beginRunning());
    await page.getByText('Connecting…').first().waitFor();
    await page.clock.fastForward(15_000);
    await page.getByText(/^Connection lost/).waitFor();
    await page.getByRole('button', { name: 'Try now' }).press('Enter');
    await page.getByText('Connecting…').first().waitFor();
    expect(await page.evaluate<string>('document.activeElement.className')).toContain('connection');
  });

  /** As somebody else asks for it meanwhile. */
  async function untilState(location: string, state: string): Promise<void> {
    let told: unknown;
    let isAsking = false;
    await until(() => {
      if (!isAsking) {
        isAsking = true;
        void fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            query: 'query ($location: String!) { operation(ref: { location: $location }) { state } }',
            variables: { location },
          }),
        })
          .then((answer) => answer.json() as Promise<{ data: { operation: { state: string } } }>)
          .then(({ data }) => {
            told = data.operation.state;
            isAsking = false;
          });
      }
      return told === state;
    });
  }

  it('keeps the list over a reload, and a token no longer than the page', async () => {
    const { page } = await open();
    await paste(page, beginRunning());
    await cards(page).getByText('Running').waitFor();
    const token = secret('typed-into-the-board');
    await page.getByText('No token').click();
    await page.getByLabel('Access token').fill(token);
    await page.getByRole('button', { name: 'Use token' }).click();
    await page.getByText('Token set').waitFor();
    await eventually(async () => expect(await page.getByLabel('Access token').inputValue()).toBe(''));
    expect(
      await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage, document.cookie])'),
    ).not.toContain(token);

    await page.reload();
    await cards(page).getByText('Running').waitFor();
    await page.getByText('No token').waitFor();
    await cards(page).getByRole('button', { name: 'Remove Archive team from the board' }).click();
    await page.getByText('Nothing on the board yet').waitFor();
    await page.reload();
    await page.getByText('Nothing on the board yet').waitFor();
  });

  it('has one list in all tabs: what is put on or taken off in one is so in the others', async () => {
    const { page, errors } = await open();
    const other = await page.context().newPage();
    other.setDefaultTimeout(PATIENCE_MS);
    await other.goto(page.url());
    const [first, second] = [beginRunning(), graph.begin({ operationType: 'cloneTeam', life: STALLED }).location];
    await paste(page, first);
    await paste(other, second);
    for (const tab of [page, other]) {
      await cards(tab).filter({ hasText: 'Archive team' }).getByText('Running').waitFor();
      await cards(tab).filter({ hasText: 'Clone team' }).getByText('Running').waitFor();
    }
    await other.getByRole('button', { name: 'Remove Archive team from the board' }).click();
    await cards(page).filter({ hasText: 'Archive team' }).waitFor({ state: 'detached' });
    await other.locator('select', { hasText: 'English' }).selectOption('Français');
    await page.getByRole('heading', { name: 'Suivre une opération' }).waitFor();
    await page.reload();
    await cards(page).getByText('En cours', { exact: true }).waitFor();
    expect(await cards(page).count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('does without a browser that keeps anything, and without a clipboard', async () => {
    const { page } = await open(`${gateway.url}/`, (tab) =>
      tab.addInitScript({
        content: `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied', 'SecurityError'); } });
          delete Navigator.prototype.clipboard; // as where a page is not had over HTTPS`,
      }),
    );
    for (const operationType of ['archiveTeam', 'cloneTeam']) {
      await paste(page, graph.begin({ operationType, life: STALLED }).location);
    }
    await cards(page).filter({ hasText: 'Clone team' }).getByText('Running').waitFor();
    expect(await cards(page).count()).toBe(2);
    await cards(page).getByRole('button', { name: 'Details' }).first().click();
    await cards(page).getByRole('table').waitFor();
    expect(await page.getByRole('button', { name: 'Copy', exact: true }).count()).toBe(0);
    await page.getByText('This browser keeps nothing for this page').waitFor();
  });

  it('draws nothing of what is out of sight, however much that is', async () => {
    const { page } = await open();
    const teamId = graph.addTeam();
    for (let count = 0; count < 40; count++)
      graph.begin({ hostId: teamId, life: { startsAfterMs: 0, succeedsAfterMs: 1 } });
    await paste(page, `/teams('${teamId}')`);
    await page.getByText('40 operations').waitFor();
    const ages = page.locator('.card-age');
    const [near, far] = [await ages.first().textContent(), await ages.last().textContent()];
    await page.evaluate(`{
      window.drawn = 0;
      const last = document.querySelector('.cards > li:last-child');
      const observer = new MutationObserver(() => (drawn += 1));
      observer.observe(last, { characterData: true, childList: true, attributes: true, subtree: true });
    }`);
    await waitUntil(page, `document.querySelector('.card-age').textContent !== ${JSON.stringify(near)}`);
    expect(await page.evaluate<number>('drawn')).toBe(0);
    await ages.last().scrollIntoViewIfNeeded();
    await waitUntil(page, `[...document.querySelectorAll('.card-age')].at(-1).textContent !== ${JSON.stringify(far)}`);
  });

  it('says what is wrong with what cannot be watched, in the words of the gateway', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Watch', exact: true }).click();
    await page.getByText('Paste the Location header that Graph answered with').waitFor();

    await paste(page, 'https://example.com/v1.0/teams/t/operations/o');
    await page.getByText('That cannot be watched: A location must be on').waitFor();
    await expectField(page, 'https://example.com/v1.0/teams/t/operations/o');
    await paste(page, '/me/messages/1');
    const wrong = page.getByRole('alert'); // for a moment the card that is about to go says so too
    await wrong.getByText('is not the location of an operation. Give the Location header of the 202').waitFor();
    await cards(page).waitFor({ state: 'detached' });

    const location = beginRunning();
    await paste(page, location);
    await cards(page).getByText('Running').waitFor();
    await paste(page, location);
    await page.getByText('That is on the board already.').waitFor();
    expect(await cards(page).count()).toBe(1);
    await paste(page, [location, '/me/messages/1', beginRunning()].join('\n'));
    await wrong.getByText('is not the location of an operation').waitFor();
    await expectField(page, '/me/messages/1');
    await eventually(async () => expect(await cards(page).count()).toBe(2));
  });

  it('watches a whole team by its id, and narrows down by state, type and words', async () => {
    const { page } = await open();
    const teamId = graph.addTeam();
    graph.begin({ hostId: teamId, operationType: 'archiveTeam', life: { startsAfterMs: 0, stalls: true } });
    graph.begin({ hostId: teamId, operationType: 'cloneTeam', life: { startsAfterMs: LONG_MS, stalls: true } });
    await page.getByText('By id, or a whole team or chat').click();
    await page.getByLabel('Team id').fill(teamId);
    await page.keyboard.press('Enter');
    await page.getByText('2 operations').waitFor();
    graph.begin({ hostId: teamId, operationType: 'createChannel', life: { startsAfterMs: LONG_MS, stalls: true } });
    await page.getByText('3 operations').waitFor();
    expect(await page.getByRole('heading', { level: 3 }).allTextContents()).toContain('Create channel');

    const shown = (): Promise<string[]> => page.getByRole('heading', { level: 3 }).allTextContents();
    const expectShown = (...names: string[]): Promise<void> =>
      eventually(async () => expect(await shown()).toEqual(names));
    await page.getByRole('button', { name: /^1\s*Running$/ }).click();
    await expectShown('Archive team');
    await page.getByText('1 of 3').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Type').selectOption('Clone team');
    await expectShown('Clone team');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByLabel('Search').fill('channel');
    await expectShown('Create channel');
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Sort by').selectOption('State');
    await eventually(async () => expect((await shown()).at(-1)).toBe('Archive team'));
  });

  it('hears of new checks though nothing changes, and asks no more often than is checked', async () => {
    const { page, requests } = await open();
    const { location, operationId } = graph.begin({ life: { startsAfterMs: 0, stalls: true } });
    await paste(page, location);
    await cards(page).getByText('Running').waitFor();
    const looks = (): number => requests.filter((request) => /^http.*\/graphql$/.test(request)).length;
    const checks = (): number => graph.reads().filter((read) => read.operationId === operationId).length;
    await until(() => looks() >= 2);
    expect(looks()).toBeLessThanOrEqual(checks());
  });

  it('notifies of what has ended, once somebody asked for it', async () => {
    const { page } = await open();
    await page.evaluate(`{
      window.notified = [];
      window.Notification = class {
        static permission = 'granted';
        static requestPermission = () => Promise.resolve('granted');
        constructor(title, { body }) {
          notified.push(title + ' / ' + body);
        }
      };
    }`);
    for (const name of ['first', 'second']) {
      const error = { code: 'Locked', message: `The ${name} site is locked.` };
      await paste(page, graph.begin({ life: { startsAfterMs: 0, failsAfterMs: LONG_MS, error } }).location);
      await cards(page).getByText('Running').waitFor();
      aheadMs += LONG_MS;
      await cards(page).getByText(`The ${name} site is locked.`).waitFor();
      if (name === 'second') break;
      await page.getByRole('button', { name: 'Notify me when one ends' }).click();
      await page.getByRole('button', { name: 'Notifications are on' }).waitFor();
    }
    expect(await page.evaluate<string[]>('notified')).toEqual(['Archive team: Failed / The second site is locked.']);
  });

  it('says why a check is late', async () => {
    const { page } = await open();
    const { location, hostId } = graph.begin({ life: { startsAfterMs: 0, stalls: true } });
    await paste(page, location);
    await cards(page).getByText('Running').waitFor();
    graph.fail({
      match: { path: hostId },
      fault: { kind: 'status', status: 429, retryAfter: '60' },
      times: 100,
    });
    await cards(page).getByText('Late: Graph asked for a pause').waitFor();
  });

  it('speaks the language of the reader, and remembers which was chosen', async () => {
    const { page } = await open();
    await slowNextLife(page);
    await page.getByRole('button', { name: 'Archive a team' }).click();
    for (const state of ['Not started', 'Running', 'Succeeded']) {
      await cards(page).getByText(state).waitFor();
      aheadMs += STATE_MS;
    }
    await cards(page).getByRole('button', { name: 'Details' }).click();
    await page.getByText('By id, or a whole team or chat').click();
    for (const [name, tag, heading] of [
      ['Français', 'fr', 'Suivre une opération'],
      ['日本語', 'ja', '操作を監視'],
      ['简体中文', 'zh-Hans', '关注操作'],
      ['Português (Brasil)', 'pt-BR', 'Acompanhar uma operação'],
    ] as const) {
      await page.locator('select', { hasText: 'English' }).selectOption(name);
      await page.getByRole('heading', { name: heading }).waitFor();
      await waitUntil(page, `document.documentElement.lang === '${tag}'`);
      for (const width of [320, 390, 1440]) {
        await page.setViewportSize({ width, height: 900 });
        expect([width, ...(await cutOff(page))]).toEqual([width]);
      }
    }
    await page.reload();
    await page.getByRole('heading', { name: 'Acompanhar uma operação' }).waitFor();
    await waitUntil(page, `document.title === 'Painel ao vivo'`);
  });

  it('can be used with keys alone', async () => {
    const { page } = await open();
    const focused = (): Promise<string> =>
      page.evaluate(`(document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText).trim()`);
    /** Goes on with Tab until something has the focus; there are fewer things on the page than that. */
    const tabTo = async (name: string): Promise<void> => {
      for (let count = 0; count < 60; count++) {
        await page.keyboard.press('Tab');
        if ((await focused()) === name) return;
      }
      throw new Error(`No Tab leads to ${name}.`);
    };
    await page.getByText('Nothing on the board yet').waitFor();
    await page.getByRole('button', { name: 'Archive a team' }).waitFor(); // the last thing that comes
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the operations');
    await tabTo('No token');
    await page.keyboard.press('Enter');
    await page.getByLabel('Access token').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByLabel('Access token').isVisible()).toBe(false);
    expect(await focused()).toBe('No token');

    await tabTo('Archive a team');
    await page.keyboard.press('Enter');
    await cards(page).filter({ hasText: 'Archive team' }).waitFor();
    await tabTo('Details: Archive team');
    await page.keyboard.press('Enter');
    await cards(page).getByRole('table').waitFor();
    await tabTo('Remove Archive team from the board');
    await page.keyboard.press('Enter');
    await page.getByText('Nothing on the board yet').waitFor();
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('operations');

    await slowNextLife(page);
    await page.getByRole('button', { name: 'Archive a team' }).press('Enter');
    await cards(page).getByText('Not started').waitFor();
    aheadMs += 2 * STATE_MS;
    await cards(page).getByText('Succeeded').waitFor();
    await page.getByLabel('Search').fill('nothing like it');
    await hearAnnouncements(page);
    for (const [name, said] of [
      ['Clear filters', 'All operations are shown: 1'],
      ['Remove ended', 'Ended operations removed: 1'],
    ] as const) {
      await page.getByRole('button', { name }).press('Enter');
      await page.getByRole('button', { name }).waitFor({ state: 'detached' });
      expect(await page.evaluate<string>('document.activeElement.id')).toBe('operations');
      await eventually(async () => expect((await announced(page)).at(-1)).toBe(said));
    }
  });

  it('has no serious hindrance for anybody, in light and dark, wide and narrow', async () => {
    const { page } = await open();
    for (const name of ['Archive a team', 'One that fails', 'One that stalls']) {
      await page.getByRole('button', { name }).click();
    }
    await paste(page, `/teams/${DEMO.teamId}`);
    await page.getByText('Watched teams and chats').waitFor();
    aheadMs += 60_000;
    await cards(page).getByText('Failed', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Details: Create channel' }).first().click();
    await page.getByRole('button', { name: 'Details: Archive team' }).first().click(); // it has been in several states
    await page.getByText('By id, or a whole team or chat').click();
    await page.getByText('No token').click();
    await page.evaluate(AXE);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 320]) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 900 });
        const path = fileURLToPath(new URL(`test-output/board-${colorScheme}-${width}.png`, root));
        await page.screenshot({ path, fullPage: true });
        // The other two look no different from one of these to any rule but that of colours, which is asked of all four.
        const isWhole = (colorScheme === 'light') === (width === 1280);
        expect(await seriousViolations(page, isWhole ? {} : { runOnly: ['color-contrast'] })).toEqual([]);
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
    }
  }, 180_000); // every rule of axe over the whole page, again and again: seconds on a free machine

  it('takes the token of whoever asks, and a new one before that ends, without losing the stream', async () => {
    const PORT = String(await freePort()); // which it leaves, and is come back to
    const { gateway: closed, graph: tenant, stop } = await startGatewayOfGraph({ POLL_INTERVAL_SECONDS: '0.2', PORT });
    const [first, second] = [secret('first-token-of-the-board'), secret('second-token-of-the-board')];
    const user = tenant.addToken(first);
    tenant.addToken(second, user);
    const teamId = tenant.addTeam({ members: [user.id] });
    const { location } = tenant.begin({ hostId: teamId, life: { startsAfterMs: 0, stalls: true } });

    const { page, requests, errors } = await open(`${closed.url}/`);
    expect(await page.getByRole('heading', { name: 'Try it on the sandbox' }).count()).toBe(0);
    await paste(page, location);
    await page.getByText('A token is needed, or another one').first().waitFor();
    expect(requests.filter((request) => request.endsWith('/sandbox'))).toEqual([]);
    expect(errors).toEqual([]);
    const [all, ...parts] = (await page.locator('.count-number').allTextContents()).map(Number);
    expect([all, parts.reduce((sum, part) => sum + part, 0)]).toEqual([1, 1]);
    await page.getByRole('button', { name: 'Try again' }).press('Enter');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('operations');
    const useToken = async (token: string): Promise<void> => {
      await page.locator('.token[open]').or(page.locator('.token summary')).first().click();
      await page.getByLabel('Access token').fill(token);
      await page.keyboard.press('Enter');
    };
    await useToken(first);
    await cards(page).getByText('Running').waitFor();

    const sockets = (): number => requests.filter((request) => request.startsWith('ws')).length;
    const opened = sockets();
    tenant.expire(first);
    await page.getByText(/^Token ends in/).waitFor();
    await page.getByLabel('Access token').fill(second);
    await page.keyboard.press('Enter');
    await page.getByText('Token set').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    expect(sockets()).toBe(opened);

    await page.getByRole('button', { name: 'Forget token' }).click();
    await page.getByText('A token is needed, or another one').first().waitFor();
    expect(await cards(page).getByRole('heading').count()).toBe(0);
    await page.getByLabel('Access token').fill(second);
    await page.keyboard.press('Enter');
    await cards(page).getByText('Running').waitFor();

    await hearAnnouncements(page);
    await closed.stop();
    const anew = await startGateway({ GRAPH_URL: tenant.url, POLL_INTERVAL_SECONDS: '0.2', PORT });
    await page.getByText('Live again, steps in between may be missing').first().waitFor();
    // It cannot know: what was held is gone with the gateway that held it.
    expect((await announced(page)).filter((text) => /nothing was missed/.test(text))).toEqual([]);
    await eventually(async () =>
      expect((await announced(page)).at(-1)).toBe('Live again, steps in between may be missing'),
    );
    await anew.stop();
    await stop();
  });
});

/** As graphql-ws sends it. */
interface Sent {
  readonly type: string;
  readonly payload?: { readonly variables?: { readonly after?: string } };
}

/** Keeps from now on what is said to whoever listens to the page. */
async function hearAnnouncements(page: Page): Promise<void> {
  await page.evaluate(`{
    window.announced = [];
    const announcer = document.querySelector('p[role=status].visually-hidden');
    new MutationObserver(() => announced.push(announcer.textContent.trim())).observe(announcer, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  }`);
}

/** Keeps from now on what any button says, however shortly. */
async function hearButtons(page: Page): Promise<void> {
  await page.evaluate(`{
    window.buttons = new Set();
    const look = () => document.querySelectorAll('button').forEach(({ textContent }) => buttons.add(textContent));
    new MutationObserver(look).observe(document.body, { characterData: true, childList: true, subtree: true });
  }`);
}

async function announced(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>('announced');
}

/** The texts that their boxes are too narrow for, and the page where it is wider than its window; nothing of either shows. */
async function cutOff(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`[
    ...document.querySelectorAll('html, h1, h2, h3, button, label, figure, th, td, dt, dd, .badge, .card-age, .freshness span'),
  ]
    .filter((element) => getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1)
    .map((element) => element.className + ': ' + element.textContent.slice(0, 60))`);
}

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

async function seriousViolations(page: Page, options: object): Promise<string[]> {
  const violations = await page.evaluate<Violation[]>(
    `axe.run(${JSON.stringify({ resultTypes: ['violations'], ...options })}).then(({ violations }) => violations)`,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`).join(' | ')}`,
    );
}
