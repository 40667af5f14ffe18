import { type Board } from './board.js';
import { isSameList, merged } from './domain/shared-list.js';
import { keyOf, type Watch } from './domain/watch.js';
import { type Settings } from './settings.js';

/** Puts the saved list on the board, and keeps both the same from then on, whichever tab puts something on or takes it off. */
export function keepList(board: Pick<Board, 'state' | 'listen' | 'restore' | 'remove'>, settings: Settings): void {
  /** What both had when they were the same. */
  let agreed: readonly Watch[] = [];
  let isAgreeing = false;
  const own = (): readonly Watch[] => board.state().entries.map(({ watch }) => watch);

  const agree = (): void => {
    if (isAgreeing) return; // what is done here is told to both
    isAgreeing = true;
    settings.reread();
    const { watches: stored } = settings.state().saved;
    const mine = own();
    agreed = merged(stored, agreed, mine);
    if (!isSameList(agreed, stored)) settings.change({ watches: agreed });
    const [wanted, held] = [new Set(agreed.map(keyOf)), new Set(mine.map(keyOf))];
    for (const watch of mine) if (!wanted.has(keyOf(watch))) board.remove(keyOf(watch));
    board.restore(agreed.filter((watch) => !held.has(keyOf(watch))));
    isAgreeing = false;
  };

  board.listen(() => {
    if (!isSameList(own(), agreed)) agree();
  });
  settings.listen(() => {
    if (!isSameList(settings.state().saved.watches, agreed)) agree();
  });
  agree();
}
