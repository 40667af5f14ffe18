import { randomUUID } from 'node:crypto';
import { errors } from 'undici';
import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { isSuccess, saidBy, type Answer } from './answer.js';
import { parseBody, unreadable } from './body.js';
import { clean, MAX_ID_LENGTH } from './clean.js';
import { openConnections } from './connections.js';
import { send } from './send.js';
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
 * What every request says, and every part of a batch. Without the preference Graph hides the members that its
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

  async function exchange({ method, path, parts, headers, body }: Request, token: string | null) {
    const startedAt = clock.now();
    const pool = connections.current();
    const { heard, giveUp } = send(pool, { method, path: prefix + path, headers, body: body ?? null }, token);
    const cancelLimit = clock.wakeAt(startedAt + timeLimitMs, giveUp);
    const { status, headers: said, text, brokenOff } = await heard;
    cancelLimit();
    const ms = clock.now() - startedAt;
    if (method !== 'HEAD') tally.durations.observe(ms / 1_000);
    const requestId = clean(said.get('request-id'), MAX_ID_LENGTH, token);
    const clientRequestId = headers[CLIENT_REQUEST_ID]; // ours, whatever comes back
    const about = saidBy(status, requestId, clientRequestId);
    log.debug({ path: withoutQuery(path), parts, ms, ...about }, 'graph request');
    // Graph asks for a new connection after a 503: the old ones lead to the server that could not.
    if (status === 503) connections.leave(pool);
    // The status of a failure says enough, whatever breaks off behind it.
    if (status === null || (brokenOff !== null && isSuccess({ status }))) {
      throw noAnswer(brokenOff?.cause, about, brokenOff?.isTooLate === true ? timeLimitMs : null);
    }
    if (requestId === undefined) said.delete('request-id');
    else said.set('request-id', requestId);
    if (clientRequestId !== undefined) said.set(CLIENT_REQUEST_ID, clientRequestId);
    return { status, headers: said, text, about };
  }

  async function ask(method: 'GET' | 'POST', path: string, token: string, batch?: Batch): Promise<Answer> {
    tally.requests[batch === undefined ? 'single' : 'batch'] += 1;
    const headers = Object.assign(readingHeaders(userAgent), { authorization: `Bearer ${token}` }, tracing.headers());
    if (batch !== undefined) headers['content-type'] = 'application/json';
    const { status, headers: said, text, about } = await exchange({ method, path, headers, ...batch }, token);
    return { status, headers: said, body: isSuccess({ status }) ? parseBody(text, about) : parseFailure(text) };
  }

  return {
    get: (path, token) => ask('GET', path, token),
    postBatch: (path, body, parts, token) => ask('POST', path, token, { body, parts }),
    async reach() {
      await exchange({ method: 'HEAD', path: '/', headers: readingHeaders(userAgent) }, null);
    },
    close: () => connections.close(),
  };
}

interface Batch {
  readonly body: string;
  /** How many, for the log. */
  readonly parts: number;
}

interface Request extends Partial<Batch> {
  readonly method: 'GET' | 'POST' | 'HEAD';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A query may tell what a caller looks for. */
function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
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
