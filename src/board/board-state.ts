import { aheadBy } from './domain/freshness.js';
import { type Operation } from './domain/operation.js';
import { keyOf, type Watch } from './domain/watch.js';
import { type Gap } from './gap.js';
import { type BoardChangeFragment } from './generated/documents.js';
import { type Connection, type Token } from './transport/connection.js';
import { type Problem } from './transport/problem.js';

export type Change = BoardChangeFragment;

/** One line of the list, and how its stream stands. */
export interface Entry {
  readonly key: string;
  readonly watch: Watch;
  readonly status: 'waiting' | 'live' | 'ended' | 'failed';
  readonly problem: Problem | null;
  /** The operations that it told of. */
  readonly ids: ReadonlySet<string>;
}

/** All that the board knows. It is never changed: each step makes the next one. */
export interface BoardState {
  readonly entries: readonly Entry[];
  /** By global id; what is told of by two entries is there once. */
  readonly operations: ReadonlyMap<string, Operation>;
  /** The checks of each that were heard of, epoch ms, oldest first. */
  readonly checks: ReadonlyMap<string, readonly number[]>;
  readonly aheadMs: number;
  /** The least time between two checks of those that are awaited, as far as the gateway says when it makes the next. */
  readonly intervalMs: number;
  readonly connection: Connection;
  /** What is to be heard yet before it can be said that nothing was missed; null where that is not awaited. */
  readonly gap: Gap | null;
  readonly token: Token;
}

/** What Graph asks for between two checks, until a check has told what it really is. */
const INTERVAL_MS = 31_000;
/** What an answer took to arrive is no difference between two clocks; every card would be drawn anew for it. */
const SAME_CLOCK_MS = 250;
/** As many as a timeline can show. */
const MAX_CHECKS = 64;

export const EMPTY: BoardState = {
  entries: [],
  operations: new Map(),
  checks: new Map(),
  aheadMs: 0,
  intervalMs: INTERVAL_MS,
  connection: { kind: 'idle' },
  gap: null,
  token: { kind: 'none' },
};

/** @returns the same state when the list has it already */
export function withEntry(state: BoardState, watch: Watch): BoardState {
  const key = keyOf(watch);
  if (state.entries.some((entry) => entry.key === key)) return state;
  return { ...state, entries: [...state.entries, waiting(watch)] };
}

function waiting(watch: Watch): Entry {
  return { key: keyOf(watch), watch, status: 'waiting', problem: null, ids: new Set() };
}

/** What is watched, and nothing of what was told of it. */
export function withoutTold(state: BoardState): BoardState {
  const entries = state.entries.map(({ watch }) => waiting(watch));
  return { ...state, entries, operations: new Map(), checks: new Map(), gap: null };
}

/** Without an entry, and without the operations that no other one tells of. */
export function withoutEntry(state: BoardState, key: string): BoardState {
  const entries = state.entries.filter((entry) => entry.key !== key);
  const kept = new Set(entries.flatMap(({ ids }) => [...ids]));
  const isKept = ([id]: readonly [string, unknown]): boolean => kept.has(id);
  return {
    ...state,
    entries,
    operations: new Map([...state.operations].filter(isKept)),
    checks: new Map([...state.checks].filter(isKept)),
  };
}

/** The entries of an operation alone that show the card which one of them shows: its address has several spellings. */
export function entriesOfCard({ entries }: BoardState, { key, watch, ids }: Entry): readonly Entry[] {
  const isSame = (other: Entry): boolean =>
    other.key === key ||
    (watch.kind === 'operation' && other.watch.kind === 'operation' && [...ids].some((id) => other.ids.has(id)));
  return entries.filter(isSame);
}

export function changeEntry(state: BoardState, key: string, change: Partial<Entry>): BoardState {
  return { ...state, entries: state.entries.map((entry) => (entry.key === key ? { ...entry, ...change } : entry)) };
}

/** After an event of an entry's stream. */
export function withChange(state: BoardState, key: string, { operation }: Change, now: number): BoardState {
  const entry = state.entries.find((one) => one.key === key);
  if (entry === undefined) return state;
  return changeEntry(withOperations(state, [operation], now), key, {
    status: operation.terminal && entry.watch.kind === 'operation' ? 'ended' : 'live',
    problem: null,
    ids: entry.ids.has(operation.id) ? entry.ids : new Set([...entry.ids, operation.id]),
  });
}

/** With what was told just now; of an operation that is known the newer check counts. */
export function withOperations(state: BoardState, news: readonly Operation[], now: number): BoardState {
  const operations = new Map(state.operations);
  const checks = new Map(state.checks);
  let { aheadMs } = state;
  for (const operation of news) {
    const { id, freshness } = operation;
    const checkedAt = Date.parse(freshness.checkedAt);
    const held = operations.get(id);
    if (held !== undefined && Date.parse(held.freshness.checkedAt) > checkedAt) continue;
    operations.set(id, operation);
    checks.set(id, withCheck(checks.get(id) ?? [], checkedAt));
    const told = aheadBy(freshness, now);
    if (Math.abs(told - aheadMs) > SAME_CLOCK_MS) aheadMs = told;
  }
  return { ...state, operations, checks, aheadMs, intervalMs: intervalOf(operations.values()) ?? state.intervalMs };
}

/** Null where none of them says it. A check that is late says nothing of the interval. */
function intervalOf(operations: Iterable<Operation>): number | null {
  let intervalMs: number | null = null;
  for (const { terminal, freshness } of operations) {
    if (terminal || freshness.nextCheckAt === null || freshness.delayedBy !== null) continue;
    const untilNextMs = Date.parse(freshness.nextCheckAt) - Date.parse(freshness.checkedAt);
    if (untilNextMs > 0) intervalMs = Math.min(intervalMs ?? Infinity, untilNextMs);
  }
  return intervalMs;
}

function withCheck(checks: readonly number[], at: number): readonly number[] {
  return checks.at(-1) === at ? checks : [...checks.slice(1 - MAX_CHECKS), at];
}
