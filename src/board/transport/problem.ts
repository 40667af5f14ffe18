import { type CombinedError } from 'urql';

/** Why something is not told, in the gateway's own words. */
export interface Problem {
  /** One of the gateway's codes; null where it said none, or could not be reached. */
  readonly code: string | null;
  readonly message: string;
}

/** @returns null for an error that says nothing: urql makes one of an empty list of errors */
export function problemOf({
  graphQLErrors,
  networkError,
}: Pick<CombinedError, 'graphQLErrors' | 'networkError'>): Problem | null {
  const [error] = graphQLErrors;
  if (error !== undefined) {
    const { code } = error.extensions;
    return { code: typeof code === 'string' ? code : null, message: error.message };
  }
  if (networkError === undefined) return null;
  return { code: codeOfClose(networkError), message: wordsOf(networkError) };
}

/** A socket that is closed for good fails all that ran on it with the event of its closing. */
function wordsOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  if ('reason' in error && typeof error.reason === 'string' && error.reason !== '') return error.reason;
  return 'message' in error && typeof error.message === 'string' ? error.message : '';
}

function codeOfClose(error: unknown): string | null {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return code === 4401 ? 'UNAUTHENTICATED' : null;
}
