import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { compareDateText, type Operation } from '../../src/operation/operation.js';
import { advance, type Held, type Snapshot, type Transition } from '../../src/operation/snapshot.js';
import { isTerminal, OPERATION_STATES, type OperationState } from '../../src/operation/state.js';
import { runs } from '../support/runs.js';

/** The moment `seconds` after the operation began, as Graph writes it. */
const graphTime = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();

/** A reading of one operation; its own word for a state is the state in small letters. */
function reading(
  state: OperationState,
  actedAt: number | null,
  checkedAt: number,
  rawStatus = state.toLowerCase(),
): Snapshot {
  const lastActionDateTime = actedAt === null ? null : graphTime(actedAt);
  const operation: Operation = {
    kind: 'teamsAsyncOperation',
    operationId: 'O',
    state,
    rawStatus,
    createdDateTime: graphTime(0),
    lastActionDateTime,
    error: null,
  };
  return { operation, checkedAt };
}

/** All that is held after readings, with stamps 11, 12 …, and the transitions on the way. */
function afterAll(readings: readonly Snapshot[]): { held: Held; told: Transition[] } {
  let held: Held | null = null;
  const told: Transition[] = [];
  for (const [at, next] of readings.entries()) {
    const step: ReturnType<typeof advance> = advance(held, next, 11 + at);
    held = step.held;
    if (step.transition !== null) told.push(step.transition);
  }
  if (held === null) throw new Error('give at least one reading');
  return { held, told };
}

describe('the first reading of an operation', () => {
  it('is its first transition, which comes from nowhere', () => {
    const first = reading('RUNNING', 5, 100);
    const { held, transition } = advance(null, first, 11);

    expect(transition).toEqual({ from: null, operation: first.operation, observedAt: 100, stamp: 11 });
    expect(held).toEqual({ snapshot: first, transitions: [transition], completeSince: 10 });
  });
});

