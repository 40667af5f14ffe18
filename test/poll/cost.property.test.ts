import { randomInt } from 'node:crypto';
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { crowds, MOST_REPLICAS, openTo, type Crowd } from './crowds.js';
import { BrokenPromise } from './simulation.js';
import { TIMES } from './world.js';

const RUNS = process.env['CI'] === undefined ? 10 : 100;
const { intervalMs } = TIMES;
/** Until all who began at any time are in step. */
const SETTLING_INTERVALS = 12;
const COUNTED_INTERVALS = 10;
/** What several may cost, from what one costs. */
const SHARED = 1.1;
/** Reads besides, where a count begins or ends in the middle of something. */
const SPARE = 4;
/**
 * A renewal that cannot wait takes its operation out of step with the others of its host. One process sees all of them
 * and has them together again after an interval; several need some, in each of which something is read by itself.
 */
const SPARE_WITH_RENEWALS = 8;
/** Of one operation at the least, where a check comes late for the latency alone. */
const LEAST = COUNTED_INTERVALS - 1;
/** So long that none ends while the reads are counted. */
const LASTING_PROOFS_MS = 1_000 * intervalMs;
/** As many intervals as the defaults are. */
const USUAL_PROOFS_MS = 10 * intervalMs;

/**
 * O3 is watched for caller 4 on one replica and O1 on another, O1 for two more on two further ones. These stood by for
 * caller 4's list at the same moment as that list, one after the other, and always came first.
 */
const TAKING_TURNS: Crowd = {
  subscribers: [
    { operation: 3, token: 4, replica: 0, joinsAfterMs: 11_980 },
    { operation: 1, token: 0, replica: 1, joinsAfterMs: 2_541 },
    { operation: 1, token: 4, replica: 3, joinsAfterMs: 0 },
    { operation: 1, token: 1, replica: 2, joinsAfterMs: 8_341 },
    { operation: 7, token: 1, replica: 0, joinsAfterMs: 3_176 },
  ],
  tokens: 5,
  latencyMs: 0,
  pageSize: 100,
};

/** What so many replicas ask Graph for together, once all are in step; one line for each read. */
async function readsOf(crowd: Crowd, replicas: number, proofMs: number): Promise<readonly string[]> {
  const { clock, graph, seatAll } = openTo(crowd, replicas, proofMs);
  await seatAll();
  await clock.advance(SETTLING_INTERVALS * intervalMs);
  const settledAt = clock.now();
  await clock.advance(COUNTED_INTERVALS * intervalMs);
  return graph.reads.flatMap(({ scope, path, at }) => (at <= settledAt ? [] : [`${at - settledAt} ${scope} ${path}`]));
}

async function check(proofMs: number, spare: number, examples: readonly Crowd[]): Promise<void> {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  console.log(`fast-check seed ${seed}, ${RUNS} runs`);
  await fc.assert(
    fc.asyncProperty(crowds, async (crowd) => {
      const alone = await readsOf(crowd, 1, proofMs);
      if (alone.length < LEAST) throw new BrokenPromise(`one checks what is watched: ${alone.join('\n')}`);
      for (const replicas of [2, MOST_REPLICAS]) {
        const reads = await readsOf(crowd, replicas, proofMs);
        if (reads.length < LEAST) throw new BrokenPromise(`${replicas} check what is watched: ${reads.join('\n')}`);
        if (reads.length <= SHARED * alone.length + spare) continue;
        const all = `${reads.join('\n')}\nand of one:\n${alone.join('\n')}`;
        throw new BrokenPromise(`${replicas} cost ${reads.length} reads where one costs ${alone.length}:\n${all}`);
      }
    }),
    { seed, numRuns: RUNS, endOnFailure: false, examples: examples.map((crowd): [Crowd] => [crowd]) },
  );
}

describe('whoever watches whatever, on whichever replica', () => {
  it('costs what one process costs', () => check(LASTING_PROOFS_MS, SPARE, [TAKING_TURNS]), 180_000);
  it('costs what one process costs, renewals among it', () => check(USUAL_PROOFS_MS, SPARE_WITH_RENEWALS, []), 180_000);
});
