import { execute, GraphQLError, type ExecutionArgs, type FormattedExecutionResult, type GraphQLSchema } from 'graphql';
import { CloseCode, makeServer, type SubscribePayload } from 'graphql-ws';
import { createContext, type ApiContext, type ApiServices } from '../api/context.js';
import { CODES, formatError, toGraphQLError, type ErrorReport } from '../api/errors.js';
import { upstreamOf } from '../api/upstream.js';
import { type Clock } from '../lib/clock.js';
import { createTokenBucket, type TokenBucket, type TokenBucketOptions } from '../lib/token-bucket.js';
import { noTracing, type Tracing } from '../lib/tracing.js';
import { GraphError, LimitError } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { isEventStream } from '../poll/stream.js';
import { type GoodDocument } from './documents-in-use.js';
import { dropUndeclared, type Documents } from './documents.js';
import { type FanOut, type Outlet, type OutletOwner, type PushedStream, type Sink } from './fan-out.js';
import { formatResult } from './results.js';
import { openSession, type Identify, type Session, type SessionClient, type SessionOptions } from './session.js';
import { type SocketCaps, type SocketLimits } from './socket-caps.js';
import { createSubscribe, SubscriptionEvents } from './subscribe.js';

export interface ProtocolOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly services: ApiServices;
  readonly identify: Identify;
  readonly fanOut: FanOut;
  readonly tracing?: Tracing;
  readonly caps: SocketCaps;
  readonly limits: Pick<SocketLimits, 'operationsPerSecond' | 'subscriptionsPerSocket'>;
  readonly clock: Clock;
  readonly report: ErrorReport;
}

/** What is kept of each connection. */
export interface Connection extends SessionClient {
  /** The Authorization header of the upgrade; forgotten once it was used. */
  authorization: string | undefined;
  /** Null until connection_init was taken. */
  session: Session | null;
  isOpen: boolean;
  /** What was asked for last under each id, and has not ended. */
  readonly running: Map<string, Running>;
  /** What graphql-ws knows to run, by id. */
  operations: Record<string, unknown>;
  /** Where what is told to its streams is written. */
  readonly outlet: Outlet;
  /** How often an operation may begin. */
  readonly bucket: TokenBucket;
  /** Ends the wait for connection_init. */
  greeted: () => void;
  close(code: number, reason: string): void;
  /** Says something that belongs to no operation. */
  say(message: object): void;
}

export interface Running {
  /** What graphql-ws knows it by; null where it was taken over, and graphql-ws has forgotten all of it but its id. */
  readonly payload: SubscribePayload | null;
  /** By whom its place is counted; null where it has none. */
  subject: string | null;
  /** Its document, counted by the same; null where it came to none. */
  readonly document: GoodDocument | null;
  /** Its client wants no more of it. */
  leave(): void;
}

/** An operation that is being answered. Hardly any asks for a signal, which is a large thing. */
class Answering implements Running {
  private controller: AbortController | null = null;
  private hasLeft = false;
  document: GoodDocument | null = null;

