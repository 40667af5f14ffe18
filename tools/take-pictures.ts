import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Locator, type Page } from 'playwright-core';
import { sandboxOf, startGateway } from '../test/server/start-gateway.js';
import { startTcpProxy } from '../test/support/tcp-proxy.js';

/**
 * The pictures of the live board and of GraphiQL, from the running product: it takes a minute of real time. They go to
 * docs/images, or to the folder that is named.
 */

const [FOLDER = fileURLToPath(new URL('../docs/images/', import.meta.url))] = process.argv.slice(2);
mkdirSync(FOLDER, { recursive: true });

const EXECUTABLE = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (place) => place !== undefined && existsSync(place),
);
if (EXECUTABLE === undefined) throw new Error('There is no Chromium here; CHROMIUM_PATH can name one.');

/** Fewer seconds between two checks than Graph wants, so that all states are there within the minute. */
const gateway = await startGateway({ POLL_INTERVAL_SECONDS: '5' });
const graph = sandboxOf(gateway);
const cable = await startTcpProxy(Number(new URL(gateway.url).port));
const browser = await chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox', '--no-proxy-server'] });
const LOOK = { viewport: { width: 1280, height: 780 }, reducedMotion: 'reduce' } as const;

async function take(what: Page | Locator, name: string): Promise<void> {
  await what.screenshot({ path: join(FOLDER, `${name}.png`) });
}

const SCHEMES = ['light', 'dark'] as const;

const board = await browser.newPage(LOOK);
await board.goto(`http://127.0.0.1:${cable.port}/`);
const cards = board.getByRole('article');
const start = (name: string): Promise<void> => board.getByRole('button', { name }).click();
for (const name of ['Archive a team', 'One that fails', 'One that stalls']) {
  await start(name);
  await board.waitForTimeout(1_500);
}

for (const colorScheme of SCHEMES) {
  const graphiql = await browser.newPage({ ...LOOK, colorScheme }); // its editors look at that once
  await graphiql.goto(`${gateway.url}/graphql`);
  const answer = graphiql.locator('.result-window');
  await answer.locator('.monaco-editor').first().waitFor(); // the last of the editors
  await graphiql.locator('.graphiql-execute-button').click();
  await answer.getByText('"RUNNING"').first().waitFor({ timeout: 60_000 });
  await graphiql.mouse.move(0, 0);
  await take(graphiql, `graphiql-watch-${colorScheme}`);
  await graphiql.close();
}

await board.waitForTimeout(10_000);
await start('Clone a team');
await cards.getByText('Succeeded').waitFor({ timeout: 60_000 });
await start('Create a team');
await board.waitForTimeout(4_000);
await board.mouse.move(0, 0);
for (const colorScheme of SCHEMES.toReversed()) {
  await board.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await take(board, `board-${colorScheme}`);
}

const clone = cards.filter({ hasText: 'Clone team' }).first();
await clone.getByRole('button', { name: 'Details' }).click();
await clone.getByText('Running').first().waitFor();
await board.waitForTimeout(6_000); // some checks more, so that the picture shows what lies between two
await board.mouse.move(0, 0);
await take(clone, 'board-details');
await clone.getByRole('button', { name: 'Details' }).click();

graph.fail({ match: { path: '/' }, fault: { kind: 'status', status: 429, retryAfter: '40' }, times: 1_000 });
const late = cards.filter({ hasText: 'Late: Graph asked for a pause' });
await late.last().waitFor();
await take(late.last(), 'board-late');
graph.clearFaults();

const top = board.getByRole('banner');
cable.silence();
cable.cut();
await top.getByText('Connection lost').waitFor();
await take(top, 'board-lost');
cable.restore();
cable.cut(); // what fell silent never speaks again
await top.getByText('Live again').waitFor({ timeout: 60_000 });
await take(top, 'board-resumed');

await browser.close();
await cable.stop();
await gateway.stop();
