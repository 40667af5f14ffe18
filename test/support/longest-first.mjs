import { relative, sep } from 'node:path';
import Sequencer from '@jest/test-sequencer';

/**
 * Files of tests that take far longer than others, the longest first. One that came last would keep one worker busy, and
 * the others waiting. Jest itself knows the times of an earlier run, which a fresh machine has not seen.
 */
const LONGEST = [
  'browser/board.test.ts',
  'security/fuzz-http.test.ts',
  'security/fuzz-websocket.test.ts',
  'poll/cost.property.test.ts',
  'poll/lateness.property.test.ts',
  'poll/replicas.property.test.ts',
  'poll/wild.property.test.ts',
  'poll/troubled.property.test.ts',
  'poll/calm.property.test.ts',
  'poll/denied.property.test.ts',
  'security/fuzz-sse.test.ts',
  'replicas/cost.test.ts',
  'browser/graphiql.test.ts',
  'replicas/redis-faults.test.ts',
  'replicas/killed.test.ts',
  'replicas/rolling.test.ts',
  'browser/gateway.test.ts',
  'browser/own-documents.test.ts',
  'examples/react.test.ts',
  'gateway/sse.test.ts',
  'gateway/interval.test.ts',
  'main.test.ts',
  'security/secrets.test.ts',
  'store/redis-faults.test.ts',
  'store/redis.test.ts',
  'replicas/denials.test.ts',
  'replicas/clocks.test.ts',
  'security/hostile-graph.test.ts',
  'security/memory-of-messages.test.ts',
  'security/memory-of-tokens.test.ts',
  'client/package.test.ts',
  'schema/generators.test.ts',
  'gateway/soak.test.ts',
];

export default class LongestFirst extends Sequencer {
  /** @param {import('@jest/test-result').Test[]} tests */
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

/** @param {import('@jest/test-result').Test} test */
function placeOf({ path, context }) {
  const place = LONGEST.indexOf(relative(`${context.config.rootDir}/test`, path).replaceAll(sep, '/'));
  return place === -1 ? LONGEST.length : place;
}
