/** Ids of requests and codes of errors, as Graph has them, are far shorter. */
export const MAX_ID_LENGTH = 128;

/**
 * A text of Graph's that is told to others, or logged: at most so long, on one line, and without the token, which a
 * proxy on the way may have repeated. Control and direction marks could make one line of a log look like another.
 *
 * @param token null where none was shown
 * @returns undefined where nothing is left
 */
export function clean(text: string | undefined, maxLength: number, token: string | null): string | undefined {
  const told = token === null ? text : text?.replaceAll(token, '[token]');
  const plain = told?.replace(/[\u0000-\u0020\u007f-\u00a0\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').trim();
  return plain === '' ? undefined : plain?.slice(0, maxLength).toWellFormed();
}

/** A shorter one is no token of Graph's, and could be a word of its answers. */
const MIN_TOKEN_LENGTH = 24;

/** An answer without the token that asked for it: what is read with one caller's is told to others too. */
export function withoutToken(text: string, token: string | null): string {
  return token === null || token.length < MIN_TOKEN_LENGTH ? text : text.replaceAll(token, '[token]');
}
