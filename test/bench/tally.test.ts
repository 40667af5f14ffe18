import { describe, expect, it } from '@jest/globals';
import { createTally } from '../../bench/clients/tally.js';
import { checkRounds } from '../../bench/rounds.js';
import { VoidRun } from '../../bench/void-run.js';

/** Three subscriptions, each of which is to be told once. */
function roundOfThree() {
  const tally = createTally();
  tally.add(3);
  tally.expect(0, 3);
  return tally;
}

describe('a round of the bench', () => {
  it('is complete when each subscription was told once', async () => {
    const tally = roundOfThree();
    const complete = tally.complete(60_000);
    for (const subscription of [2, 0, 1]) tally.hear(subscription, 10 + subscription);
    await complete;

    expect(tally.heardAt).toEqual([10, 11, 12]);
    expect(() => checkRounds([tally], 60_000)).not.toThrow();
  });

  it('is void when a message is missing, however many came', async () => {
    const tally = roundOfThree();
    for (const subscription of [0, 1]) tally.hear(subscription, 0);
    await tally.complete(1);

    expect(() => checkRounds([tally], 1)).toThrow(new VoidRun('1 messages did not come within 0.001 s.'));
  });

  it.each([
    { what: 'one was told twice', subscription: 1 },
    { what: 'one was told that is not there', subscription: 7 },
  ])('is void when $what', ({ subscription }) => {
    const tally = roundOfThree();
    for (const each of [0, 1, 2, subscription]) tally.hear(each, 0);

    expect(() => checkRounds([tally], 1)).toThrow(`subscription ${subscription} was told twice`);
  });

  it('is void when an error came instead of a change, and says which', () => {
    const tally = roundOfThree();
    for (const each of [0, 1, 2]) tally.hear(each, 0);
    tally.fault('instead of a change came an error');

    expect(() => checkRounds([tally], 1)).toThrow('1 messages were wrong, or sockets were lost: instead of a change');
  });

  it('is void when the one before was not complete', () => {
    const tally = roundOfThree();
    tally.hear(0, 0);
    tally.expect(0, 3);
    for (const each of [0, 1, 2]) tally.hear(each, 0);

    expect(() => checkRounds([tally], 1)).toThrow('2 messages of the round before are missing');
  });

  it('awaits only those who are to be told in it', () => {
    const tally = createTally();
    const first = tally.add(2);
    const second = tally.add(2);
    tally.expect(second, second + 2);
    tally.hear(second, 0);
    tally.hear(second + 1, 0);
    expect(tally.missing).toBe(0);

    tally.hear(first, 0);
    expect(tally.faults.count).toBe(1);
  });
});
