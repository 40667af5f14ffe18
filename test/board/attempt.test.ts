import { describe, expect, it } from '@jest/globals';
import { putOn, triedOf, type Outcome } from '../../src/board/attempt.js';
import { EMPTY, withEntry } from '../../src/board/board-state.js';
import { MAX_WATCHES } from '../../src/board/domain/saved.js';
import { type Watch } from '../../src/board/domain/watch.js';

const at = (location: string): Watch => ({ kind: 'operation', ref: { location } });
const [GOOD, BAD, OTHER] = ['/teams/t/operations/o', '/me', '/teams/t/operations/p'].map(at) as [Watch, Watch, Watch];
const MISTAKE: Outcome = { code: 'BAD_USER_INPUT', message: '/me is not the location of an operation.' };
const FORBIDDEN: Outcome = { code: 'FORBIDDEN', message: 'Not yours.' };

describe('several lines that are put on the board together', () => {
  it('leave those to be mended that cannot be, and no other', () => {
    const lines = [GOOD, BAD, OTHER];
    expect(triedOf(lines, [null, MISTAKE, FORBIDDEN])).toEqual({ wrong: MISTAKE, again: [BAD] });
    expect(triedOf(lines, ['known', MISTAKE, 'known'])).toEqual({ wrong: MISTAKE, again: [BAD] });
    expect(triedOf(lines, [null, 'full', 'full'])).toEqual({ wrong: 'full', again: [BAD, OTHER] });
  });

  it('are known only where all of them are', () => {
    expect(triedOf([GOOD, OTHER], ['known', null])).toEqual({ wrong: null, again: [] });
    expect(triedOf([GOOD, OTHER], ['known', 'known'])).toEqual({ wrong: 'known', again: [] });
  });
});

describe('a board', () => {
  it('takes as many as its list can keep, and says when it is full', async () => {
    let state = EMPTY;
    const board = {
      state: () => state,
      add(watch: Watch) {
        state = withEntry(state, watch);
        return Promise.resolve(null);
      },
    };
    for (let n = 1; n < MAX_WATCHES; n++) await board.add(at(`/teams/t/operations/${n}`));
    expect(await putOn(board, GOOD)).toBeNull();
    expect(await putOn(board, OTHER)).toBe('full');
    expect(await putOn(board, GOOD)).toBe('known');
    expect(state.entries).toHaveLength(MAX_WATCHES);
  });
});