  constructor(
    readonly payload: SubscribePayload,
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
  readonly payload = null;

  constructor(
    public subject: string | null,
    readonly document: GoodDocument | null,
    private readonly stream: PushedStream,
  ) {}

  leave(): void {
    this.stream.leave();
  }
}

export type Protocol = ReturnType<typeof createProtocol>;

/** GraphQL over any transport of messages, protocol `graphql-transport-ws`. */
export function createProtocol(options: ProtocolOptions) {
  const { schema, documents, services, identify, fanOut, caps, limits, clock, report } = options;
  const { tracing = noTracing } = options;
  const { log } = report;
  const subscribe = createSubscribe(schema);
  const sessions: SessionOptions = { identify, clock };
  const rate: TokenBucketOptions = {
    clock,
    perSecond: limits.operationsPerSecond,
    // Whoever comes back begins at once with all that it had.
    burst: Math.max(limits.operationsPerSecond, limits.subscriptionsPerSocket),
  };

  const server = makeServer<Record<string, unknown>, Connection>({
    connectionInitWaitTimeout: 0, // our clock keeps it
    async onConnect({ connectionParams, subscriptions, extra }) {
      extra.greeted();
      extra.greeted = () => undefined; // it has been, and nothing of the wait is kept
      extra.operations = subscriptions;
      const named = connectionParams?.['authorization'] ?? extra.authorization;
      // Tokens are held by whoever uses them, and nowhere else.
      if (connectionParams !== undefined) Reflect.set(connectionParams, 'authorization', undefined);
      extra.authorization = undefined;
      const caller = named === undefined || typeof named === 'string' ? await identify(named) : null;
      if (caller === null || caller instanceof GraphError) {
        refuseConnection(extra, caller);
        return never();
      }
      if (!extra.isOpen) return never();
      extra.session = openSession(caller, extra, sessions);
      return true;
    },
    onSubscribe({ extra }, id, payload) {
      const { query, operationName, variables, ...others } = payload;
      // It stands for its operation until that ends, and nobody reads it again.
      for (const name of Object.keys(payload)) Reflect.deleteProperty(payload, name);
      leave(extra, id); // A client that is done with something may use its id again while it is still ending.
      const subject = extra.session?.caller.subject ?? '';
      const refusal = extra.bucket.take() ? caps.begin(subject, extra.running.size) : tooOften(limits);
      const one = new Answering(payload, refusal === null ? subject : null);
      extra.running.set(id, one);
      if (refusal !== null) return [toGraphQLError(refusal) ?? new GraphQLError(refusal.message)];
      const checked = documents.check({ ...others, query, operationName, variables });
      if ('errors' in checked) return [...checked.errors];
      const noRoom = documents.inUse.take(subject, checked.good);
      if (noRoom !== null) return [toGraphQLError(noRoom) ?? new GraphQLError(noRoom.message)];
      one.document = checked.good;
      dropUndeclared(variables, checked.operation);
      log.info({}, 'websocket request'); // its name too is a text of the caller's, whatever is in it
      return {
        schema,
        document: checked.document,
        operationName,
        variableValues: variables,
        contextValue: createContext(services, extra.session, () => one.signal),
      };
    },
    execute: (args: ExecutionArgs) =>
      tracing.span(
        'websocket query',
        {},
        async () => {
          const result = await execute(args);
          const { cost } = args.contextValue as ApiContext;
          return { ...result, extensions: { ...result.extensions, upstream: upstreamOf(cost) } };
        },
        'server',
      ),
    // To the moment at which its stream is there; that lasts for hours.
    subscribe: (args: ExecutionArgs) => tracing.span('websocket subscription', {}, () => subscribe(args), 'server'),
    async onOperation({ extra }, id, payload, args, result) {
      const one = extra.running.get(id);
      if (one?.payload !== payload) {
        if ('return' in result) await result.return(undefined);
        await never();
      } else if (result instanceof SubscriptionEvents && isEventStream(result.source)) {
        const pushed = extra.outlet.add(id, result.source, args);
        extra.running.set(id, new Pushing(one.subject, one.document, pushed));
        await never(); // so that nothing of how it began is held while it lasts
      }
    },
    onNext: (_context, _id, _payload, _args, result): FormattedExecutionResult | undefined =>
      result.errors && formatResult(result, report),
    onError({ extra }, id, payload, errors) {
      if (extra.running.get(id)?.payload !== payload) return never();
      leave(extra, id);
      return errors.map((error) => formatError(error, report));
    },
    onComplete({ extra }, id, payload) {
      if (extra.running.get(id)?.payload !== payload) return never();
      leave(extra, id);
    },
  });

  /** An operation is over, or its client wants no more of it: its room is free at once. */
  const leave = ({ running }: Connection, id: string): void => {
    const one = running.get(id);
    if (one === undefined) return;
    running.delete(id);
    if (one.subject !== null) {
      caps.end(one.subject);
      if (one.document !== null) documents.inUse.giveBack(one.subject, one.document);
    }
    one.leave();
  };

  /** What runs on a socket is its caller's, whoever that is by now. */
  const followCaller = ({ running, session }: Connection): void => {
    if (session === null) return;
    const { subject } = session.caller;
    for (const one of running.values()) {
      if (one.subject === null) continue;
      caps.move(one.subject, subject);
      if (one.document !== null) documents.inUse.move(one.subject, subject, one.document);
      one.subject = subject;
    }
  };

  return {
    /** Takes up a connection. @returns what is to be called when it is closed */
    opened: server.opened.bind(server),
    leave,
    followCaller,
    /** Where the streams of a connection are written to. */
    openOutlet: (sink: Sink, owner: OutletOwner): Outlet => fanOut.open(sink, owner),
    /** A stream of the connection has ended, and its client was told: the id is free, as it is after graphql-ws's own. */
    ended(connection: Connection, id: string): void {
      leave(connection, id);
      Reflect.deleteProperty(connection.operations, id);
    },
    newBucket: (): TokenBucket => createTokenBucket(rate),
    /** A ping may bring another token; the pong says what came of it. */
    async hearPing(connection: Connection, payload: unknown): Promise<void> {
      const { session, bucket } = connection;
      const authorization = isJsonObject(payload) ? payload['authorization'] : undefined;
      const refusal = bucket.take() ? null : tooOften(limits);
      if (refusal !== null) report.refused(refusal.limit);
      if (authorization === undefined || session === null) {
        if (refusal !== null) return;
        // What is not for us goes back as it came, but never with a token in it.
        connection.say({ type: 'pong', ...(isJsonObject(payload) && authorization === undefined && { payload }) });
        return;
      }
      const problem = refusal ?? (await session.renew(typeof authorization === 'string' ? authorization : ''));
      connection.say({
        type: 'pong',
        payload: problem === null ? { authorization: 'accepted' } : refusedPing(problem),
      });
    },
    /** The connection is gone, with all that ran on it. */
    closed(connection: Connection): void {
      connection.isOpen = false;
      connection.greeted();
      connection.session?.end();
      connection.outlet.close();
      for (const id of [...connection.running.keys()]) leave(connection, id);
    },
  };
}

/** 4401 where the token is wrong; 4403, which clients try again, where whoever could tell did not answer. */
function refuseConnection(connection: Connection, error: GraphError | null): void {
  if (error === null) connection.close(CloseCode.Unauthorized, 'connection_init needs an authorization: Bearer …');
  else if (error.reason.kind === 'unauthenticated') connection.close(CloseCode.Unauthorized, error.message);
  else connection.close(CloseCode.Forbidden, error.message);
}

function refusedPing(error: GraphError | LimitError): object {
  const code = error instanceof GraphError ? CODES[error.reason.kind] : 'LIMIT_EXCEEDED';
  return { authorization: 'refused', code, message: error.message };
}

function tooOften({ operationsPerSecond }: Pick<SocketLimits, 'operationsPerSecond'>): LimitError {
  return new LimitError(
    'OPERATIONS_PER_SECOND',
    `On one socket ${operationsPerSecond} operations may begin per second; wait a moment.`,
  );
}

/**
 * Stops graphql-ws from going on with what nobody waits for any more: it would say the next word under an id that means
 * something else by now. Nothing holds on to the promise, so it goes with its socket.
 */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
