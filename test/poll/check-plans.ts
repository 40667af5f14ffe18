import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { simulate } from './simulation.js';
import { type Plan } from './simulation-plan.js';

/** Over all properties 10,000 runs where it counts, and enough to find most slips while somebody waits. */
const RUNS = process.env['CI'] === undefined ? 200 : 2_000;

/**
 * Plays many plans. `FAST_CHECK_SEED` plays those of an earlier run again.
 * @throws with the smallest plan that breaks a promise, and which one
 */
export async function checkPlans(plans: fc.Arbitrary<Plan>, replicas = 1): Promise<void> {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  console.log(`fast-check seed ${seed}, ${RUNS} runs`);
  await fc.assert(
    fc.asyncProperty(plans, (plan) => simulate(plan, replicas)),
    { seed, numRuns: RUNS, endOnFailure: false },
  );
}
