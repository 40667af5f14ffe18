import { type Clock } from '../lib/clock.js';
import { noTracing, type SpanAttributes, type Tracing } from '../lib/tracing.js';
import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { type GraphVersion } from '../operation/kind.js';
import { isSuccess, saidBy, type Answer } from './answer.js';
import { batchBody, matchParts, waitTogether } from './batch.js';
import { unreadable } from './body.js';
import { clean, MAX_ID_LENGTH } from './clean.js';
import { failureOf } from './failures.js';
import { readingHeaders, type Http } from './http.js';
import { decode, type Outgoing, type ReadOutcome, type Settled } from './read.js';
import { createGraphTally, type GraphTally } from './tally.js';
import { type Throttles } from './throttle.js';

/**
 * Asks for reads of one Graph version in one request: a GET for one, a $batch for more, at most 20.
 * It never rejects: a failure of the request is the outcome of each read in it.
 */
export type Exchange = (
  version: GraphVersion,
  outgoing: readonly Outgoing[],
  token: string,
) => Promise<readonly Settled[]>;

export function createExchange(options: {
  readonly http: Http;
  readonly throttles: Throttles;
  readonly clock: Clock;
  readonly graphRoot: URL;
  readonly userAgent: string;
  readonly tally?: GraphTally;
  readonly tracing?: Tracing;
}): Exchange {
  const { http, throttles, clock, graphRoot, userAgent } = options;
  const { tally = createGraphTally(), tracing = noTracing } = options;

  /** @param host of the one read; null where a batch failed as one, and each of its reads with it */
  function hearFailure(host: string | null, reads: readonly Outgoing[], answer: Answer, token: string): GraphError {
    const now = clock.now();
    const retryAfterMs = throttles.hear(host, answer, now);
    const error = failureOf(answer, retryAfterMs, token);
    // A refusal is for one caller, and the next may be let in; what Graph cannot do now it can do for nobody.
    if (error.reason.kind === 'unavailable' && retryAfterMs !== null) {
      for (const { location } of reads) throttles.rest(location, retryAfterMs, now);
    }
    return error;
  }

  function settle(one: Outgoing, answer: Answer | GraphError, token: string): Settled {
    const { at, read, host } = one;
    if (answer instanceof GraphError) return failed(at, answer);
    if (!isSuccess(answer)) return failed(at, hearFailure(host.location, [one], answer, token));
    throttles.hear(host.location, answer, clock.now());
    const about = aboutOf(answer, token);
    try {
      return { at, outcome: decode(read, answer.body, graphRoot), answer: about };
    } catch (error) {
      return failed(at, withAnswer(toGraphError(error), about));
    }
  }

  const askOne = async (one: Outgoing, token: string): Promise<readonly Settled[]> => [
    settle(one, await http.get(one.path, token), token),
  ];

  /** @throws {GraphError} the failure of all its parts */
  async function askBatch(version: GraphVersion, batch: readonly Outgoing[], token: string) {
    const paths = batch.map(({ path }) => path);
    const body = batchBody(version, paths, () => readingHeaders(userAgent));
    const answer = await http.postBatch(`/${version}/$batch`, body, batch.length, token);
    // Only a failure is heard: a batch that was taken may hold nothing but throttles.
    if (!isSuccess(answer)) throw hearFailure(null, batch, answer, token);
    try {
      return waitTogether(matchParts(answer, batch).map(({ read, part }) => settle(read, part, token)));
    } catch (error) {
      throw withAnswer(toGraphError(error), aboutOf(answer, token));
    }
  }

  const ask = async (version: GraphVersion, outgoing: readonly Outgoing[], token: string) => {
    const [first, ...others] = outgoing;
    const alone = first !== undefined && others.length === 0;
    try {
      return await (alone ? askOne(first, token) : askBatch(version, outgoing, token));
    } catch (error) {
      const outcome = toGraphError(error);
      return outgoing.map(({ at }) => failed(at, outcome));
    }
  };

  return (version, outgoing, token) => {
    const startedAt = clock.now();
    tally.reads += outgoing.length;
    const name = outgoing.length === 1 ? 'graph GET' : 'graph $batch';
    const attributes = { 'server.address': graphRoot.hostname, 'gateway.graph.version': version };
    return tracing.span(
      name,
      { 'gateway.reads': outgoing.length, ...attributes },
      async (span) => {
        const settled = await ask(version, outgoing, token);
        const failures = settled.filter(({ outcome }) => outcome instanceof GraphError).length;
        span.set({ 'gateway.failures': failures });
        for (const [nth, { outcome, answer }] of settled.entries()) {
          tracing.past('graph read', startedAt, () => describe(outgoing[nth], outcome, answer));
        }
        return settled;
      },
      'client',
    );
  };
}

/** One read of a request, as a trace tells it. */
function describe(
  one: Outgoing | undefined,
  outcome: ReadOutcome,
  { status, requestId, clientRequestId }: GraphAnswer,
): SpanAttributes {
  return {
    'gateway.location': one?.location ?? '',
    ...(status !== undefined && { 'http.response.status_code': status }),
    ...(requestId !== undefined && { 'gateway.graph.request_id': requestId }),
    ...(clientRequestId !== undefined && { 'gateway.graph.client_request_id': clientRequestId }),
    ...(outcome instanceof GraphError && { 'error.type': outcome.reason.kind }),
  };
}

function failed(at: number, error: GraphError): Settled {
  return { at, outcome: error, answer: error.answer };
}

/** What could not be read came with ids of its own. */
function withAnswer({ reason, message, cause }: GraphError, answer: GraphAnswer): GraphError {
  return new GraphError(reason, message, answer, cause === undefined ? undefined : { cause });
}

/** What Graph's support asks for, of an answer that is none of a failure. */
function aboutOf({ status, headers }: Answer, token: string): GraphAnswer {
  const requestId = clean(headers.get('request-id'), MAX_ID_LENGTH, token);
  const clientRequestId = clean(headers.get('client-request-id'), MAX_ID_LENGTH, token);
  return saidBy(status, requestId, clientRequestId);
}

/** Whatever else is thrown on the way from a body to an operation, this body is what it could not read. */
function toGraphError(error: unknown): GraphError {
  return error instanceof GraphError ? error : unreadable('the body cannot be decoded', {}, { cause: error });
}
