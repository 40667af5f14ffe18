import { expect, it } from '@jest/globals';
import { secret } from '../secrets.js';

/** Tests of their own, which secrets.test.ts runs; nobody else finds them. */
const TOKEN = secret('a-token-that-is-planted');

it('passes, and tells a token', () => {
  console.log(`The token is ${process.env['PLANTED'] === 'leak' ? TOKEN : 'nobody’s'}.`);
  expect(TOKEN).toHaveLength(23);
});