describe('a further reading', () => {
  it.each([
    { before: reading('NOT_STARTED', 1, 100), next: reading('RUNNING', 2, 200), because: 'it went on' },
    { before: reading('NOT_STARTED', 1, 100), next: reading('SUCCEEDED', 9, 200), because: 'states may be skipped' },
    { before: reading('RUNNING', 2, 100), next: reading('NOT_STARTED', 3, 200), because: 'a further attempt begins' },
    { before: reading('RUNNING', 2, 100), next: reading('NOT_STARTED', 2, 200), because: 'an equal date is not older' },
    { before: reading('RUNNING', 2, 100), next: reading('NOT_STARTED', null, 200), because: 'no date is not older' },
    {
      before: reading('RUNNING', null, 100),
      next: reading('NOT_STARTED', 2, 200),
      because: 'a date is newer than none',
    },
    { before: reading('RUNNING', 9, 100), next: reading('FAILED', 2, 200), because: 'the end outweighs its date' },
    { before: reading('RUNNING', 2, 200), next: reading('SUCCEEDED', 2, 100), because: 'the end outweighs its check' },
    {
      before: reading('RUNNING', 2, 200),
      next: reading('NOT_STARTED', 3, 100),
      because: 'the date outweighs the check',
    },
    { before: reading('UNKNOWN', 2, 100), next: reading('RUNNING', 3, 200), because: 'a new word is not the end' },
    {
      before: reading('UNKNOWN', 2, 100, 'paused'),
      next: reading('UNKNOWN', 3, 200, 'throttled'),
      because: 'a second unknown word is a change',
    },
  ])('tells of $before.operation.state → $next.operation.state: $because', ({ before, next }) => {
    const { held, told } = afterAll([before, next]);
    const transition = {
      from: before.operation.state,
      operation: next.operation,
      observedAt: next.checkedAt,
      stamp: 12,
    };

    expect(told[1]).toEqual(transition);
    expect(held.transitions).toEqual(told);
    expect(held.snapshot.operation).toBe(next.operation);
    expect(held.snapshot.checkedAt).toBe(Math.max(before.checkedAt, next.checkedAt));
    expect(held.completeSince).toBe(10);
  });

  it.each([
    {
      before: reading('RUNNING', 2, 100),
      next: reading('NOT_STARTED', 1, 200),
      because: 'it is older than what is held',
    },
    {
      before: reading('RUNNING', 2, 200),
      next: reading('NOT_STARTED', 2, 100),
      because: 'it was overtaken on the way',
    },
    {
      before: reading('RUNNING', 2, 200),
      next: reading('NOT_STARTED', null, 100),
      because: 'it was overtaken, undated',
    },
    { before: reading('SUCCEEDED', 2, 100), next: reading('RUNNING', 3, 200), because: 'the end is final' },
    { before: reading('SUCCEEDED', 2, 100), next: reading('RUNNING', null, 200), because: 'the end is final, undated' },
    { before: reading('SUCCEEDED', 2, 100), next: reading('FAILED', 3, 200), because: 'there is one end' },
    { before: reading('FAILED', 2, 100), next: reading('UNKNOWN', 3, 200), because: 'no new word undoes the end' },
    {
      before: reading('FAILED', 2, 100, 'failed'),
      next: reading('FAILED', 3, 200, 'abandoned'),
      because: 'the end has one word',
    },
    { before: reading('SUCCEEDED', 3, 100), next: reading('SUCCEEDED', 2, 200), because: 'it is an older end' },
  ])('leaves $before.operation.state as it is, and renews its check alone: $because', ({ before, next }) => {
    const { held, told } = afterAll([before, next]);

    expect(told).toHaveLength(1);
    expect(held.transitions).toEqual(told);
    expect(held.snapshot.operation).toBe(before.operation);
    expect(held.snapshot.checkedAt).toBe(200);
  });

  it.each([
    { before: reading('RUNNING', 2, 100), next: reading('RUNNING', 3, 200), because: 'the state is the same' },
    { before: reading('RUNNING', 2, 100), next: reading('RUNNING', 3, 200, 'Running'), because: 'case tells nothing' },
    { before: reading('SUCCEEDED', 2, 100), next: reading('SUCCEEDED', 2, 200), because: 'the end is read again' },
    { before: reading('SUCCEEDED', 2, 100), next: reading('SUCCEEDED', 3, 200), because: 'more is told of the end' },
  ])('renews the operation and tells nobody: $because', ({ before, next }) => {
    const { held, told } = afterAll([before, next]);

    expect(told).toHaveLength(1);
    expect(held.snapshot).toEqual(next);
  });
});

describe('what is held of an operation that flaps', () => {
  const flapping = Array.from({ length: 40 }, (_, at) =>
    reading(at % 2 === 0 ? 'RUNNING' : 'NOT_STARTED', at, 100 + at),
  );

  it('is its last 32 transitions, and since when they are complete', () => {
    const { held, told } = afterAll(flapping);

    expect(told).toHaveLength(40);
    expect(held.transitions).toEqual(told.slice(-32));
    expect(held.completeSince).toBe(told[7]?.stamp);
  });

  it('is complete from its first transition until one is dropped', () => {
    expect(afterAll(flapping.slice(0, 32)).held.completeSince).toBe(10);
    expect(afterAll(flapping.slice(0, 33)).held.completeSince).toBe(11);
  });

  it('is not changed afterwards: an earlier hold keeps its transitions', () => {
    const { held } = afterAll(flapping.slice(0, 32));
    const before = [...held.transitions];
    advance(held, reading('RUNNING', 50, 200), 100);

    expect(held.transitions).toEqual(before);
  });
});

