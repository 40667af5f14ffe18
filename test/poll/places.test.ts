import { describe, expect, it } from '@jest/globals';
import { createPlaces, type PlacesOptions } from '../../src/poll/places.js';

function placesOf(options: PlacesOptions) {
  const places = createPlaces(options);
  /** The name of the limit that refuses, or null. */
  return {
    give: (subject: string, count: number) => places.give(subject, count),
    take: (subject: string, count: number) => places.take(subject, count)?.limit ?? null,
  };
}

describe('the places in watches', () => {
  it('are as many in all as there are, and a refused subscription takes none', () => {
    const { take, give } = placesOf({ watched: 5, watchedPerCaller: 5 });
    expect([take('anna', 3), take('ben', 3), take('ben', 2), take('clara', 1)]).toEqual([
      null,
      'WATCHED',
      null,
      'WATCHED',
    ]);
    give('anna', 2);
    expect([take('clara', 3), take('clara', 2), take('anna', 1)]).toEqual(['WATCHED', null, 'WATCHED']);
  });

  it('are counted by caller', () => {
    const { take, give } = placesOf({ watched: 100, watchedPerCaller: 3 });
    expect([take('anna', 2), take('anna', 2), take('anna', 1), take('anna', 1)]).toEqual([
      null,
      'WATCHED_PER_CALLER',
      null,
      'WATCHED_PER_CALLER',
    ]);
    expect([take('ben', 4), take('ben', 3)]).toEqual(['WATCHED_PER_CALLER', null]);
    give('anna', 1);
    expect([take('anna', 2), take('anna', 1)]).toEqual(['WATCHED_PER_CALLER', null]);
    give('anna', 3);
    expect([take('anna', 4), take('anna', 3)]).toEqual(['WATCHED_PER_CALLER', null]);
  });
});
