/** What may be wrong, to branch on. */
export type OperationsErrorCode =
  // What the gateway says in `extensions.code`; its README tells what each of them means.
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'UPSTREAM_THROTTLED'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_MALFORMED'
  | 'LIMIT_EXCEEDED'
  | 'INTERNAL_SERVER_ERROR'
  /** There is no gateway at `url`, or the connection to it cannot be used. */
  | 'CONNECTION_FAILED'
  /** `waitForOperation` had waited for `timeoutSeconds`. */
  | 'TIMED_OUT'
  /** The client was closed. */
  | 'CLIENT_CLOSED'
  // A gateway of a later version may have more.
  | (string & {});

export interface OperationsErrorDetails {
  /** Graph's own id of the request that failed, to ask Microsoft about. */
  readonly requestId?: string | undefined;
  /** When to come back, with UPSTREAM_THROTTLED. */
  readonly retryAfterSeconds?: number | undefined;
  /** The challenge to sign in with, with UNAUTHENTICATED, where Graph wants more of the user. */
  readonly claims?: string | undefined;
  /** Which bound of the gateway it was, with LIMIT_EXCEEDED. */
  readonly limit?: string | undefined;
  /** With what the websocket was closed, where that is what went wrong. */
  readonly closeCode?: number | undefined;
}

/**
 * Why there is no further change. That an operation *failed* is none of these: it is a change to the state FAILED. A
 * class, because `throw` and `instanceof` want one.
 */
export class OperationsError extends Error implements OperationsErrorDetails {
  override readonly name = 'OperationsError';
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly claims?: string | undefined;
  readonly limit?: string | undefined;
  readonly closeCode?: number | undefined;

  constructor(
    readonly code: OperationsErrorCode,
    message: string,
    { cause, ...details }: OperationsErrorDetails & { readonly cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    Object.assign(this, details);
  }
}

/** What graphql-ws hands to a sink's `error`, or a payload's `errors`: one of several forms, read with care. */
export function toOperationsError(problem: unknown, url: string): OperationsError {
  if (problem instanceof OperationsError) return problem;
  if (Array.isArray(problem)) return ofGraphQL(problem[0]);
  if (isClosing(problem)) return ofClosing(problem.code, problem.reason, url);
  const detail = isObject(problem) && typeof problem['message'] === 'string' ? problem['message'] : '';
  const message = `There is no gateway to talk to at ${url}${detail === '' ? '.' : `: ${detail}`}${hintForPage(url)}`;
  return new OperationsError('CONNECTION_FAILED', message, { cause: causeOf(problem) });
}

/** Of an event the error in it: its target would tell the whole address. */
function causeOf(problem: unknown): unknown {
  return isObject(problem) && 'target' in problem ? problem['error'] : problem;
}

/** A browser does not tell a page whether it found nobody, or somebody who does not let it in. */
function hintForPage(url: string): string {
  const page = (globalThis as { readonly location?: { readonly host?: string; readonly origin?: string } }).location;
  if (page?.origin === undefined || page.host === new URL(url).host) return '';
  return ` Or there is, and it does not let in pages of ${page.origin}: ALLOWED_ORIGINS of the gateway has to name that.`;
}

/** Whether the connection was closed, by either side, and not anything else that can go wrong with one. */
export function isClosing(problem: unknown): problem is { readonly code: number; readonly reason: string } {
  return isObject(problem) && typeof problem['code'] === 'number' && typeof problem['reason'] === 'string';
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function ofGraphQL(error: unknown): OperationsError {
  const { message, extensions } = isObject(error) ? error : {};
  const told = isObject(extensions) ? extensions : {};
  return new OperationsError(
    textOf(told['code']) ?? 'INTERNAL_SERVER_ERROR',
    textOf(message) ?? 'The gateway did not say what was wrong.',
    {
      requestId: textOf(told['requestId']),
      retryAfterSeconds: typeof told['retryAfterSeconds'] === 'number' ? told['retryAfterSeconds'] : undefined,
      claims: textOf(told['claims']),
      limit: textOf(told['limit']),
    },
  );
}

/** Close codes that say more than that the connection is gone: those of the protocol graphql-transport-ws, and 1009 of RFC 6455. */
const CODES_OF_CLOSINGS: Readonly<Record<number, OperationsErrorCode>> = {
  1009: 'LIMIT_EXCEEDED',
  4400: 'BAD_USER_INPUT',
  4401: 'UNAUTHENTICATED',
  4403: 'UNAUTHENTICATED',
  4500: 'INTERNAL_SERVER_ERROR',
};

function ofClosing(closeCode: number, reason: string, url: string): OperationsError {
  const message = `The connection to ${url} was closed with ${closeCode}${reason === '' ? '.' : `: ${reason}`}`;
  return new OperationsError(CODES_OF_CLOSINGS[closeCode] ?? 'CONNECTION_FAILED', message, { closeCode });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
