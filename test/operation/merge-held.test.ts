import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Operation } from '../../src/operation/operation.js';
import { advance, mergeHeld, standsAlike, type Held, type Snapshot } from '../../src/operation/snapshot.js';
import { isTerminal, OPERATION_STATES, type OperationState } from '../../src/operation/state.js';

/** A reading whose date is that of the check, as of a Graph that is never late. */
function reading(state: OperationState, at: number, actedAt: number | null = at): Snapshot {
  const operation: Operation = {
    kind: 'teamsAsyncOperation',
    operationId: 'O',
    state,
    rawStatus: state.toLowerCase(),
    createdDateTime: null,
    lastActionDateTime: actedAt === null ? null : new Date(Date.UTC(2026, 0, 1) + actedAt * 1_000).toISOString(),
    error: null,
  };
  return { operation, checkedAt: at };
}

/** What is held after readings that were made and stamped at these moments. */
function life(steps: readonly (readonly [OperationState, number])[], start: Held | null = null): Held {
  const held = steps.reduce<Held | null>((before, [state, at]) => advance(before, reading(state, at), at).held, start);
  if (held === null) throw new Error('give at least one step');
  return held;
}

const chain = ({ transitions }: Held) =>
  transitions.map(({ from, operation: { state }, stamp }) => [from, state, stamp] as const);

const FRESH = 1_000;

describe('what two processes hold that were apart', () => {
  const together = life([['NOT_STARTED', 10]]);

  it('is the one that goes on where the other ends, itself', () => {
    const longer = life([['RUNNING', 20]], together);
    expect(mergeHeld(together, longer, FRESH)).toBe(longer);
    expect(mergeHeld(longer, together, FRESH)).toBe(longer);
    expect(mergeHeld(longer, longer, FRESH)).toBe(longer);
  });

  it('is that also where the one that goes on has an older date, or none', () => {
    const longer = advance(together, reading('RUNNING', 20, null), 20).held;
    expect(mergeHeld(together, longer, FRESH)).toBe(longer);
    expect(mergeHeld(longer, together, FRESH)).toBe(longer);
  });

  it('has what both saw once, with the later stamp', () => {
    const one = life([['RUNNING', 20]], together);
    const two = life([['RUNNING', 25], ['SUCCEEDED', 30]], together); // prettier-ignore
    expect(chain(mergeHeld(one, two, FRESH))).toEqual([
      [null, 'NOT_STARTED', 10],
      ['NOT_STARTED', 'RUNNING', 25],
      ['RUNNING', 'SUCCEEDED', 30],
    ]);
  });

  it('has the end behind all that the other saw, so that nobody who knows that misses it', () => {
    const ended = life([['SUCCEEDED', 20]], together);
    const late = life([['RUNNING', 30]], together);
    for (const merged of [mergeHeld(ended, late, FRESH), mergeHeld(late, ended, FRESH)]) {
      expect(chain(merged)).toEqual([
        [null, 'NOT_STARTED', 10],
        ['NOT_STARTED', 'RUNNING', 30],
        ['RUNNING', 'SUCCEEDED', FRESH],
      ]);
      expect(merged.transitions.at(-1)?.observedAt).toBe(20);
      expect(merged.snapshot).toEqual({ operation: ended.snapshot.operation, checkedAt: 30 });
    }
  });

  it('has one end, the first one’s where there are two', () => {
    const [one, two] = [life([['SUCCEEDED', 20]], together), life([['FAILED', 30]], together)];
    expect(chain(mergeHeld(one, two, FRESH)).at(-1)).toEqual(['NOT_STARTED', 'SUCCEEDED', FRESH]);
    expect(chain(mergeHeld(two, one, FRESH)).at(-1)).toEqual(['NOT_STARTED', 'FAILED', 30]);
  });

  it('reaches back as far as the one that was there longer, if the other began with nothing', () => {
    const [long, short] = [life([['RUNNING', 20]], together), life([['SUCCEEDED', 30]])];
    for (const merged of [mergeHeld(long, short, FRESH), mergeHeld(short, long, FRESH)]) {
      expect(chain(merged).map(([, state]) => state)).toEqual(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
      expect(merged.completeSince).toBe(together.completeSince);
    }
  });

  it('reaches back no further than each of them where both have dropped something', () => {
    const dropping = { ...life([['RUNNING', 20]], together), completeSince: 15 };
    expect(mergeHeld(dropping, life([['SUCCEEDED', 30]], together), FRESH).completeSince).toBe(15);
  });
});

it('whatever two processes saw, together they hold it in order, and whoever knows either side comes to the same end', () => {
  const unfinished = OPERATION_STATES.filter((state) => !isTerminal(state));
  const step = (states: readonly OperationState[]) =>
    fc.tuple(fc.constantFrom(...states), fc.constantFrom('together', 'one', 'two'));
  const steps = fc
    .tuple(
      fc.array(step(unfinished), { maxLength: 60, size: 'max' }),
      fc.array(step(OPERATION_STATES), { maxLength: 4 }),
    )
    .map((parts) => parts.flat());
  let apart = 0;
  /** What is wrong with what two sides are together. */
  const wrongsOf = (a: Held, b: Held): string[] => {
    const merged = mergeHeld(a, b, FRESH);
    const { transitions, snapshot } = merged;
    const end = transitions.at(-1);
    const pairs = transitions.flatMap((after, at) => {
      const before = transitions[at - 1];
      return before === undefined ? [] : [{ before, after }];
    });
    const isAtEnd = (operation: Operation): boolean => end !== undefined && standsAlike(operation, end.operation);
    const wrongs: Record<string, boolean> = {
      'the stamps are out of order': pairs.some(({ before, after }) => before.stamp >= after.stamp),
      'more is kept than the bound': transitions.length > 32,
      'the check is not the latest': snapshot.checkedAt !== Math.max(a.snapshot.checkedAt, b.snapshot.checkedAt),
      'the chain is broken': pairs.some(({ before, after }) => after.from !== before.operation.state),
      'a state follows itself': pairs.some(({ before, after }) => standsAlike(after.operation, before.operation)),
      'something comes after the end': pairs.some(({ before }) => isTerminal(before.operation.state)),
      'the last transition is not the state now': !isAtEnd(snapshot.operation),
      'an end is lost':
        [a, b].some((side) => isTerminal(side.snapshot.operation.state)) && !isTerminal(snapshot.operation.state),
      'who knows one side is not told of the end': [a, b].some(({ transitions: known }) => {
        const last = known.at(-1);
        return last !== undefined && !isAtEnd(last.operation) && (end?.stamp ?? 0) <= last.stamp;
      }),
      'more of the same changes it':
        mergeHeld(merged, a, FRESH + 1) !== merged || mergeHeld(merged, b, FRESH + 1) !== merged,
    };
    return Object.keys(wrongs).filter((wrong) => wrongs[wrong]);
  };

  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 8 }), (all, common) => {
      let one: Held | null = null;
      let two: Held | null = null;
      for (const [at, [state, where]] of all.entries()) {
        const next = reading(state, at + 1);
        if (at < common || where !== 'two') one = advance(one, next, at + 1).held;
        if (at < common) two = one;
        else if (where !== 'one') two = advance(two, next, at + 1).held;
      }
      if (one === null || two === null) return;
      apart += 1;
      expect([...wrongsOf(one, two), ...wrongsOf(two, one)]).toEqual([]);
    }),
    { numRuns: 3_000 },
  );
  expect(apart).toBeGreaterThan(1_000);
});
