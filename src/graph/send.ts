import { type Dispatcher, type Pool } from 'undici';
import { withoutToken } from './clean.js';

/** What came back to one request, as far as it came. */
export interface Heard {
  /** Null where not even that came. */
  readonly status: number | null;
  /** By lower-case name, those that are read here. */
  readonly headers: Map<string, string>;
  readonly text: string;
  /** Why there is no more of it; null where it is whole. */
  readonly brokenOff: { readonly cause: unknown; readonly isTooLate: boolean } | null;
}

export interface Sending {
  readonly heard: Promise<Heard>;
  /** It has taken too long: what came until now is all there is. */
  readonly giveUp: () => void;
}

/** Graph sends twice as many, with its policies and its servers' names. */
const HEADERS_READ = [
  'client-request-id',
  'date',
  'request-id',
  'retry-after',
  'www-authenticate',
  'x-ms-throttle-scope',
];

/**
 * One request over a pool, by undici's events: an AbortSignal for each request takes 8 µs of CPU by itself, and undici's
 * stream of a body is more than a body in one piece needs.
 *
 * @param token what is shown to Graph, so that nothing it says tells it
 */
export function send(pool: Pool, request: Dispatcher.DispatchOptions, token: string | null): Sending {
  let status: number | null = null;
  let headers: Map<string, string> = new Map();
  let chunks: Buffer[] = [];
  let isOver = false;
  let connection: Dispatcher.DispatchController | null = null;
  let resolve: (heard: Heard) => void = () => undefined;
  const heard = new Promise<Heard>((settle) => {
    resolve = settle;
  });

  const end = (brokenOff: Heard['brokenOff']): void => {
    if (isOver) return;
    isOver = true;
    resolve({ status, headers, text: withoutToken(textOf(chunks), token), brokenOff });
    chunks = [];
  };
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      connection = controller;
      if (isOver) controller.abort(new Error('given up'));
    },
    onResponseStart(_controller, statusCode, said) {
      if (statusCode < 200) return; // the answer proper comes behind it
      status = statusCode;
      headers = pick(said, token);
    },
    onResponseData(_controller, chunk) {
      if (!isOver) chunks.push(chunk);
    },
    onResponseEnd: () => end(null),
    onResponseError: (_controller, cause) => end({ cause, isTooLate: false }),
  };
  pool.dispatch(request, handler);
  return {
    heard,
    giveUp: () => {
      end({ cause: undefined, isTooLate: true });
      connection?.abort(new Error('given up'));
    },
  };
}

function pick(
  said: Readonly<Record<string, string | string[] | undefined>>,
  token: string | null,
): Map<string, string> {
  const picked = new Map<string, string>();
  for (const name of HEADERS_READ) {
    const value = said[name];
    if (value !== undefined)
      picked.set(name, withoutToken(typeof value === 'string' ? value : value.join(', '), token));
  }
  return picked;
}

/** Without a byte order mark, which JSON.parse does not take. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const text = first !== undefined && chunks.length === 1 ? first.toString() : Buffer.concat(chunks).toString();
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}
