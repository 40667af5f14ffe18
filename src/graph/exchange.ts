import { type Clock } from '../lib/clock.js';
import { GraphError } from '../operation/failure.js';
import { type GraphVersion } from '../operation/kind.js';
import { isSuccess, type Answer } from './answer.js';
import { batchBody, matchParts, waitTogether } from './batch.js';
import { unreadable } from './body.js';
import { failureOf } from './failures.js';
import { readingHeaders, type Http } from './http.js';
import { decode, type Outgoing, type Settled } from './read.js';
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
}): Exchange {
  const { http, throttles, clock, graphRoot, userAgent } = options;

  function settle({ at, read, host }: Outgoing, answer: Answer | GraphError, token: string): Settled {
    if (answer instanceof GraphError) return { at, outcome: answer };
    const retryAfterMs = throttles.hear(host.location, answer, clock.now());
    if (!isSuccess(answer)) return { at, outcome: failureOf(answer, retryAfterMs, token) };
    try {
      return { at, outcome: decode(read, answer.body, graphRoot) };
    } catch (error) {
      return { at, outcome: toGraphError(error) };
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
    if (!isSuccess(answer)) throw failureOf(answer, throttles.hear(null, answer, clock.now()), token);
    return waitTogether(matchParts(answer, batch).map(({ read, part }) => settle(read, part, token)));
  }

  return async (version, outgoing, token) => {
    const [first, ...others] = outgoing;
    const alone = first !== undefined && others.length === 0;
    try {
      return await (alone ? askOne(first, token) : askBatch(version, outgoing, token));
    } catch (error) {
      const outcome = toGraphError(error);
      return outgoing.map(({ at }) => ({ at, outcome }));
    }
  };
}

/** Whatever else is thrown on the way from a body to an operation, this body is what it could not read. */
function toGraphError(error: unknown): GraphError {
  return error instanceof GraphError ? error : unreadable('the body cannot be decoded', {}, { cause: error });
}
