import { execute, GraphQLError, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { createContext, type ApiContext, type ApiServices } from '../api/context.js';
import { toGraphQLError } from '../api/errors.js';
import { upstreamOf } from '../api/upstream.js';
import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { createTokenBucket, type TokenBucket, type TokenBucketOptions } from '../lib/token-bucket.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { LimitError } from '../operation/failure.js';
import { type EventStream } from '../poll/stream.js';
import { type GoodDocument } from './documents-in-use.js';
import { dropUndeclared, type DocumentRequest, type Documents } from './documents.js';
import { type Asked } from './selections.js';
import { type Outlet, type PushedStream } from './fan-out.js';
import { type Session } from './session.js';
import { type SocketCaps, type SocketLimits } from './socket-caps.js';
import { createSubscribe, type SubscriptionEvents } from './subscribe.js';

/** A document that runs on a connection. */
export interface Running {
  /** The request as its protocol knows it; null where a stream was taken over, and nothing of how it began is kept. */
  readonly request: object | null;
  /** By whom its place is counted; null where it has none. */
  subject: string | null;
  /** Its document, counted by the same; null where it came to none. */
  readonly document: GoodDocument | null;
  /** Its client wants no more of it. */
  leave(): void;
}

/** A connection, as what runs on it sees it. */
export interface Carrier {
  /** Null until it is known who asks. */
  readonly session: Session | null;
  /** What was asked for last under each id, and has not ended. */
  readonly running: Map<string, Running>;
  /** Where what is told to its streams is written. */
  readonly outlet: Outlet;
  /** How often something may begin. */
  readonly bucket: TokenBucket;
}

/** What a client asks to be run. */
export interface RunRequest extends DocumentRequest {
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

export interface RunnerOptions {
  /** What the connections are called in logs and traces. */
  readonly transport: 'websocket' | 'event stream';
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly services: ApiServices;
  readonly tracing?: Tracing;
  readonly caps: SocketCaps;
  readonly limits: Pick<SocketLimits, 'operationsPerSecond' | 'subscriptionsPerSocket'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs documents on connections that stay open: the same bounds and the same ends, whichever protocol is spoken on them. */
export interface Runner {
  newBucket(): TokenBucket;
  /** Why nothing may begin now, and null where it may. */
  takeTurn(carrier: Carrier): LimitError | null;
  /**
   * Takes a place for a request, and looks whether it may run. Whatever ran under its id has ended.
   * @param request is what `running` knows it by; `asked` is what is in it
   * @param lastEventId the cursor of a client that comes back
   * @returns what to execute, or why not: then the place is held until `leave`
   */
  admit(
    carrier: Carrier,
    id: string,
    request: object,
    asked: RunRequest,
    lastEventId?: string,
  ): ExecutionArgs | readonly GraphQLError[];
  execute(args: ExecutionArgs): Promise<ExecutionResult>;
  subscribe(args: ExecutionArgs): Promise<SubscriptionEvents | ExecutionResult>;
  /** From now on a stream is written to the connection's outlet. */
  hand(carrier: Carrier, id: string, stream: EventStream, asked: Asked): void;
  /** Something is over, or its client wants no more of it: its room is free at once. */
  leave(carrier: Carrier, id: string): void;
  leaveAll(carrier: Carrier): void;
  /** What runs on a connection is its caller's, whoever that is by now. */
  followCaller(carrier: Carrier): void;
}

export function createRunner(options: RunnerOptions): Runner {
  const { transport, schema, documents, services, caps, limits, clock, log, tracing = noTracing } = options;
  const subscribe = createSubscribe(schema);
  const rate: TokenBucketOptions = {
    clock,
    perSecond: limits.operationsPerSecond,
    // Whoever comes back begins at once with all that it had.
    burst: Math.max(limits.operationsPerSecond, limits.subscriptionsPerSocket),
  };

  const takeTurn = ({ bucket }: Carrier): LimitError | null => (bucket.take() ? null : tooOften(limits));

  const leave = ({ running }: Carrier, id: string): void => {
    const one = running.get(id);
    if (one === undefined) return;
    running.delete(id);
    if (one.subject !== null) {
      caps.end(one.subject);
      if (one.document !== null) documents.inUse.giveBack(one.subject, one.document);
    }
    one.leave();
  };

  return {
    newBucket: () => createTokenBucket(rate),
    takeTurn,
    leave,
    leaveAll(carrier) {
      for (const id of [...carrier.running.keys()]) leave(carrier, id);
    },
    admit(carrier, id, request, asked, lastEventId) {
      leave(carrier, id); // A client that is done with something may use its id again while it is still ending.
      const { session, running } = carrier;
      const { operationName, variables } = asked;
      const subject = session?.caller.subject ?? '';
      const refusal = takeTurn(carrier) ?? caps.begin(subject, running.size);
      const one = new Answering(request, refusal === null ? subject : null);
      running.set(id, one);
      if (refusal !== null) return [asGraphQLError(refusal)];
      const checked = documents.check(asked);
      if ('errors' in checked) return checked.errors;
      const noRoom = documents.inUse.take(subject, checked.good);
      if (noRoom !== null) return [asGraphQLError(noRoom)];
      one.document = checked.good;
      dropUndeclared(variables, checked.operation);
      log.info({}, `${transport} request`); // its name too is a text of the caller's, whatever is in it
      return {
        schema,
        document: checked.document,
        operationName,
        variableValues: variables,
        contextValue: createContext(services, session, () => one.signal, lastEventId),
      };
    },
    execute: (args) =>
      tracing.span(
        `${transport} query`,
        {},
        async () => {
          const result = await execute(args);
          const { cost } = args.contextValue as ApiContext;
          return { ...result, extensions: { ...result.extensions, upstream: upstreamOf(cost) } };
        },
        'server',
      ),
    // To the moment at which its stream is there; that lasts for hours.
    subscribe: (args) => tracing.span(`${transport} subscription`, {}, () => subscribe(args), 'server'),
    hand({ running, outlet }, id, stream, asked) {
      const one = running.get(id);
      const pushed = outlet.add(id, stream, asked);
      running.set(id, new Pushing(one?.subject ?? null, one?.document ?? null, pushed));
    },
    followCaller({ running, session }) {
      if (session === null) return;
      const { subject } = session.caller;
      for (const one of running.values()) {
        if (one.subject === null) continue;
        caps.move(one.subject, subject);
        if (one.document !== null) documents.inUse.move(one.subject, subject, one.document);
        one.subject = subject;
      }
    },
  };
}

/** What is being answered. Hardly any asks for a signal, which is a large thing. */
class Answering implements Running {
  private controller: AbortController | null = null;
  private hasLeft = false;
  document: GoodDocument | null = null;

  constructor(
    readonly request: object,
    public subject: string | null,
  ) {}

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.hasLeft) this.controller.abort();
    return this.controller.signal;
  }

  leave(): void {
    this.hasLeft = true;
    this.controller?.abort();
  }
}

/** A stream that was taken over. */
class Pushing implements Running {
  readonly request = null;

  constructor(
    public subject: string | null,
    readonly document: GoodDocument | null,
    private readonly stream: PushedStream,
  ) {}

  leave(): void {
    this.stream.leave();
  }
}

function asGraphQLError(limit: LimitError): GraphQLError {
  return toGraphQLError(limit) ?? new GraphQLError(limit.message);
}

function tooOften({ operationsPerSecond }: Pick<SocketLimits, 'operationsPerSecond'>): LimitError {
  return new LimitError(
    'OPERATIONS_PER_SECOND',
    `On one socket or stream ${operationsPerSecond} operations may begin per second; wait a moment.`,
  );
}
