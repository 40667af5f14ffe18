import { beforeEach, describe, expect, it } from '@jest/globals';
import { buildSchema, type DocumentNode, type GraphQLError } from 'graphql';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readLimits } from '../../src/config/limits.js';
import { createDocuments, type Documents } from '../../src/server/documents.js';

const schema = buildSchema('type Query { a: Int b: Int }');
const limits = readLimits(createEnvironmentReader({}));

describe('documents', () => {
  let documents: Documents;
  beforeEach(() => {
    documents = createDocuments({ schema, introspection: true, limits, trusted: null });
  });

  const accepted = (query: string, operationName: string | null = null): DocumentNode => {
    const checked = documents.check({ query, operationName });
    if ('errors' in checked) throw new Error(String(checked.errors[0]));
    return checked.document;
  };
  const codesOf = (query: string, operationName: string | null = null): unknown[] => {
    const checked = documents.check({ query, operationName });
    return 'errors' in checked ? checked.errors.map(({ extensions }: GraphQLError) => extensions['code']) : [];
  };

  it('are parsed once', () => {
    expect(accepted('{ a }')).toBe(accepted('{ a }'));
    expect(accepted('{ a }')).not.toBe(accepted('{ b }'));
  });

  it.each([
    { what: 'does not parse', query: '{ a', codes: ['GRAPHQL_PARSE_FAILED'] },
    { what: 'is empty', query: '', codes: ['GRAPHQL_PARSE_FAILED'] },
    {
      what: 'is not of the schema',
      query: '{ c d }',
      codes: ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_VALIDATION_FAILED'],
    },
    { what: 'has no operation', query: 'fragment F on Query { a }', codes: ['GRAPHQL_VALIDATION_FAILED'] },
    { what: 'has two and names none', query: 'query A { a } query B { b }', codes: ['GRAPHQL_VALIDATION_FAILED'] },
  ])('carry a code when one $what, the second time too', ({ query, codes }) => {
    expect(codesOf(query)).toEqual(codes);
    expect(codesOf(query)).toEqual(codes);
  });

  it('are asked for the operation that is named, whatever was named before', () => {
    const query = 'query A { a } query B { b }';
    expect(codesOf(query, 'C')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(accepted(query, 'A')).toBe(accepted(query, 'B'));
    expect(codesOf(query, 'C')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('are forgotten when half a million characters of others were used since', () => {
    const [kept, used] = [accepted('{ a }'), accepted('{ b }')];
    for (let nth = 0; nth < 50; nth++) {
      accepted(`{ a${nth}: a } #${'x'.repeat(10_000)}`);
      if (nth % 10 === 0) accepted('{ b }');
    }
    expect(accepted('{ b }')).toBe(used);
    expect(accepted('{ a }')).not.toBe(kept);
  });

  it('are one where their words are the same, for as long as it runs', () => {
    const checked = documents.check({ query: 'query A { a }' });
    if ('errors' in checked) throw new Error('It is a good one.');
    const { document, good } = checked;
    expect(documents.inUse.take('anna', good)).toBeNull();
    for (let nth = 0; nth < 60; nth++) accepted(`{ a${nth}: a } #${'x'.repeat(10_000)}`);
    expect(accepted('query A { a }')).toBe(document);
    expect(accepted('query A {\n  a, # the first\n}')).toBe(document);
    expect(documents.inUse.length).toBe('query A{a}'.length);
    documents.inUse.giveBack('anna', good);
    expect(documents.inUse.length).toBe(0);
    expect(accepted('query A { a } # another')).not.toBe(document);
  });

  it('are known by their text for as long as they are kept', () => {
    accepted('{ a }');
    expect(documents.knows('{ a }')).toBe(true);
    expect(documents.knows('{ b }')).toBe(false);
    for (let nth = 0; nth < 60; nth++) accepted(`{ a${nth}: a } #${'x'.repeat(10_000)}`);
    expect(documents.knows('{ a }')).toBe(false);
  });

  it('have a length, with all that is between their words', () => {
    const text = '{ a } #'.padEnd(limits.documentLength, 'x');
    expect(codesOf(text)).toEqual([]);
    const checked = documents.check({ query: `${text}x` });
    expect('errors' in checked && checked.errors[0]?.originalError).toMatchObject({ limit: 'DOCUMENT_LENGTH' });
  });

  it('that nest more deeply than a stack is high are refused in words', () => {
    documents = createDocuments({
      ...{ schema, introspection: true, trusted: null },
      limits: { ...limits, documentLength: 100_000 },
    });
    expect(codesOf('{ a(x: '.repeat(1) + '['.repeat(50_000))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it.each([true, false])('may ask for the schema where introspection is %s', (introspection) => {
    documents = createDocuments({ schema, introspection, limits, trusted: null });
    expect(codesOf('{ __schema { description } }')).toEqual(introspection ? [] : ['GRAPHQL_VALIDATION_FAILED']);
    expect(codesOf('{ __type(name: "Query") { name } }')).toEqual(introspection ? [] : ['GRAPHQL_VALIDATION_FAILED']);
    expect(codesOf('{ __typename }')).toEqual([]);
  });
});
