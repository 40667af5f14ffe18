import { beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery, parse, type GraphQLSchema } from 'graphql';
import { createCosts, type Costs } from '../../src/api/cost.js';
import { createSchema } from '../../src/api/schema.js';

const BOUNDS = { refs: 100, ids: 100, pageSize: 100 };
/** MAX_DOCUMENT_COST as it is unless somebody sets it. */
const STANDARD = 50_000;

const EVERYTHING = `{
  __typename id operationId location state terminal rawStatus createdDateTime lastActionDateTime
  error { code message }
  freshness { checkedAt ageSeconds nextCheckAt delayedBy }
  history { from to rawStatus observedAt lastActionDateTime }
  ... on TeamsAsyncOperation {
    operationType rawOperationType status attemptsCount targetResourceId targetResourceLocation
    steps { type reference state }
  }
}`;

describe('the cost of a document', () => {
  let schema: GraphQLSchema;
  let costs: Costs;
  beforeAll(async () => {
    schema = await createSchema();
    costs = createCosts(schema, BOUNDS);
  });

  const costOf = (text: string, variables: Readonly<Record<string, unknown>> = {}): number | null =>
    costs.of(parse(text), null, variables);

  it('is about the fields of the answer', () => {
    expect(costOf('{ operation(ref: { id: "1" }) { id state } }')).toBe(12);
    expect(costOf('{ __typename a: __typename }')).toBe(2);
  });

  it.each([
    { what: 'a literal', text: '{ operations(host: { teamId: "1" }, first: 7) { edges { cursor } } }', variables: {} },
    {
      what: 'a variable',
      text: 'query ($n: Int) { operations(host: { teamId: "1" }, first: $n) { edges { cursor } } }',
      variables: { n: 7 },
    },
    {
      what: 'the default of a variable',
      text: 'query ($n: Int = 7) { operations(host: { teamId: "1" }, first: $n) { edges { cursor } } }',
      variables: {},
    },
  ])('counts what is below a page as often as $what says', ({ text, variables }) => {
    expect(costOf(text, variables)).toBe(100 + 7 * 2);
  });

  it('counts a page for as many as it has unless told', () => {
    expect(costOf('{ operations(host: { teamId: "1" }) { edges { cursor } } }')).toBe(100 + 20 * 2);
  });

  it('counts ids and refs one by one', () => {
    expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['1', '2', '3'] })).toBe(1 + 3);
    expect(costOf('{ nodes(ids: "1") { id } }')).toBe(1 + 1);
    const refs = [{ id: '1' }, { id: '2' }];
    const watch = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { cursor } }';
    expect(costOf(watch, { refs })).toBe(1 + 2);
  });

  it('counts no more of a list than the resolver takes, which says so itself', () => {
    const ids = Array.from({ length: 500 }, String);
    expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids })).toBe(1 + 100);
  });

  it('leaves out what a condition leaves out', () => {
    const text = 'query ($all: Boolean!) { operation(ref: { id: "1" }) { id history @include(if: $all) { to } } }';
    expect([costOf(text, { all: false }), costOf(text, { all: true })]).toEqual([11, 22]);
  });

  it('is not known for variables that do not fit', () => {
    expect(costOf('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: null })).toBeNull();
  });

  it('is beyond counting where fragments within fragments come to more than anybody needs', () => {
    const levels = Array.from({ length: 20 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    expect(costOf(`{ ...F0 } ${levels.join(' ')} fragment F20 on Query { __typename }`)).toBe(Infinity);
  });

  describe('at its highest', () => {
    it.each([
      'query ($first: Int) { operations(host: { teamId: "1" }, first: $first) { edges { cursor } } }',
      'query ($all: Boolean!, $ids: [ID!]!) { nodes(ids: $ids) { id ... on Operation @skip(if: $all) { state } } }',
      'query ($name: String!) { __type(name: $name) { name } }',
      'query ($host: OperationHost!) { operations(host: $host) { edges { cursor } } }',
      'query A($n: Int) { operations(host: { teamId: "1" }, first: $n) { edges { cursor } } } query B { __typename }',
    ])('is known without the variables: %s', (text) => {
      const highest = costs.highestOf(parse(text));
      expect(Number.isFinite(highest)).toBe(true);
      const variables = {
        first: 100,
        n: 100,
        all: false,
        ids: Array(100).fill('1'),
        name: 'Node',
        host: { teamId: '1' },
      };
      const name = text.includes('query B') ? 'A' : null;
      expect(highest).toBeGreaterThanOrEqual(costs.of(parse(text), name, variables) ?? Infinity);
    });

    it.each([
      ['what GraphiQL asks of the schema', getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true })],
      [
        'a list of a hundred with everything',
        `{ operations(host: { teamId: "1" }, first: 100) { edges { node ${EVERYTHING} } } }`,
      ],
      [
        'a hundred nodes with everything',
        `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Operation ${EVERYTHING} } }`,
      ],
      [
        'a hundred watched operations with everything',
        `subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { cursor operation ${EVERYTHING} } }`,
      ],
      [
        'twenty operations with everything',
        `{ ${Array.from({ length: 20 }, (_, n) => `o${n}: operation(ref: { id: "${n}" }) ${EVERYTHING}`).join(' ')} }`,
      ],
    ])('is below the standard limit for %s', (_what, text) => {
      expect(costs.highestOf(parse(text))).toBeLessThan(STANDARD);
    });
  });
});