describe('whatever the readings and their order', () => {
  const unfinished: readonly OperationState[] = OPERATION_STATES.filter((state) => !isTerminal(state));

  /** Readings whose dates mostly go on, some seconds at a time, and sometimes go back, stand still or are missing. */
  function readings(states: readonly OperationState[], most: number): fc.Arbitrary<Snapshot[]> {
    const step = fc.tuple(
      fc.constantFrom(...states),
      fc.integer({ min: -4, max: 9 }),
      fc.integer({ min: -40, max: 90 }),
      fc.constantFrom(undefined, 'one', 'ONE', 'two'),
      fc.integer({ min: 1, max: 9 }),
    );
    return fc.array(step, { maxLength: most, size: 'max' }).map((steps) => {
      let [actedAt, checkedAt] = [1_000, 1_000_000];
      return steps.map(([state, actedLater, checkedLater, word, die]) => {
        actedAt += actedLater;
        checkedAt += checkedLater;
        return reading(state, die === 9 ? null : actedAt, checkedAt, word);
      });
    });
  }
  const beginnings = fc.oneof(
    { arbitrary: readings(unfinished, 9), weight: 19 },
    { arbitrary: readings(unfinished, 120), weight: 1 },
  );
  const lives = fc.tuple(beginnings, readings(OPERATION_STATES, 6)).map((parts) => parts.flat());

  /** What one step did that it must not do. */
  function wrongsOf(before: Held | null, next: Snapshot, after: Held, transition: Transition | null): string[] {
    const [was, is, read] = [before?.snapshot, after.snapshot, next.operation];
    const latest = before?.transitions.at(-1);
    const readAt = read.lastActionDateTime;
    const wrongs: Record<string, boolean> = {
      'an end was not taken': isTerminal(read.state) && !isTerminal(is.operation.state),
      'more is kept than the bound': after.transitions.length > 32,
      'what is held is not what was told last': is.operation.state !== after.transitions.at(-1)?.operation.state,
      'the time of the check is not the latest': is.checkedAt !== Math.max(was?.checkedAt ?? 0, next.checkedAt),
    };
    if (transition === null) {
      wrongs['transitions changed without a further one'] = after.transitions !== before?.transitions;
    } else {
      wrongs['a transition does not come from the one before'] = transition.from !== (latest?.operation.state ?? null);
      wrongs['a transition tells of another reading'] = transition.operation !== read;
      wrongs['a stamp is not larger than the one before'] = transition.stamp <= (latest?.stamp ?? 0);
      wrongs['a transition is not kept'] = after.transitions.at(-1) !== transition;
    }
    if (was !== undefined) {
      const { state, lastActionDateTime } = was.operation;
      const isOlder = readAt !== null && compareDateText(readAt, lastActionDateTime) < 0;
      wrongs['something came after the end'] =
        isTerminal(state) && (is.operation.state !== state || transition !== null);
      wrongs['an older reading was taken'] = isOlder && !isTerminal(read.state) && is.operation !== was.operation;
    }
    return Object.keys(wrongs).filter((wrong) => wrongs[wrong]);
  }

  it('transitions form one chain that an end ends; nothing goes back, nothing grows, nothing is lost unsaid', () => {
    let [dropped, ended] = [0, 0];
    fc.assert(
      fc.property(lives, fc.integer({ min: 1, max: 5 }), (life, stampStep) => {
        let held: Held | null = null;
        const told: Transition[] = [];
        const wrongs: string[] = [];
        for (const [at, next] of life.entries()) {
          const { held: after, transition } = advance(held, next, (at + 1) * stampStep);
          wrongs.push(...wrongsOf(held, next, after, transition));
          if (transition !== null) told.push(transition);
          held = after;
        }
        const { transitions, completeSince } = held ?? { transitions: [], completeSince: 0 };
        if (told.length > transitions.length) dropped++;
        if (told.some(({ operation }) => isTerminal(operation.state))) ended++;

        const kept = told.map(({ stamp }) => stamp).filter((stamp) => stamp > completeSince);
        expect({ wrongs, stamps: transitions.map(({ stamp }) => stamp) }).toEqual({ wrongs: [], stamps: kept });
      }),
      { numRuns: runs(10_000) },
    );
    expect(dropped).toBeGreaterThan(10); // else no life was long enough for anything to be dropped
    expect(ended).toBeGreaterThan(10);
  });
});
