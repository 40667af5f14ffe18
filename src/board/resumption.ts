import { type BoardState, type Change } from './board-state.js';
import { type Operation } from './domain/operation.js';
import { type Unheard } from './gap.js';
import { type Connection } from './transport/connection.js';

const LIVE: Connection = { kind: 'connected', resumed: 'first' };
/** What a check finds is pushed at once. An answer over HTTP may be quicker than the push, but not by so long. */
const PUSHED_WITHIN_S = 1;

export function withConnection(state: BoardState, connection: Connection, now: number): BoardState {
  if (connection.kind !== 'connected' || connection.resumed !== 'back') return { ...state, connection, gap: null };
  const unheard = state.entries
    .filter(({ status }) => status === 'live')
    .flatMap(({ key, ids }): Unheard[] => {
      const awaited = [...ids].filter((id) => state.operations.get(id)?.terminal === false);
      return awaited.length > 0 ? awaited.map((id) => ({ key, id })) : [{ key, id: null }];
    });
  return unheard.length > 0
    ? { ...state, connection, gap: { backAt: now, unheard } }
    : { ...state, connection: LIVE, gap: null };
}

/** After an event of an entry's stream. */
export function heardOn(state: BoardState, key: string, { operation, reason }: Change): BoardState {
  const { connection } = state;
  if (connection.kind !== 'connected') return state;
  if (reason !== 'RESET') {
    return heard(state, (one) => one.key === key && (one.id === null || one.id === operation.id));
  }
  return connection.resumed === 'reset'
    ? state
    : { ...state, connection: { kind: 'connected', resumed: 'reset' }, gap: null };
}

/** After an answer that was asked for. */
export function heardOf(state: BoardState, operations: readonly Operation[]): BoardState {
  const { gap, aheadMs } = state;
  if (gap === null) return state;
  const isSure = ({ freshness: { checkedAt, ageSeconds } }: Operation): boolean =>
    Date.parse(checkedAt) - aheadMs > gap.backAt && ageSeconds >= PUSHED_WITHIN_S;
  const ids = new Set(operations.filter(isSure).map(({ id }) => id));
  return heard(state, ({ id }) => id !== null && ids.has(id));
}

/** Of a stream that failed nobody can say what it missed; nor is it said of one that is not on the board any more. */
export function notHeardOn(state: BoardState, key: string): BoardState {
  return state.gap?.unheard.some((one) => one.key === key) === true ? giveUp(state) : state;
}

/** The connection is up, and more is not said of it. */
export function giveUp(state: BoardState): BoardState {
  return { ...state, connection: LIVE, gap: null };
}

function heard(state: BoardState, isHeard: (one: Unheard) => boolean): BoardState {
  const { gap } = state;
  if (gap === null) return state;
  const unheard = gap.unheard.filter((one) => !isHeard(one));
  if (unheard.length === gap.unheard.length) return state;
  return unheard.length > 0
    ? { ...state, gap: { ...gap, unheard } }
    : { ...state, connection: { kind: 'connected', resumed: 'whole' }, gap: null };
}
