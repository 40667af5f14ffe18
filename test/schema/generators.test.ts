import { beforeAll, describe, expect, it } from '@jest/globals';
import { type Generator, mistakeModule, MISTAKES, RIGHT } from './generator-uses.js';
import { compileWithAll, type Complaints, GENERATORS } from './generators.js';

type Mistake = keyof typeof MISTAKES;

/**
 * What a generator has no types for. Of an input of which exactly one member is given, client-preset and relay-compiler
 * make a union that refuses a second one; gql.tada makes one that does not, and genql knows no `@oneOf` at all. Such a
 * request is refused by the gateway.
 */
const LET_THROUGH: Readonly<Record<Generator, readonly Mistake[]>> = {
  'client-preset': [],
  'gql-tada': ['two hosts for one'],
  genql: ['two hosts for one', 'a ref of nothing', 'a field that was not asked for'],
  'relay-compiler': [],
};

const mistakes = Object.keys(MISTAKES) as readonly Mistake[];
const moduleOf = (mistake: Mistake): string => mistake.replaceAll(' ', '-');

describe('the committed schema', () => {
  let said: ReadonlyMap<Generator, Complaints>;
  beforeAll(async () => {
    const wrong = mistakes.map((mistake) => [moduleOf(mistake), mistakeModule(MISTAKES[mistake])] as const);
    said = await compileWithAll(new Map([['right', RIGHT], ...wrong]));
  }, 180_000); // four generators and a compiler: seconds on a free machine

  describe.each(GENERATORS)('through %s', (generator) => {
    it('makes types that compile, with text for a DateTime', () => {
      expect(said.get(generator)?.get('types')).toEqual([]);
      expect(said.get(generator)?.get('right')).toEqual([]);
    });

    it.each(mistakes.filter((mistake) => !LET_THROUGH[generator].includes(mistake)))(
      'makes the compiler refuse %s',
      (mistake) => {
        expect(said.get(generator)?.get(moduleOf(mistake))).toEqual([expect.stringContaining(': error TS')]);
      },
    );

    it('lets nothing else through than what it has no types for', () => {
      const passed = mistakes.filter((mistake) => said.get(generator)?.get(moduleOf(mistake))?.length === 0);
      expect(passed.toSorted()).toEqual(LET_THROUGH[generator].toSorted());
    });
  });
});
