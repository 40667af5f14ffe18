import { describe, expect, it } from '@jest/globals';
import { type Board } from '../../src/board/board.js';
import { EMPTY, withEntry, withoutEntry, type BoardState } from '../../src/board/board-state.js';
import { type Storage } from '../../src/board/domain/saved.js';
import { isSameList, merged } from '../../src/board/domain/shared-list.js';
import { type Watch } from '../../src/board/domain/watch.js';
import { keepList } from '../../src/board/keep-list.js';
import { createSettings, type Settings } from '../../src/board/settings.js';

const watch = (id: string): Watch => ({ kind: 'operation', ref: { id } });
const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(watch) as [Watch, Watch, Watch, Watch];

describe('a list that several tabs keep', () => {
  it.each([
    { what: 'what this tab put on', stored: [A], before: [A], after: [A, B], list: [A, B] },
    { what: 'what another one put on', stored: [A, B], before: [A], after: [A], list: [A, B] },
    { what: 'what both put on, once', stored: [A, B], before: [A], after: [A, C, B], list: [A, B, C] },
  ])('has $what', ({ stored, before, after, list }) => {
    expect(merged(stored, before, after)).toEqual(list);
  });

  it.each([
    { what: 'what this tab took off', stored: [A, B], before: [A, B], after: [B], list: [B] },
    { what: 'what another one took off', stored: [B], before: [A, B], after: [A, B], list: [B] },
    { what: 'what either took off', stored: [B, D], before: [A, B], after: [A, C], list: [D, C] },
  ])('has no more $what', ({ stored, before, after, list }) => {
    expect(merged(stored, before, after)).toEqual(list);
  });

  it('is the same in any order', () => {
    expect(isSameList([A, B], [B, A])).toBe(true);
    expect(isSameList([A], [A, B])).toBe(false);
    expect(isSameList([A], [B])).toBe(false);
  });
});

/** The part of a board that a list is about. */
function boardOf(): Pick<Board, 'state' | 'listen' | 'restore' | 'remove'> & { readonly ids: () => string[] } {
  let state: BoardState = EMPTY;
  const listeners = new Set<() => void>();
  const set = (next: BoardState): void => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    state: () => state,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    restore: (watches) => set(watches.reduce(withEntry, state)),
    remove: (key) => set(withoutEntry(state, key)),
    ids: () => state.entries.map((entry) => (entry.watch.kind === 'operation' ? String(entry.watch.ref.id) : '')),
  };
}

/** What a browser stores for all tabs of a page. */
function storageOf(): Storage {
  const values = new Map<string, string>();
  return { getItem: (key) => values.get(key) ?? null, setItem: (key, value) => void values.set(key, value) };
}

function openTab(storage: Storage): ReturnType<typeof boardOf> & { readonly settings: Settings } {
  const [board, settings] = [boardOf(), createSettings(storage)];
  keepList(board, settings);
  return { ...board, settings };
}

describe('two tabs', () => {
  it('lose nothing of each other, also where neither has heard of the other yet', () => {
    const storage = storageOf();
    const [one, other] = [openTab(storage), openTab(storage)];
    one.restore([A]);
    other.restore([B]);
    one.restore([C]);
    expect(openTab(storage).ids()).toEqual(['a', 'b', 'c']);
    one.settings.reread();
    other.settings.reread();
    expect([one.ids().sort(), other.ids().sort()]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
  });

  it('take off what the other took off, and nothing else', () => {
    const storage = storageOf();
    const one = openTab(storage);
    one.restore([A, B, C]);
    const other = openTab(storage);
    for (const each of [A, B]) other.remove(JSON.stringify(each.kind === 'operation' ? each.ref : null));
    one.restore([D]);
    one.settings.reread();
    expect(one.ids()).toEqual(['c', 'd']);
    expect(openTab(storage).ids()).toEqual(['c', 'd']);
  });

  it('share how the board is liked', () => {
    const storage = storageOf();
    const [one, other] = [openTab(storage), openTab(storage)];
    one.settings.change({ theme: 'dark' });
    other.settings.change({ language: 'fr' });
    one.settings.reread();
    expect(one.settings.state().saved).toMatchObject({ theme: 'dark', language: 'fr' });
  });
});

describe('a tab whose browser keeps nothing', () => {
  it('keeps its list as long as it is open', () => {
    const tab = openTab({
      getItem: () => null,
      setItem() {
        throw new Error('The quota has been exceeded.');
      },
    });
    tab.restore([A]);
    tab.restore([B]);
    tab.settings.reread();
    expect(tab.ids()).toEqual(['a', 'b']);
    expect(tab.settings.state().isKept).toBe(false);
  });
});
