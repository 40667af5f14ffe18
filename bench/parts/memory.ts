import { type Memory } from '../children/child.js';
import { startCrowd } from '../crowd.js';
import { startPair } from '../gateway.js';
import { type Part } from '../part.js';
import { startChild, type Server } from '../processes.js';
import { atMost, kilobytes, times } from '../table.js';
import { type World } from '../world.js';

/** What a socket and a subscription keep, in memory of the server's process after its garbage was collected. */

const WORLD: World = { hosts: 10, operationsPerHost: 10 };
/** Opened before the first look: code, tables and the operations themselves are there then. */
const WARM_UP_SOCKETS = 200;
const FURTHER = 10;
/** Long enough that nothing is read between two looks. */
const INTERVAL_SECONDS = 31;

/** @returns bytes per socket */
async function perSocket(server: Server, sockets: number, open: (count: number) => Promise<void>) {
  await open(WARM_UP_SOCKETS);
  const before = await server.ask('memory', null);
  await open(sockets);
  return grown(before, await server.ask('memory', null), sockets);
}

function grown(before: Memory, after: Memory, count: number): Memory {
  return { rss: (after.rss - before.rss) / count, used: (after.used - before.used) / count };
}

export const measureMemory: Part = async (quick, say) => {
  const sockets = quick ? 300 : 4_000;
  const crowd = await startCrowd(1);

  say(`${sockets} idle sockets of bare ws`);
  const bare = await startChild('bare-ws', 'measured');
  const ofBare = await perSocket(bare, sockets, (count) => crowd.listen(bare.url, count, 0));
  await crowd.close();
  await bare.stop();

  say(`${sockets} sockets of the gateway, one subscription each`);
  const { gateway, stop } = await startPair(INTERVAL_SECONDS, WORLD.operationsPerHost);
  let opened = 0;
  const ofGateway = await perSocket(gateway, sockets, async (count) => {
    await crowd.open(gateway.url, count);
    await crowd.subscribe(WORLD, 1, { from: opened, to: opened + count });
    opened += count;
  });

  say(`${FURTHER} further subscriptions on each`);
  const before = await gateway.ask('memory', null);
  await crowd.subscribe(WORLD, FURTHER);
  const further = grown(before, await gateway.ask('memory', null), opened * FURTHER);
  await crowd.close();
  await crowd.stop();
  await stop();

  const ratio = ofGateway.rss / ofBare.rss;
  return {
    rows: [
      {
        what: 'memory of a socket with one subscription',
        aim: '≤ 2 × an idle bare ws socket (RSS)',
        measured: `${kilobytes(ofGateway.rss)} (heap ${kilobytes(ofGateway.used)})`,
        baseline: `bare ws ${kilobytes(ofBare.rss)} (heap ${kilobytes(ofBare.used)})`,
        ratio: times(ratio),
        verdict: atMost(ratio, 2),
      },
      {
        what: 'memory of each further subscription',
        aim: '≤ 3 KB (RSS)',
        measured: `${kilobytes(further.rss)} (heap ${kilobytes(further.used)})`,
        baseline: '',
        ratio: '',
        verdict: atMost(further.rss, 3_000),
      },
    ],
  };
};
