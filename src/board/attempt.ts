import { type Board } from './board.js';
import { MAX_WATCHES } from './domain/saved.js';
import { keyOf, type Watch } from './domain/watch.js';
import { type Problem } from './transport/problem.js';

/** What came of putting something on the board: nothing wrong, it was there, there is no room, or what the gateway says. */
export type Outcome = Problem | 'known' | 'full' | null;

export function putOn(board: Pick<Board, 'state' | 'add'>, watch: Watch): Promise<Outcome> {
  const { entries } = board.state();
  if (entries.some(({ key }) => key === keyOf(watch))) return Promise.resolve('known');
  if (entries.length >= MAX_WATCHES) return Promise.resolve('full');
  return board.add(watch);
}

/** What came of several together. */
export interface Tried {
  /** What is to be said of them. */
  readonly wrong: Outcome;
  /** Those that are to be mended; the others are on the board. */
  readonly again: readonly Watch[];
}

/** @param outcomes in the order of the watches */
export function triedOf(watches: readonly Watch[], outcomes: readonly Outcome[]): Tried {
  const areKnown = outcomes.every((outcome) => outcome === 'known');
  return {
    wrong: outcomes.find(isRefused) ?? (areKnown ? 'known' : null),
    again: watches.filter((_watch, index) => isRefused(outcomes[index] ?? null)),
  };
}

/** Any other problem is shown with what it is about: that is on the board, and may be tried again there. */
function isRefused(outcome: Outcome): boolean {
  return outcome === 'full' || (outcome !== null && outcome !== 'known' && outcome.code === 'BAD_USER_INPUT');
}
