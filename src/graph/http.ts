import { randomUUID } from 'node:crypto';
import { errors } from 'undici';
import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { isSuccess, readHeaders, type Answer } from './answer.js';
import { parseBody, unreadable } from './body.js';
import { clean, MAX_ID_LENGTH, withoutToken } from './clean.js';
import { openConnections } from './connections.js';
import { createGraphTally, type GraphTally } from './tally.js';

export interface HttpOptions {
  /** Graph's root without a version; a path in it goes before every path that is asked. */
  readonly graphRoot: URL;
  readonly clock: Clock;
  /** From the first byte sent, or the wait for a connection, to the last byte read. */
  readonly timeLimitMs: number;
  readonly userAgent: string;
  readonly log: Log;
  readonly maxConnections?: number;
  readonly tally?: GraphTally;
  readonly tracing?: Tracing;
}

/**
 * Single requests to Graph: an answer of any status, or a GraphError where there was none. Paths are below the
 * root. Nothing is repeated, and no redirect is followed: a token goes to Graph's own origin and nowhere else.
 */
export interface Http {
  /** @throws {GraphError} `unavailable` or `malformed` */
  get(path: string, token: string): Promise<Answer>;
  /** `parts` is their number, for the log. @throws {GraphError} likewise */
  postBatch(path: string, body: string, parts: number, token: string): Promise<Answer>;
  /** Resolves when anything there speaks HTTP, whatever it says. No token is shown. @throws {GraphError} `unavailable` */
  reach(): Promise<void>;
  close(): Promise<void>;
}

/** Ours, for each request and each part of a batch; Graph repeats it, and its support looks for it. */
const CLIENT_REQUEST_ID = 'client-request-id';

/** A list of some thousand operations with all their steps; a longer answer is not one of Graph's. */
const MAX_BODY_BYTES = 4 * 2 ** 20;

/** Enough for the tenant's budget when every answer takes a second. */
const MAX_CONNECTIONS = 32;

/**
 * What every read says, alone or as a part of a batch. Without the preference Graph hides the members that its
 * enumerations have grown. A batch's parts have the authorization of the request they travel in.
 */
export function readingHeaders(userAgent: string): Record<string, string> {
  return {
    accept: 'application/json',
    prefer: 'include-unknown-enum-members',
    'user-agent': userAgent,
    [CLIENT_REQUEST_ID]: randomUUID(),
  };
}

export function openHttp(options: HttpOptions): Http {
  const { graphRoot, clock, timeLimitMs, userAgent, log } = options;
  const { tally = createGraphTally(), tracing = noTracing } = options;
  const connections = openConnections(graphRoot.origin, options.maxConnections ?? MAX_CONNECTIONS, MAX_BODY_BYTES);
  const prefix = graphRoot.pathname.replace(/\/$/, '');

  /**
   * @param token what is shown to Graph, so that nothing it says tells it
   * @param logged what the log may say of the request, besides how it went
   */
  async function exchange({ path, ...request }: Request, token: string | null, logged: object): Promise<RawAnswer> {
    const startedAt = clock.now();
    const limit = new AbortController();
    const cancelLimit = clock.wakeAt(startedAt + timeLimitMs, () => limit.abort());
    const pool = connections.current();
    const clientRequestId = request.headers[CLIENT_REQUEST_ID];
    const sent: GraphAnswer = clientRequestId === undefined ? {} : { clientRequestId };
    let about = sent;
    try {
      const response = await pool.request({ ...request, path: `${prefix}${path}`, signal: limit.signal });
      const { statusCode: status, body } = response;
      const said = [...readHeaders(response.headers)].map(([name, text]) => [name, withoutToken(text, token)] as const);
      const headers = new Map(said);
      const requestId = clean(headers.get('request-id'), MAX_ID_LENGTH, token);
      headers.delete('request-id');
      if (requestId !== undefined) headers.set('request-id', requestId);
      if (clientRequestId !== undefined) headers.set(CLIENT_REQUEST_ID, clientRequestId); // ours, whatever comes back
      about = { ...sent, status, ...(requestId !== undefined && { requestId }) };
      // Graph asks for a new connection after a 503: the old ones lead to the server that could not.
      if (status === 503) connections.leave(pool);
      const text = isSuccess({ status }) ? body.text() : body.text().catch(() => ''); // the status says enough
      return { status, headers, text: withoutToken(await text, token), about };
    } catch (error) {
      throw noAnswer(error, about, limit.signal.aborted ? timeLimitMs : null);
    } finally {
      cancelLimit();
      log.debug({ ...logged, ...about, ms: clock.now() - startedAt }, 'graph request');
    }
  }

  async function ask(request: Request, token: string, logged: object): Promise<Answer> {
    const headers = {
      ...request.headers,
      ...readingHeaders(userAgent),
      ...tracing.headers(),
      authorization: `Bearer ${token}`,
    };
    const startedAt = clock.now();
    tally.requests[request.method === 'GET' ? 'single' : 'batch'] += 1;
    const { text, about, ...answer } = await exchange({ ...request, headers }, token, logged).finally(() =>
      tally.durations.observe((clock.now() - startedAt) / 1_000),
    );
    return { ...answer, body: isSuccess(answer) ? parseBody(text, about) : parseFailure(text) };
  }

  return {
    get: (path, token) => ask({ method: 'GET', path, headers: {} }, token, { path: path.replace(/\?.*/s, '') }),
    postBatch: (path, body, parts, token) =>
      ask({ method: 'POST', path, headers: { 'content-type': 'application/json' }, body }, token, { path, parts }),
    async reach() {
      await exchange({ method: 'HEAD', path: '/', headers: { 'user-agent': userAgent } }, null, { path: '/' });
    },
    close: () => connections.close(),
  };
}

interface Request {
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface RawAnswer extends Pick<Answer, 'status' | 'headers'> {
  readonly text: string;
  readonly about: GraphAnswer;
}

/** What a failure says besides its status is welcome and not needed. */
function parseFailure(text: string): unknown {
  try {
    return parseBody(text, {});
  } catch {
    return undefined; // a proxy's HTML, or nothing
  }
}

/** @param limitMs the time limit when that is what ended it, else null */
function noAnswer(error: unknown, about: GraphAnswer, limitMs: number | null): GraphError {
  if (error instanceof errors.ResponseExceededMaxSizeError) {
    return unreadable(`the body is larger than ${MAX_BODY_BYTES} bytes`, about, { cause: error });
  }
  const what = about.status === undefined ? 'did not answer' : 'broke off its answer';
  const why = limitMs === null ? `: ${codeOf(error)}` : ` within ${limitMs} ms`;
  return new GraphError({ kind: 'unavailable' }, `Microsoft Graph ${what}${why}.`, about, { cause: error });
}

/** Node's and undici's code of a failure, `ECONNREFUSED`; their messages tell addresses. */
function codeOf(error: unknown): string {
  const code = isJsonObject(error) ? error['code'] : undefined;
  return typeof code === 'string' ? code : 'the connection failed';
}
