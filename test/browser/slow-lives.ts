import { type Page } from 'playwright-core';

/** In each of its states an operation stays so long: longer than any page takes, however busy the machine is. */
export const STATE_MS = 600_000;

/** The lives that the sandbox offers are to be looked at: a page that is late would find the first state over. */
const SLOW: Readonly<Record<string, number>> = {
  startsAfterMs: STATE_MS,
  succeedsAfterMs: 2 * STATE_MS,
  failsAfterMs: 2 * STATE_MS,
};

/** What a button of the page starts next goes on when a test sets the time forward, and not before. */
export async function slowNextLife(page: Page): Promise<void> {
  await page.route(
    '**/sandbox/v1.0/**',
    async (route, request) => {
      const headers = await request.allHeaders();
      const life = JSON.parse(headers['sandbox-life'] ?? '{}') as Record<string, unknown>;
      const slowed = Object.entries(life).map(([name, value]) => [name, SLOW[name] ?? value]);
      await route.continue({ headers: { ...headers, 'sandbox-life': JSON.stringify(Object.fromEntries(slowed)) } });
    },
    { times: 1 },
  );
}
