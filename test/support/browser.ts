import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, it } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** One page, and what it did so far. */
export interface Visit {
  readonly page: Page;
  /** The address of each request by the page and its workers, websockets included; without data: and blob:. */
  readonly requests: readonly string[];
  /** Errors on the console, and those that nothing caught. */
  readonly errors: readonly string[];
  /** What the Content-Security-Policy stopped: the directive and what it was asked for. */
  readonly violations: readonly string[];
}

export interface TestBrowser {
  /**
   * Opens an address as if for the first time, though with the scripts that earlier tests fetched in the cache, and
   * waits until it is loaded. The page is closed after the test.
   */
  visit(url: string): Promise<Visit>;
}

const PLACES = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'];

/** Nothing but the pages under test may reach for the network. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-proxy-server',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * A suite that needs Chromium; one browser serves all its tests. On a machine without one its tests do not run, and the
 * report says why.
 */
export function describeInBrowser(name: string, suite: (browser: TestBrowser) => void): void {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) {
    const why = 'is not tested: there is no Chromium here; CHROMIUM_PATH can name one';
    console.warn(`${name} ${why}`); // jest keeps the names of skipped tests to itself
    describe(name, () => it.skip(why, () => undefined));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    let context: BrowserContext;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ARGUMENTS });
      context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    });
    afterEach(async () => {
      for (const page of context.pages()) await page.close();
    });
    afterAll(() => browser.close());
    suite({ visit: (url) => visit(context, url) });
  });
}

async function visit(context: BrowserContext, url: string): Promise<Visit> {
  const requests: string[] = [];
  const errors: string[] = [];
  const violations: string[] = [];
  const page = await context.newPage();
  page.on('websocket', (socket) => requests.push(socket.url()));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) requests.push(request.url());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.exposeFunction('reportViolation', (violation: string) => void violations.push(violation));
  await page.addInitScript({
    content: `addEventListener('securitypolicyviolation', (event) => {
      reportViolation(event.effectiveDirective + ' ' + event.blockedURI);
    });`,
  });
  const devtools = await context.newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'local_storage' });
  await page.goto(url);
  return { page, requests, errors, violations };
}

/**
 * Waits until an expression is true in the page. Playwright's own waitForFunction compiles its text at each look, which
 * the policy of the pages under test forbids.
 */
export async function waitUntil(page: Page, expression: string): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => ((${expression}) ? resolve(undefined) : requestAnimationFrame(look));
    look();
  })`);
}
