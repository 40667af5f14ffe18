import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startGateway } from '../test/server/start-gateway.js';

/** The pictures of the live board in docs/images, from the running product: it takes a minute of real time. */

const EXECUTABLE = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (place) => place !== undefined && existsSync(place),
);
if (EXECUTABLE === undefined) throw new Error('There is no Chromium here; CHROMIUM_PATH can name one.');

/** Fewer seconds between two checks than Graph wants, so that all states are there within the minute. */
const gateway = await startGateway({ POLL_INTERVAL_SECONDS: '5' });
const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--no-proxy-server'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
await page.goto(gateway.url);
for (const name of ['Archive a team', 'One that fails', 'One that stalls']) {
  await page.getByRole('button', { name }).click();
  await page.waitForTimeout(1_500);
}
await page.waitForTimeout(26_000);
await page.getByRole('button', { name: 'Clone a team' }).click();
await page.getByRole('article').getByText('Succeeded').waitFor({ timeout: 60_000 });
await page.getByRole('button', { name: 'Create a team' }).click();
await page.waitForTimeout(4_000);
await page.mouse.move(0, 0);
for (const colorScheme of ['light', 'dark'] as const) {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.screenshot({ path: fileURLToPath(new URL(`../docs/images/board-${colorScheme}.png`, import.meta.url)) });
}
await browser.close();
await gateway.stop();
