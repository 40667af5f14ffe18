import { expect, it } from '@jest/globals';
import { GraphQLSchema, GraphQLString } from 'graphql';
import { compileWriter } from '../../src/api/writers.js';

const CODE_UNITS = 2 ** 16;

it('a text is written to the letter as JSON.stringify writes it, whatever character is in it', () => {
  const write = compileWriter({ schema: new GraphQLSchema({}), fragments: new Map() }, GraphQLString, []);
  const texts = Array.from({ length: CODE_UNITS }, (_, code) => `a${String.fromCharCode(code)}b`);
  const wrong = ['', '"', '\ud83d\ude00', ...texts].filter((text) => write?.(text) !== JSON.stringify(text));

  expect(wrong).toEqual([]);
});
