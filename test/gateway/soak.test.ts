import { expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startCountingGraph } from '../support/counting-graph.js';
import { closeAfterTest, startTestGateway, type TestGateway } from '../support/gateway.js';
import { pass, until } from '../support/until.js';

const INTERVAL_MS = 250;
/** All of them where it counts, and a fifth while somebody waits. */
const [WAVES, WAVE] = process.env['CI'] === undefined ? [3, 200] : [6, 500];
/**
 * What the engine keeps of code and caches, and the test of its log; 4 KB forgotten per socket would be more where it
 * counts, and 10 KB in a few.
 */
const MARGIN_BYTES = (WAVES - 1) * 2 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it(`is as it was after ${WAVES * WAVE} clients came and were cut off`, async () => {
  const graph = closeAfterTest(await startCountingGraph());
  const refs = Array.from({ length: 50 }, (_, at) => ({ hostId: `team-${at % 5}`, operationId: `operation-${at}` }));
  for (const ref of refs) graph.put({ host: 'team', ...ref, status: 'inProgress' });
  const gateway = await startTestGateway({
    graphUrl: graph.url,
    environment: { POLL_INTERVAL_SECONDS: String(INTERVAL_MS / 1_000) },
  });
  const stays = await gateway.watch({ refs: [{ team: refs[0] }] });
  expect(await stays.change()).toMatchObject({ reason: 'SNAPSHOT' });

  await wave(gateway, refs); // what is made once, and kept, is made now
  await leftBy(gateway, 1);
  const before = heapUsed();
  for (let waves = 1; waves < WAVES; waves++) await wave(gateway, refs);
  await leftBy(gateway, 1);
  expect(heapUsed() - before).toBeLessThan(MARGIN_BYTES);

  // Who stayed was not disturbed, and is the only one whom Graph is still asked for.
  graph.put({ host: 'team', hostId: 'team-0', operationId: 'operation-0', status: 'succeeded' });
  expect(await stays.change()).toMatchObject({ reason: 'CHANGED', to: 'SUCCEEDED' });
  await stays.completed();
  expect(gateway.app.watches()).toBe(0);
  const { length } = graph.requests;
  await pass(3 * INTERVAL_MS);
  expect(graph.requests.length).toBe(length);
}, 240_000);

/** Many clients at a time: half of them are gone before they hear anything, half of them in the middle of a stream. */
async function wave(gateway: TestGateway, refs: readonly object[]): Promise<void> {
  await Promise.all(
    Array.from({ length: WAVE }, async (_, at) => {
      const watched = [refs[at % refs.length], refs[(at * 7) % refs.length]].map((team) => ({ team }));
      const watching = await gateway.watch({ refs: watched });
      if (at % 2 === 0) await watching.change();
      watching.socket.terminate();
    }),
  );
}

/** Resolves when so many operations are still watched, and every other client is forgotten. */
function leftBy(gateway: TestGateway, watches: number): Promise<void> {
  return until(() => gateway.app.watches() <= watches);
}

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
