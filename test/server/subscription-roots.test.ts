import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import { unconditionalSubscriptionsRule } from '../../src/server/subscription-roots.js';

const schema = buildSchema('type Query { a: Int } type Subscription { told(x: Int): Told } type Told { a: Int }');
const check = (text: string): string[] =>
  validate(schema, parse(text), [unconditionalSubscriptionsRule]).map(({ message }) => message);

describe('what a subscription watches', () => {
  it.each([
    ['on its field', 'subscription { told @include(if: false) { a } }', 'include'],
    ['with a variable', 'subscription ($on: Boolean!) { told @skip(if: $on) { a } }', 'skip'],
    ['around its field', 'subscription { ... @include(if: false) { told { a } } }', 'include'],
    ['on a fragment', 'subscription { ...F @skip(if: true) } fragment F on Subscription { told { a } }', 'skip'],
    ['in a fragment', 'subscription { ...F } fragment F on Subscription { told @skip(if: true) { a } }', 'skip'],
  ])('has no condition %s', (_where, text, name) => {
    expect(check(text)).toEqual([`A subscription watches one thing: @${name} must not be on it.`]);
  });

  it('may have them below, and a query anywhere', () => {
    expect(check('subscription { told { a @skip(if: true) ... @include(if: true) { a } } }')).toEqual([]);
    expect(check('{ a @skip(if: true) }')).toEqual([]);
  });

  it('may be in fragments that lead in a circle, which is said by another rule', () => {
    expect(check('subscription { ...F } fragment F on Subscription { ...F }')).toEqual([]);
  });
});
