import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

/** One file of tests: each loads the whole gateway anew, which takes longer than what most of these have it do. */
import './apollo.suite.js';
import './graphql-request.suite.js';
import './graphql-ws.suite.js';
import './relay.suite.js';
import './urql.suite.js';

it('has every suite that there is', () => {
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const suites = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.suite.ts'));
  expect(suites.length).toBeGreaterThan(0);
  for (const suite of suites) expect(own).toContain(`import './${suite.replace(/\.ts$/, '.js')}';`);
});
