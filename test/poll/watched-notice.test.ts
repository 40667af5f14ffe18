import { describe, expect, it } from '@jest/globals';
import { parseWatched, printWatched } from '../../src/poll/watched-notice.js';
import { scope, team } from './world.js';

const T = team('T');
const good = printWatched(scope('anna'), T, ['A'], ['B'], 2);

describe('what a process tells others of what a scope watches', () => {
  it('is read as it was written', () => {
    expect(parseWatched(JSON.parse(JSON.stringify(good)))).toEqual(good);
  });

  it.each([
    null,
    'A',
    {},
    { ...good, scope: 1 },
    { ...good, host: null },
    { ...good, watched: 'A' },
    { ...good, watched: [1] },
    { ...good, watched: ['../../users'] },
    { ...good, watched: ['$count'] },
    { ...good, left: [''] },
    { ...good, left: Array.from({ length: 12 }, (_, at) => `O${at}`) },
    { ...good, inAll: '2' },
  ])('is not believed where it is no such notice: %j', (notice) => {
    expect(parseWatched(notice)).toBeNull();
  });
});
