import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse, validate } from 'graphql';
import * as documents from '../../src/board/documents.js';
import { CODES } from '../../src/api/errors.js';
import { en } from '../../src/board/i18n/en.js';

const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));

describe('the board', () => {
  it.each(Object.entries(documents))('asks what the public schema has: %s', (_name, document) => {
    expect(validate(schema, parse(document))).toEqual([]);
  });

  it('has words for every code of the gateway', () => {
    expect(Object.keys(en.problems)).toEqual(
      expect.arrayContaining([...new Set(Object.values(CODES)), 'LIMIT_EXCEEDED']),
    );
  });
});
