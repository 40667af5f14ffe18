import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { deprecationProblems } from '../../tools/deprecations.js';

const SDL = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');

describe('the reason of what is deprecated', () => {
  const problemsWith = (reason: string): string[] =>
    deprecationProblems(buildSchema(SDL.replace('ageSeconds: Float!', `ageSeconds: Float! @deprecated${reason}`)));

  it.each(['checkedAt', 'Operation.lastActionDateTime', 'Query.operations.first'])(
    'names what to use instead, and until when it stays: %s',
    (replacement) => {
      expect(problemsWith(`(reason: "Use \`${replacement}\` instead. It stays until 2027-06-30.")`)).toEqual([]);
    },
  );

  it.each([
    { reason: '', problem: 'Say: "Use `REPLACEMENT` instead. It stays until YYYY-MM-DD."' },
    { reason: '(reason: "No longer supported.")', problem: 'Say: ' },
    { reason: '(reason: "Use `checkedAt` instead.")', problem: 'Say: ' },
    { reason: '(reason: "Use `checkedAt` instead. It stays until 2027-13-45.")', problem: 'Say: ' },
    { reason: '(reason: "Use `age` instead. It stays until 2027-06-30.")', problem: 'neither Freshness.age nor age.' },
    { reason: '(reason: "Use `ageSeconds` instead. It stays until 2027-06-30.")', problem: 'is deprecated itself' },
  ])('is refused when it is @deprecated$reason', ({ reason, problem }) => {
    expect(problemsWith(reason)).toEqual([expect.stringContaining(problem)]);
  });

  it('is asked of values, arguments and members of inputs too', () => {
    const schema = buildSchema(
      SDL.replace('  CANCELLED\n', '  CANCELLED @deprecated\n')
        .replace('first: Int = 20', 'first: Int = 20 @deprecated')
        .replace('  before: DateTime\n', '  before: DateTime @deprecated\n'),
    );
    const named = deprecationProblems(schema).map((problem) => problem.split(' ')[0]);
    expect(named.toSorted()).toEqual(['DateTimeRange.before', 'OperationState.CANCELLED', 'Query.operations.first']);
  });
});
