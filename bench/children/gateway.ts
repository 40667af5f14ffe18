import { subscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import type * as app from '../../src/app.js';
import type * as config from '../../src/config.js';
import type * as clock from '../../src/lib/clock.js';
import type * as logFormat from '../../src/lib/log-format.js';
import type * as random from '../../src/lib/random.js';
import { answerParent } from './child.js';

export type GatewayCommands = {
  /** HTTP requests that it has made, where COUNT_REQUESTS is on. */
  requests: (input: null) => number;
};

/** The gateway as `npm start` runs it, its log included: out of build/, which dist/ is bundled from. */

const dist = pathToFileURL(path.resolve('dist') + path.sep);
const build = pathToFileURL(path.resolve('build') + path.sep);
const load = (file: string): Promise<unknown> => import(new URL(file, build).href);
const { startApp } = (await load('app.js')) as typeof app;
const { readConfig } = (await load('config.js')) as typeof config;
const { systemClock } = (await load('lib/clock.js')) as typeof clock;
const { systemRandom } = (await load('lib/random.js')) as typeof random;
const { LOG_FORMAT } = (await load('lib/log-format.js')) as typeof logFormat;

const settings = readConfig(process.env);
const { url } = await startApp(settings, {
  clock: systemClock,
  random: systemRandom,
  log: pino({ ...LOG_FORMAT, level: settings.logLevel }),
  version: '0.0.0-bench',
  ownsProcess: true,
  graphiqlDirectory: new URL('graphiql/', dist),
  gather: () => Promise.resolve(), // one GET for each query, as the proxy beside it makes
});

// Only where it is asked for: it costs the process something.
let requests = 0;
if (process.env['COUNT_REQUESTS'] === 'on') subscribe('undici:request:create', () => void (requests += 1));
const commands: GatewayCommands = { requests: () => requests };
answerParent(url, commands);
