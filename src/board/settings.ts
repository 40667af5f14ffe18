import { load, save, type Saved, type Storage } from './domain/saved.js';

/** What the browser keeps of the board: one for all its tabs. */
export interface Settings {
  readonly state: () => SettingsState;
  /** @returns how to stop listening */
  readonly listen: (listener: () => void) => () => void;
  change(part: Partial<Saved>): void;
  /** Takes what another tab has stored. */
  reread(): void;
}

export interface SettingsState {
  readonly saved: Saved;
  /** Whether the browser keeps it; it may have no room, or be told to keep nothing. */
  readonly isKept: boolean;
}

export function createSettings(storage: Storage): Settings {
  let state: SettingsState = { saved: load(storage), isKept: true };
  const listeners = new Set<() => void>();
  const set = (next: SettingsState): void => {
    state = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    state: () => state,
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    change(part) {
      const stored = state.isKept ? load(storage) : state.saved; // another tab may have written since
      const saved = { ...stored, ...part };
      set({ saved, isKept: save(storage, saved) });
    },
    reread() {
      if (state.isKept) set({ ...state, saved: load(storage) }); // else there is nothing, and what is known here counts
    },
  };
}
