import { type Clock, sleepUntil } from '../../src/lib/clock.js';
import { GraphError, type Reason } from '../../src/operation/failure.js';
import { type Operation } from '../../src/operation/operation.js';
import { createRef, listPath, type OperationHost, type OperationRef } from '../../src/operation/ref.js';
import { type Caller, type Scope } from '../../src/operation/scope.js';
import { type OperationState } from '../../src/operation/state.js';
import { type ListPage, type Read, type Reader, type ReadOutcome } from '../../src/poll/ports.js';

/** From `at` on (epoch ms) the operation stands at `state`. */
export interface Stage {
  readonly at: number;
  readonly state: OperationState;
}

/** One read as Graph saw it. */
export interface RecordedRead {
  /** Reads of one request share a number. */
  readonly request: number;
  readonly scope: Scope;
  readonly type: Read['type'];
  /** What was asked for: an operation's location, or path and query of a page. */
  readonly path: string;
  /** When it arrived and when the answer was complete, epoch ms. */
  readonly startedAt: number;
  readonly at: number;
  /** The operations that it told of; none when it failed. */
  readonly covered: readonly string[];
  readonly failure: Reason['kind'] | null;
}

/** What befalls a read; null lets it pass. */
export type Fault = (read: { readonly scope: Scope; readonly path: string; readonly at: number }) => Reason | null;

export interface ModelGraphOptions {
  readonly clock: Clock;
  /** How long an answer takes; asked once per request. */
  readonly latencyMs?: () => number;
  /** Operations on a page of a list. */
  readonly pageSize?: number;
}

/**
 * Graph as polling sees it, without HTTP: operations whose lives are written down beforehand and played by the clock,
 * lists in pages, rights by scope, faults on demand, and a record of every read.
 */
export interface ModelGraph extends Reader {
  readonly reads: readonly RecordedRead[];
  /** An operation that is there from its first stage on. Later stages have later times. */
  begin(host: OperationHost, operationId: string, life: readonly Stage[]): OperationRef;
  /** From now on everything of this host fails for the scope, with the reason; null gives the right back. */
  deny(scope: Scope, host: OperationHost, reason: Reason | null): void;
  /** Another fault takes the place of this one; null ends it. */
  fail(fault: Fault | null): void;
  /** Leaves an operation out of its host's list. */
  unlist(ref: OperationRef): void;
}

interface Life {
  readonly host: OperationHost;
  readonly ref: OperationRef;
  readonly stages: readonly Stage[];
}

export function createModelGraph({ clock, latencyMs = () => 0, pageSize = 100 }: ModelGraphOptions): ModelGraph {
  const lives = new Map<string, Life>();
  const denials = new Map<string, Reason>();
  const unlisted = new Set<string>();
  const reads: RecordedRead[] = [];
  let fault: Fault | null = null;
  let requests = 0;

  const operationOf = ({ ref, stages }: Life): Operation | null => {
    const stage = stages.filter(({ at }) => at <= clock.now()).at(-1);
    const [first] = stages;
    if (stage === undefined || first === undefined) return null;
    return {
      kind: 'teamsAsyncOperation',
      operationId: ref.operationId,
      state: stage.state,
      rawStatus: stage.state.toLowerCase(),
      createdDateTime: new Date(first.at).toISOString(),
      lastActionDateTime: new Date(stage.at).toISOString(),
      error: null,
    };
  };

  const item = (ref: OperationRef): Operation | GraphError => {
    const life = lives.get(ref.location);
    return (life === undefined ? null : operationOf(life)) ?? errorOf({ kind: 'notFound' });
  };

  const page = (host: OperationHost, link: string | null): ListPage => {
    const from = Number(/skip=(\d+)/.exec(link ?? '')?.[1] ?? 0);
    const operations = [...lives.values()]
      .filter((life) => life.host.location === host.location && !unlisted.has(life.ref.location))
      .flatMap((life) => operationOf(life) ?? []);
    const next = from + pageSize;
    return {
      operations: operations.slice(from, next),
      nextLink: next < operations.length ? `${listPath(host)}?skip=${next}` : null,
    };
  };

  /** What the read told, and of which operations. */
  const answer = (scope: Scope, read: Read): { path: string; covered: readonly string[]; outcome: ReadOutcome } => {
    const host = read.type === 'item' ? read.ref.host : read.host;
    const path = read.type === 'item' ? read.ref.location : (read.link ?? listPath(host));
    const reason = denials.get(`${scope} ${host.location}`) ?? fault?.({ scope, path, at: clock.now() }) ?? null;
    if (reason !== null) return { path, covered: [], outcome: errorOf(reason) };
    if (read.type === 'item') {
      const outcome = item(read.ref);
      return { path, covered: outcome instanceof GraphError ? [] : [path], outcome };
    }
    const outcome = page(host, read.link);
    const covered = outcome.operations.flatMap((each) =>
      each instanceof GraphError ? [] : [createRef(host, each.operationId).location],
    );
    return { path, covered, outcome };
  };

  return {
    reads,
    begin(host, operationId, stages) {
      const ref = createRef(host, operationId);
      lives.set(ref.location, { host, ref, stages });
      return ref;
    },
    deny(scope, host, reason) {
      if (reason === null) denials.delete(`${scope} ${host.location}`);
      else denials.set(`${scope} ${host.location}`, reason);
    },
    fail(next) {
      fault = next;
    },
    unlist(ref) {
      unlisted.add(ref.location);
    },
    async read({ scope }: Caller, asked) {
      const startedAt = clock.now();
      const request = ++requests;
      // An answer tells how things stood when the request arrived; on the way back it may be overtaken.
      const answers = asked.map((read) => ({ read, ...answer(scope, read) }));
      const latency = latencyMs();
      if (latency > 0) await sleepUntil(clock, startedAt + latency);
      for (const { read, path, covered, outcome } of answers) {
        const failure = outcome instanceof GraphError ? outcome.reason.kind : null;
        reads.push({ request, scope, type: read.type, path, startedAt, at: clock.now(), covered, failure });
      }
      return {
        outcomes: answers.map(({ outcome }) => outcome),
        requests: Math.ceil(asked.length / 20),
        reads: asked.length,
      };
    },
  };
}

export function errorOf(reason: Reason): GraphError {
  return new GraphError(reason, `Graph answered: ${reason.kind}.`);
}
