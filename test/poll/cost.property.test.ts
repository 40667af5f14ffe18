import { randomInt } from 'node:crypto';
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { crowds, MOST_REPLICAS, openTo, type Crowd } from './crowds.js';
import { BrokenPromise } from './simulation.js';
import { TIMES } from './world.js';

const RUNS = process.env['CI'] === undefined ? 20 : 100;
const { intervalMs } = TIMES;
/** Until all who began at any time are in step. */
const SETTLING_INTERVALS = 12;
const COUNTED_INTERVALS = 10;
/** What several may cost, from what one costs, and reads besides where a count begins or ends in the middle of something. */
const SHARED = 1.1;
const SPARE = 4;
/** So long that none ends while the reads are counted. */
const LASTING_PROOFS_MS = 1_000 * intervalMs;
/** As many intervals as the defaults are. */
const USUAL_PROOFS_MS = 10 * intervalMs;

/** What so many replicas ask Graph for together, once all are in step; one line for each read. */
async function readsOf(crowd: Crowd, replicas: number, proofMs: number): Promise<readonly string[]> {
  const { clock, graph, seatAll } = openTo(crowd, replicas, proofMs);
  await seatAll();
  await clock.advance(SETTLING_INTERVALS * intervalMs);
  const settledAt = clock.now();
  await clock.advance(COUNTED_INTERVALS * intervalMs);
  return graph.reads.flatMap(({ scope, path, at }) => (at <= settledAt ? [] : [`${at - settledAt} ${scope} ${path}`]));
}

async function check(proofMs: number): Promise<void> {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  console.log(`fast-check seed ${seed}, ${RUNS} runs`);
  await fc.assert(
    fc.asyncProperty(crowds, async (crowd) => {
      const alone = await readsOf(crowd, 1, proofMs);
      for (const replicas of [2, MOST_REPLICAS]) {
        const reads = await readsOf(crowd, replicas, proofMs);
        if (reads.length <= SHARED * alone.length + SPARE) continue;
        const all = `${reads.join('\n')}\nand of one:\n${alone.join('\n')}`;
        throw new BrokenPromise(`${replicas} cost ${reads.length} reads where one costs ${alone.length}:\n${all}`);
      }
    }),
    { seed, numRuns: RUNS, endOnFailure: false },
  );
}

describe('whoever watches whatever, on whichever replica', () => {
  it('costs what one process costs', () => check(LASTING_PROOFS_MS), 180_000);
  it('costs what one process costs, renewals among it', () => check(USUAL_PROOFS_MS), 180_000);
});
