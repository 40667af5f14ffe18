import { pino } from 'pino';
import { startApp } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { systemClock } from '../../src/lib/clock.js';
import { systemRandom } from '../../src/lib/random.js';
import { reportToParent } from './child.js';

/** The gateway as `npm start` runs it, its log included. */

const config = readConfig(process.env);
const { url } = await startApp(config, {
  clock: systemClock,
  random: systemRandom,
  log: pino({ level: config.logLevel, base: null }),
  version: '0.0.0-bench',
  graphiqlDirectory: new URL('../../dist/graphiql/', import.meta.url),
  gather: () => Promise.resolve(), // one GET for each query, as the proxy beside it makes
});
reportToParent(url);
