import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, it } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** A visit to one address, and what the page did so far. */
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
   * Opens an address as if for the first time, and waits until it is loaded. All visits are in one tab, which knows the
   * scripts by then: a new one costs twice as much. So there is one visit at a time, and it is over with the test.
   *
   * @param prepare changes what outlives a page, such as its clock or its init scripts: the visit is in a tab of its own
   */
  visit(url: string, prepare?: (page: Page) => Promise<unknown>): Promise<Visit>;
}

const PLACES = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'];

const VIEWPORT = { width: 1440, height: 900 };

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
  // One renderer for all visits, one after the other: a new one for each costs more than the page in it.
  '--process-per-site',
  '--renderer-process-limit=1',
  '--disable-site-isolation-trials',
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
    let tab: Tab;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath, args: ARGUMENTS });
      context = await browser.newContext({ viewport: VIEWPORT });
      tab = await openTab(context);
    });
    afterAll(() => browser.close());
    suite({
      async visit(url, prepare) {
        if (prepare === undefined) return await visit(tab, url);
        const own = await openTab(context);
        await prepare(own.page);
        return await visit(own, url);
      },
    });
    // After the suite's own, which may look at the page.
    afterEach(async () => {
      for (const page of context.pages()) await (page === tab.page ? page.goto('about:blank') : page.close());
    });
  });
}

interface Tab {
  readonly page: Page;
  /** Begins to write down what the page does; what it did before is of an earlier visit. */
  readonly look: () => Visit;
}

async function openTab(context: BrowserContext): Promise<Tab> {
  const page = await context.newPage();
  let seen = { requests: [] as string[], errors: [] as string[], violations: [] as string[] };
  page.on('websocket', (socket) => seen.requests.push(socket.url()));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url())) seen.requests.push(request.url());
  });
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') seen.errors.push(message.text());
  });
  await page.exposeFunction('reportViolation', (violation: string) => void seen.violations.push(violation));
  await page.addInitScript({
    content: `addEventListener('securitypolicyviolation', (event) => {
      reportViolation(event.effectiveDirective + ' ' + event.blockedURI);
    });`,
  });
  return {
    page,
    look() {
      seen = { requests: [], errors: [], violations: [] };
      return { page, ...seen };
    },
  };
}

async function visit({ page, look }: Tab, url: string): Promise<Visit> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', { origin: new URL(url).origin, storageTypes: 'local_storage' });
  await devtools.detach();
  await page.setViewportSize(VIEWPORT); // an earlier visit may have changed these two
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  const seen = look();
  await page.goto(url);
  return seen;
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
