import { type Faults } from './clients/tally.js';
import { demand } from './void-run.js';

/**
 * A round counts when everything came that was to come, once, and nothing else.
 * @param limitMs how long was waited
 * @throws {VoidRun} that says what was missing, or wrong
 */
export function checkRounds(
  rounds: readonly { readonly missing: number; readonly faults: Faults }[],
  limitMs: number,
): void {
  const missing = rounds.reduce((sum, round) => sum + round.missing, 0);
  const count = rounds.reduce((sum, round) => sum + round.faults.count, 0);
  const first = rounds.flatMap(({ faults }) => faults.first).join('; ');
  demand(missing === 0, `${missing} messages did not come within ${limitMs / 1_000} s. ${first}`.trim());
  demand(count === 0, `${count} messages were wrong, or sockets were lost: ${first}`);
}
