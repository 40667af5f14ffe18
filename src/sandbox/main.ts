import { systemClock } from '../lib/clock.js';
import { systemRandom } from '../lib/random.js';
import { DEMO } from './demo.js';
import { startSandbox, type Sandbox } from './server.js';

/** The sandbox as a process of its own: `npm run sandbox`. */

const DEFAULT_PORT = 4010;

function readPort(text = ''): number {
  if (text === '') return DEFAULT_PORT;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new Error(`SANDBOX_PORT must be a number from 0 to 65535; it is ${JSON.stringify(text)}.`);
}

async function start(): Promise<Sandbox> {
  const port = readPort(process.env['SANDBOX_PORT']);
  const host = process.env['HOST'] || '127.0.0.1'; // an empty one is none
  try {
    return await startSandbox({ clock: systemClock, random: systemRandom, port, host, control: true, demo: true });
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new Error(`The sandbox cannot listen on ${host}:${port} (${reason}). Choose another SANDBOX_PORT or HOST.`, {
      cause,
    });
  }
}

function greeting({ url, demoToken }: Sandbox): string {
  return [
    `Microsoft Graph sandbox  ${url}`,
    `Token                    ${demoToken}`,
    '',
    'Operations of a team, and of a chat:',
    `  curl -s -H 'Authorization: Bearer ${demoToken}' '${url}/v1.0/teams/${DEMO.teamId}/operations'`,
    `  curl -s -H 'Authorization: Bearer ${demoToken}' '${url}/beta/chats/${DEMO.chatId}/operations'`,
    '',
  ].join('\n');
}

try {
  const sandbox = await start();
  process.stdout.write(greeting(sandbox));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      void sandbox.close().then(() => process.exit(0));
    });
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
