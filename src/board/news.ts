import { type Change } from './board-state.js';

/** Tells which events are news. An operation has each of its changes once, however many streams tell of it. */
export interface News {
  /**
   * Takes an event into account.
   *
   * @returns whether it tells of a change that was not told before. One that says how things stand does so where they
   *   stand otherwise than before: what happened while nobody could be told is told by no other.
   */
  hear(change: Change): boolean;
  /** Forgets the operations that are not on the board any more. */
  keep(isKept: (id: string) => boolean): void;
}

/** The newest that was heard of an operation. */
interface Heard {
  /** When the gateway first saw that state, epoch ms. */
  readonly at: number;
  readonly state: Change['to'];
  readonly isEnded: boolean;
}

export function createNews(): News {
  const heard = new Map<string, Heard>();
  return {
    hear({ reason, observedAt, operation: { id, state, terminal } }) {
      const before = heard.get(id);
      const at = Date.parse(observedAt);
      const isNewer = before === undefined || at > before.at;
      // Nothing comes after an end, so it is the newest by whatever clock.
      const isEnd = before !== undefined && terminal && !before.isEnded;
      if (isNewer || isEnd) heard.set(id, { at, state, isEnded: terminal });
      return isEnd || (isNewer && (reason === 'CHANGED' || (before !== undefined && state !== before.state)));
    },
    keep(isKept) {
      for (const id of heard.keys()) if (!isKept(id)) heard.delete(id);
    },
  };
}
