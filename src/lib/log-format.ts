/**
 * How a log line is written. What goes into it is chosen where it is logged, and a token is never chosen; here is the
 * net under that, for what others put into errors and texts.
 */
export const LOG_FORMAT = {
  base: null,
  serializers: { err: (error: unknown) => describeError(error) },
  hooks: { streamWrite: hideTokens },
};

/** An error as the log tells it. */
export interface ErrorLine {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorLine;
}

const MAX_CAUSES = 4;

/**
 * Name, message, code, stack and cause, and nothing else that hangs on an error: libraries leave there the request with
 * its headers, the bytes that could not be parsed, or the answer as it came.
 */
export function describeError(error: unknown, causes = MAX_CAUSES): ErrorLine {
  // What is thrown and no error may be anything, a body or a token too.
  if (!(error instanceof Error)) return { type: typeof error, message: 'Something was thrown that is no error.' };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: name,
    message,
    ...(code !== undefined && { code }),
    ...(stack !== undefined && { stack }),
    ...(cause instanceof Error && causes > 0 && { cause: describeError(cause, causes - 1) }),
  };
}

/** A JWT, or whatever follows the word with which a token is shown. */
const TOKENS = /\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)*|(?<=\bbearer(?: |%20|\+))[\w.~+/-]{8,}=*/gi;

/** Tokens of Graph are recognised by their form, wherever in a line they stand. */
export function hideTokens(line: string): string {
  return line.replace(TOKENS, '[token]');
}
