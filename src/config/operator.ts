import { type EnvironmentReader } from './environment.js';

/** What a header can hold, and more than anybody guesses. */
const TOKEN = /^[!-~]{16,}$/;

/**
 * What operators show for what is theirs alone; null where there is nothing for them. It is behind a function, so that no
 * log of a Config can hold it.
 */
export function readOperatorToken({ text, refuse }: EnvironmentReader): (() => string) | null {
  const token = text('OPERATOR_TOKEN');
  if (token === undefined) return null;
  if (!TOKEN.test(token)) {
    refuse(
      'OPERATOR_TOKEN must have 16 characters at least, by chance and without spaces, for example of `openssl rand -hex 32`.',
    );
  }
  return () => token;
}
