#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { startApp, type App } from './app.js';
import { ConfigError, readConfig, type Config } from './config.js';
import { sleepUntil, systemClock } from './lib/clock.js';
import { LOG_FORMAT } from './lib/log-format.js';
import { systemRandom } from './lib/random.js';
import { greeting } from './greeting.js';

/** The process: read the environment, start, stop on a signal. */
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** A page that asks for forty operations in forty requests has sent them all by then; Graph takes far longer to answer. */
const GATHER_MS = 5;

async function main(): Promise<void> {
  const config = configOrExit();
  // What comes while a line is written goes with the next write; at the exit the rest is written at once.
  const log = pino({ ...LOG_FORMAT, level: config.logLevel }, pino.destination({ sync: false }));
  process.once('uncaughtException', (error) => {
    log.fatal({ err: error }, 'crashed'); // node would print all that hangs on the error
    process.exit(1);
  });
  let app: App;
  try {
    app = await startApp(config, {
      clock: systemClock,
      random: systemRandom,
      log,
      version,
      ownsProcess: true,
      graphiqlDirectory: new URL('../dist/graphiql/', import.meta.url),
      boardDirectory: new URL('../dist/board/', import.meta.url),
      gather: () => sleepUntil(systemClock, systemClock.now() + GATHER_MS),
    });
  } catch (error) {
    exitWith(...(error instanceof ConfigError ? error.problems : [reasonOf(error, config)]));
  }
  process.stdout.write(greeting(app, config));
  const stop = (signal: string): void => {
    log.info({ signal }, 'stopping');
    // What does not end within the grace is left behind: a supervisor would kill it anyway.
    systemClock.wakeAt(systemClock.now() + config.stopGraceMs, () => process.exit(0));
    void app.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

function configOrExit(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) exitWith(...error.problems);
    throw error;
  }
}

function reasonOf(error: unknown, { host, port }: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is in use: set PORT to another one, or to 0 for any free one.`;
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used by this account: set PORT to one above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `HOST ${host} is not an address of this machine.`;
  return `The gateway could not start: ${error instanceof Error ? error.message : String(error)}`;
}

function exitWith(...problems: readonly string[]): never {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exit(1);
}

await main();
