import { sleepUntil, type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';
import { type Tracing } from '../lib/tracing.js';
import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { GRAPH_VERSIONS, type GraphVersion } from '../operation/kind.js';
import { type Caller } from '../operation/scope.js';
import { admit } from './admission.js';
import { MAX_PARTS } from './batch.js';
import { createBudget, type BudgetLeft, type Rates } from './budget.js';
import { createExchange } from './exchange.js';
import { openHttp } from './http.js';
import { prepare, type Outgoing, type Read, type ReadOutcome, type Settled } from './read.js';
import { type GraphTally } from './tally.js';
import { createThrottles, type Pause } from './throttle.js';

export interface ReadAnswer {
  /** One per read, in the order of the reads. */
  readonly outcomes: readonly ReadOutcome[];
  /** What Graph said besides with each of them; empty where nothing was sent. */
  readonly answers: readonly GraphAnswer[];
  /** How many HTTP requests went to Graph. */
  readonly requests: number;
  /** How many reads Graph was asked for; each counts against its limits, batched or not. */
  readonly reads: number;
}

/** Microsoft Graph for one app and one tenant. All that leaves it is decoded, and nothing is repeated by itself. */
export interface GraphReader {
  /**
   * Reads with the caller's token, in as few requests as it can. It never rejects: a failure is the outcome of the
   * reads it befell. A read that Graph asked to hold back, or that no budget is left for, is not sent.
   *
   * @param patientUntil epoch ms up to which a read may wait for its budget; without it none waits
   */
  read(caller: Caller, reads: readonly Read[], patientUntil?: number): Promise<ReadAnswer>;
  /** What is left of each budget now, by the name of its rate. */
  budgetLeft(): Readonly<Record<string, BudgetLeft>>;
  /** Graph has asked another process for a pause. */
  hearPause(pause: Pause): void;
  /** Resolves when anything at Graph's address speaks HTTP. @throws {GraphError} `unavailable`, saying why */
  reach(): Promise<void>;
  /** Ends every connection at once; a read that is under way comes back as `unavailable`. */
  close(): Promise<void>;
}

export interface GraphReaderOptions {
  /** Graph's root without a version: `https://graph.microsoft.com`. */
  readonly graphRoot: URL;
  readonly clock: Clock;
  readonly random: Random;
  readonly rates: Rates;
  /** For one HTTP request, from the wait for a connection to the last byte of the answer. */
  readonly timeLimitMs: number;
  /** `graph-operations-gateway/1.2.3`. */
  readonly userAgent: string;
  readonly log: Log;
  readonly maxConnections?: number;
  /** How many processes read for this app and tenant, of which this is one; the budgets are divided among them. */
  readonly parties?: () => number;
  /** Is told of each pause that Graph asks for. */
  readonly onPause?: (pause: Pause) => void;
  readonly tally?: GraphTally;
  readonly tracing?: Tracing;
}

export function createGraphReader(options: GraphReaderOptions): GraphReader {
  const { clock, random, rates } = options;
  const http = openHttp(options);
  const throttles = createThrottles(random, options.onPause);
  const budget = createBudget(rates, options.parties);
  const exchange = createExchange({ ...options, http, throttles });

  /** Sends what may be sent by `patientUntil` (epoch ms) with one token. */
  const attempt = async (outgoing: readonly Outgoing[], token: string, patientUntil: number): Promise<Attempt> => {
    const refused: Settled[] = [];
    const requests: Promise<readonly Settled[]>[] = [];
    let waiting = outgoing;
    while (waiting.length > 0) {
      const admission = admit(waiting, { throttles, budget }, clock.now(), patientUntil);
      refused.push(...admission.refused.map(({ read, error }) => ({ at: read.at, outcome: error, answer: {} })));
      for (const [version, group] of groupByRequest(admission.now)) requests.push(exchange(version, group, token));
      waiting = admission.later;
      if (waiting.length > 0) await sleepUntil(clock, admission.againAt);
    }
    const answered = (await Promise.all(requests)).flat();
    return { settled: [...refused, ...answered], requests: requests.length, reads: answered.length };
  };

  /**
   * A token that the gateway got itself may be withdrawn before its time; what it was refused for is asked once more
   * with a new one.
   */
  const attemptAgain = async (
    first: Attempt,
    caller: Caller,
    outgoing: readonly Outgoing[],
    token: string,
    patientUntil: number,
  ): Promise<Attempt> => {
    if (caller.discardToken === undefined) return first;
    const refused = new Set(first.settled.filter(({ outcome }) => isRefusedToken(outcome)).map(({ at }) => at));
    if (refused.size === 0) return first;
    caller.discardToken(token);
    const another = await tokenOf(caller);
    if (another instanceof GraphError || another === token) return first;
    const second = await attempt(
      outgoing.filter(({ at }) => refused.has(at)),
      another,
      patientUntil,
    );
    return {
      settled: [...first.settled.filter(({ at }) => !refused.has(at)), ...second.settled],
      requests: first.requests + second.requests,
      reads: first.reads + second.reads,
    };
  };

  return {
    async read(caller, reads, patientUntil = -Infinity) {
      // Before the budget: what is counted as sent must go at once, and a token may take its time.
      const token = await tokenOf(caller);
      if (token instanceof GraphError) {
        return { outcomes: reads.map(() => token), answers: reads.map(() => ({})), requests: 0, reads: 0 };
      }
      const outgoing = reads.map(prepare);
      const first = await attempt(outgoing, token, patientUntil);
      const { settled, requests, reads: sent } = await attemptAgain(first, caller, outgoing, token, patientUntil);
      const inOrder = [...settled].sort((a, b) => a.at - b.at);
      const outcomes = inOrder.map(({ outcome }) => outcome);
      return {
        outcomes: caller.graphSees === 'caller' ? outcomes : outcomes.map(blameless),
        answers: inOrder.map(({ answer }) => answer),
        requests,
        reads: sent,
      };
    },
    budgetLeft: () => budget.left(clock.now()),
    hearPause: (pause) => throttles.hearPause(pause, clock.now()),
    reach: () => http.reach(),
    close: () => http.close(),
  };
}

interface Attempt extends Pick<ReadAnswer, 'requests' | 'reads'> {
  readonly settled: readonly Settled[];
}

/** A challenge is the caller's to meet: another token of the same kind would meet it no better. */
function isRefusedToken(outcome: ReadOutcome): outcome is GraphError {
  return (
    outcome instanceof GraphError && outcome.reason.kind === 'unauthenticated' && outcome.reason.claims === undefined
  );
}

/** Where Graph refuses the gateway's own token, its callers are who they say, and it may be mended without them. */
function blameless(outcome: ReadOutcome): ReadOutcome {
  if (!(outcome instanceof GraphError) || outcome.reason.kind !== 'unauthenticated') return outcome;
  const message = "Microsoft Graph does not take the gateway's own token; its operator has to look into that.";
  const { retryAfterMs } = outcome.reason;
  const reason = { kind: 'unavailable', ...(retryAfterMs !== undefined && { retryAfterMs }) } as const;
  return new GraphError(reason, message, outcome.answer, { cause: outcome });
}

/** One request is of one version, and has at most 20 reads. */
function groupByRequest(outgoing: readonly Outgoing[]): [GraphVersion, readonly Outgoing[]][] {
  const [first] = outgoing;
  if (first !== undefined && outgoing.length === 1) return [[first.host.hostKind.version, outgoing]];
  return GRAPH_VERSIONS.flatMap((version) => {
    const ofVersion = outgoing.filter(({ host }) => host.hostKind.version === version);
    return Array.from({ length: Math.ceil(ofVersion.length / MAX_PARTS) }, (_, nth): [GraphVersion, Outgoing[]] => [
      version,
      ofVersion.slice(nth * MAX_PARTS, (nth + 1) * MAX_PARTS),
    ]);
  });
}

/** A token is opaque, but it has to fit into a header. */
async function tokenOf(caller: Caller): Promise<string | GraphError> {
  try {
    const token = await caller.accessToken();
    if (/^[!-~]+$/.test(token)) return token;
    return new GraphError({ kind: 'unauthenticated' }, 'The access token holds characters that no token has.');
  } catch (error) {
    if (error instanceof GraphError) return error;
    const message = 'No access token for Microsoft Graph could be had for this caller.';
    return new GraphError({ kind: 'unauthenticated' }, message, {}, { cause: error });
  }
}
