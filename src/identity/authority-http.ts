import { errors, Pool } from 'undici';
import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { parseRetryAfter } from '../lib/retry-after.js';
import { GraphError } from '../operation/failure.js';
import { isJsonObject, type JsonObject } from '../operation/json.js';

export interface AuthorityHttpOptions {
  /** Only its origin counts. */
  readonly authorityUrl: URL;
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  /** Certificates, PEM, to believe besides those that Node believes. */
  readonly ca?: string;
  /** From the wait for a connection to the last byte read. */
  readonly timeLimitMs?: number;
}

/**
 * The one door to the token authority. Paths are all it takes, so that nothing that is read or written elsewhere decides
 * where a token or a secret goes; a redirect is an answer like another.
 */
export interface AuthorityHttp {
  /** @throws {GraphError} `unavailable` */
  get(path: string): Promise<AuthorityAnswer>;
  /** @throws {GraphError} `unavailable` */
  post(path: string, form: string, headers?: Readonly<Record<string, string>>): Promise<AuthorityAnswer>;
  close(): Promise<void>;
}

export interface AuthorityAnswer {
  readonly status: number;
  /** What the header Retry-After asks for; null where it does not. */
  readonly retryAfterMs: number | null;
  /** Undefined where the body is no JSON object. */
  readonly body: JsonObject | undefined;
}

const TIME_LIMIT_MS = 10_000;
/** Entra's answers have some kilobytes; the longest, its keys, some tens of them. */
const MAX_BODY_BYTES = 2 ** 20;
const MAX_CONNECTIONS = 16;

export function openAuthorityHttp(options: AuthorityHttpOptions): AuthorityHttp {
  const { authorityUrl, clock, log, userAgent, ca, timeLimitMs = TIME_LIMIT_MS } = options;
  const pool = new Pool(authorityUrl.origin, {
    connections: MAX_CONNECTIONS,
    headersTimeout: 0, // the whole request has one time limit, and our clock keeps it
    bodyTimeout: 0,
    maxResponseSize: MAX_BODY_BYTES,
    connect: ca === undefined ? {} : { ca },
  });

  async function exchange(request: Request): Promise<AuthorityAnswer> {
    const startedAt = clock.now();
    const limit = new AbortController();
    const cancelLimit = clock.wakeAt(startedAt + timeLimitMs, () => limit.abort());
    let status: number | undefined;
    try {
      const headers = { ...request.headers, accept: 'application/json', 'user-agent': userAgent };
      const response = await pool.request({ ...request, headers, signal: limit.signal });
      status = response.statusCode;
      const text = await response.body.text();
      const [retryAfter, date] = ['retry-after', 'date'].map((name) => oneOf(response.headers[name]));
      return { status, retryAfterMs: parseRetryAfter(retryAfter, clock.now(), date), body: parseObject(text) };
    } catch (error) {
      throw noAnswer(error, limit.signal.aborted ? timeLimitMs : null);
    } finally {
      cancelLimit();
      log.debug({ path: request.path.replace(/\?.*/s, ''), status, ms: clock.now() - startedAt }, 'authority request');
    }
  }

  return {
    get: (path) => exchange({ method: 'GET', path }),
    post: (path, body, headers = {}) => exchange({ method: 'POST', path, body, headers }),
    close: () => pool.destroy(),
  };
}

interface Request {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

function oneOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined; // a proxy's HTML, or nothing; V8's message would quote it
  }
}

/** Without a cause: what undici knows of a request includes its body, and that is a secret. */
function noAnswer(error: unknown, limitMs: number | null): GraphError {
  const code = isJsonObject(error) && typeof error['code'] === 'string' ? error['code'] : 'the connection failed';
  const why =
    error instanceof errors.ResponseExceededMaxSizeError
      ? `answered with more than ${MAX_BODY_BYTES} bytes`
      : limitMs === null
        ? `did not answer: ${code}`
        : `did not answer within ${limitMs} ms`;
  return new GraphError({ kind: 'unavailable' }, `The token authority ${why}.`);
}
