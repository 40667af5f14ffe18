import { describe, expect, it } from '@jest/globals';
import { createRef } from '../../src/operation/ref.js';
import { type Held } from '../../src/operation/snapshot.js';
import { catchUp } from '../../src/poll/watch.js';
import { operation } from '../store/promises.js';
import { createSeat, heldAt } from './polling-states.js';
import { team } from './world.js';

const ref = createRef(team('T'), 'O');
const held = heldAt(['NOT_STARTED', 'RUNNING', 'SUCCEEDED']);
const running = heldAt(['NOT_STARTED', 'RUNNING']);

describe('a seat that is brought up to what is held', () => {
  it.each([
    { seat: {}, from: running, said: ['SNAPSHOT nowhere → RUNNING'], because: 'it begins with the state now' },
    {
      seat: { firstReason: 'CHANGED' as const },
      from: running,
      said: ['CHANGED nowhere → RUNNING'],
      because: 'the operation is new',
    },
    {
      seat: { resumeAfter: 10 },
      from: held,
      said: ['settled', 'CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED'],
      because: 'it goes on behind what it knows',
    },
    {
      seat: { resumeAfter: 15 },
      from: held,
      said: ['settled', 'CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED'],
      because: 'its place is between two transitions',
    },
    { seat: { resumeAfter: 30 }, from: held, said: ['settled'], because: 'it knows everything' },
    {
      seat: { resumeAfter: 8 },
      from: held,
      said: ['RESET nowhere → SUCCEEDED'],
      because: 'what is held does not reach back so far',
    },
    {
      seat: { resumeAfter: 0 },
      from: running,
      said: ['RESET nowhere → RUNNING'],
      because: 'it brings the cursor of another stream',
    },
    {
      seat: { resumeAfter: 30, newSince: 9 },
      from: held,
      said: ['RESET nowhere → SUCCEEDED'],
      because: 'no list showed it yet',
    },
    { seat: { filter: () => false }, from: held, said: ['settled'], because: 'it did not ask for this one' },
    {
      seat: { position: 10, last: operation('NOT_STARTED', 0) },
      from: held,
      said: ['CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED'],
      because: 'it follows',
    },
  ])('is told so that $because', ({ seat: options, from, said }) => {
    const seat = createSeat(ref, options);
    catchUp(seat, from, true);

    expect(seat.said).toEqual(said);
    catchUp(seat, from, true);
    expect(seat.said).toEqual(said); // telling twice tells nothing new
  });

  it('waits for a young state before its first event, but not before it goes on', () => {
    const first = createSeat(ref);
    expect(catchUp(first, running, false)).toBe(false);
    expect([first.said, first.position]).toEqual([[], null]);

    const resuming = createSeat(ref, { resumeAfter: 10 });
    catchUp(resuming, running, false);
    expect(resuming.said).toEqual(['settled', 'CHANGED NOT_STARTED → RUNNING']);
  });

  it('is finished when the operation is', () => {
    expect(catchUp(createSeat(ref), running, true)).toBe(false);
    expect(catchUp(createSeat(ref), held, true)).toBe(true);
  });

  it('is told to the end of what passed its filter once, and not before', () => {
    const filter = ({ state }: { state: string }): boolean => state === 'RUNNING';
    const seat = createSeat(ref, { filter });
    for (const states of [['NOT_STARTED'], ['NOT_STARTED', 'RUNNING'], ['NOT_STARTED', 'RUNNING', 'FAILED']] as const) {
      catchUp(seat, heldAt(states), true);
    }
    expect(seat.said).toEqual(['settled', 'CHANGED nowhere → RUNNING', 'CHANGED RUNNING → FAILED']);

    const back = createSeat(ref, { filter, resumeAfter: 20 });
    catchUp(back, held, true);
    expect(back.said).toEqual(['settled', 'CHANGED RUNNING → SUCCEEDED']);
  });

  it.each([
    { seat: { position: 10, last: operation('RUNNING', 0) }, because: 'it was told of that state already' },
    { seat: { resumeAfter: 25 }, because: 'it brings a cursor from behind the first of them' },
  ])('is not told twice of a change that two processes have seen, when $because', ({ seat: options }) => {
    const [first, ...others] = heldAt(['NOT_STARTED', 'RUNNING', 'RUNNING', 'SUCCEEDED']).transitions;
    const shouted = others.map((each) => ({ ...each, operation: { ...each.operation, rawStatus: 'RuNNing' } }));
    const merged: Held = {
      ...running,
      transitions: [first, ...shouted.slice(0, 2)].filter((each) => each !== undefined),
    };
    const seat = createSeat(ref, options);
    catchUp(seat, merged, true);
    expect(seat.changes).toEqual([]);
    expect(seat.position).toBe(30);

    catchUp(seat, held, true);
    expect(seat.said.filter((said) => said !== 'settled')).toEqual([]);
    catchUp(seat, heldAt(['NOT_STARTED', 'RUNNING', 'RUNNING', 'SUCCEEDED']), true);
    expect(seat.said.at(-1)).toBe('CHANGED RUNNING → SUCCEEDED');
  });

  it('is told of a state that comes back, and of another word for the same state', () => {
    const seat = createSeat(ref, { position: 10, last: operation('NOT_STARTED', 0) });
    const back = heldAt(['NOT_STARTED', 'RUNNING', 'NOT_STARTED', 'NOT_STARTED']);
    const transitions = back.transitions.map((each, at) =>
      at === 3 ? { ...each, operation: { ...each.operation, rawStatus: 'waiting' } } : each,
    );
    catchUp(seat, { ...back, transitions }, true);
    expect(seat.changes.map((change) => change.operation.rawStatus)).toHaveLength(3);
  });

  it('shares one change with all who stand where it stood', () => {
    const seats = [1, 2].map(() => createSeat(ref, { position: 20, last: operation('RUNNING', 1) }));
    for (const seat of seats) catchUp(seat, held, true);

    expect(seats[0]?.changes[0]).toBe(seats[1]?.changes[0]);
  });

  it('shares its first change with all who come while that is held', () => {
    const seats = [createSeat(ref), createSeat(ref), createSeat(ref, { firstReason: 'CHANGED' })];
    for (const seat of seats) catchUp(seat, running, true);

    expect(seats[0]?.changes[0]).toBe(seats[1]?.changes[0]);
    expect(seats.map(({ said }) => said)).toEqual([
      ['SNAPSHOT nowhere → RUNNING'],
      ['SNAPSHOT nowhere → RUNNING'],
      ['CHANGED nowhere → RUNNING'],
    ]);
  });

  it('is told the newest reading of a state, when it was checked, and how the operation came there', () => {
    const checked = { ...running, snapshot: { ...running.snapshot, checkedAt: 777 } };
    const seat = createSeat(ref);
    catchUp(seat, checked, true);

    expect(seat.changes[0]).toMatchObject({ checkedAt: 777, observedAt: 0, stamp: 20 });
    expect(seat.changes[0]?.history).toEqual(running.transitions);
    const resuming = createSeat(ref, { resumeAfter: 9 });
    catchUp(resuming, checked, true);
    expect(resuming.changes.map(({ history }) => history.length)).toEqual([1, 2]);
  });
});
