import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DEMO, SANDBOX_TOKEN } from '../src/sandbox/demo.js';

/** Runs the README's commands as a newcomer does: starts each, uses it once it answers, and ends it by SIGTERM. */

const WITHIN_MS = 120_000; // `npm start` may have to build first
const GATEWAY = 'http://127.0.0.1:4000';
const SANDBOX = 'http://127.0.0.1:4010';

async function tryCommand(
  script: string,
  url: string,
  use: () => Promise<void>,
  environment: Record<string, string> = {},
): Promise<void> {
  if (await isUp(url)) fail(`Something is at ${url} already.`);
  const child = spawn('npm', script.split(' '), {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LOG_LEVEL: 'warn', ...environment },
  });
  const ended = once(child, 'exit').then(([code, signal]: unknown[]) => String(code ?? signal));
  try {
    await Promise.race([
      answers(url),
      ended.then((how) => fail(`npm ${script} ended with ${how} before it answered.`)),
    ]);
    await use();
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(innermost(child.pid), 'SIGTERM');
  }
  const how = await ended;
  if (how !== '0') fail(`npm ${script} ended with ${how} on SIGTERM.`);
  console.log(`npm ${script}: started, answered, ended with 0\n`);
}

/** npm dies of a signal itself, whatever becomes of what it runs; so the signal goes to the process at the end. */
function innermost(pid: number): number {
  const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return child === undefined || child === '' ? pid : innermost(Number(child));
}

async function answers(url: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < WITHIN_MS; waitedMs += 200) {
    if (await isUp(url)) return;
    await sleep(200);
  }
  fail(`${url} did not answer within ${WITHIN_MS / 1_000} s.`);
}

async function isUp(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => null); // nobody listens yet
  return response?.ok === true;
}

async function queryGateway(): Promise<void> {
  const ref = `{ team: { hostId: "${DEMO.teamId}", operationId: "${DEMO.teamOperationId}" } }`;
  const response = await fetch(`${GATEWAY}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${SANDBOX_TOKEN}` },
    body: JSON.stringify({ query: `{ operation(ref: ${ref}) { state } }` }),
  });
  const text = await response.text();
  if (!/"state":"(NOT_STARTED|RUNNING|SUCCEEDED)"/.test(text)) fail(`The gateway answered ${text}`);
}

/** As in a second terminal: starts an operation as the board's buttons do, and watches it. */
async function runExamples(): Promise<void> {
  const begun = await fetch(`${GATEWAY}/sandbox/v1.0/teams/${DEMO.teamId}/archive`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'sandbox-life': JSON.stringify({ startsAfterMs: 0, succeedsAfterMs: 1 }),
    },
    body: '{}',
  });
  const location = begun.headers.get('location') ?? fail(`The sandbox answered ${begun.status}.`);
  for (const script of ['example:node', 'example:curl-sse']) {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', script, '--', location]);
    if (!stdout.includes('SUCCEEDED')) fail(`npm run ${script} printed ${stdout}`);
    console.log(`npm run ${script}: watched an operation to its end\n`);
  }
}

function fail(message: string): never {
  throw new Error(message);
}

await tryCommand('start', `${GATEWAY}/readyz`, async () => {
  await queryGateway();
  await runExamples();
});
await tryCommand('run sandbox', `${SANDBOX}/sandbox`, () =>
  tryCommand('start', `${GATEWAY}/readyz`, queryGateway, { GRAPH_URL: SANDBOX, POLL_INTERVAL_SECONDS: '2' }),
);
