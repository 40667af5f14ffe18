import { type ExecutionArgs, type FormattedExecutionResult } from 'graphql';
import { CloseCode, makeServer } from 'graphql-ws';
import { CODES, formatError, type ErrorReport } from '../api/errors.js';
import { type TokenBucket } from '../lib/token-bucket.js';
import { GraphError, type LimitError } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { isEventStream } from '../poll/stream.js';
import { type FanOut, type Outlet, type OutletOwner, type Sink } from './fan-out.js';
import { formatResult } from './results.js';
import { createRunner, type Carrier, type RunnerOptions } from './running.js';
import { openSession, type Identify, type Session, type SessionClient, type SessionOptions } from './session.js';
import { SubscriptionEvents } from './subscribe.js';

export interface ProtocolOptions extends Omit<RunnerOptions, 'transport' | 'log'> {
  readonly identify: Identify;
  readonly fanOut: FanOut;
  readonly report: ErrorReport;
}

/** What is kept of each connection. */
export interface Connection extends Carrier, SessionClient {
  /** The Authorization header of the upgrade; forgotten once it was used. */
  authorization: string | undefined;
  /** Null until connection_init was taken. */
  session: Session | null;
  isOpen: boolean;
  /** What graphql-ws knows to run, by id. */
  operations: Record<string, unknown>;
  /** Ends the wait for connection_init. */
  greeted: () => void;
  close(code: number, reason: string): void;
  /** Says something that belongs to no operation. */
  say(message: object): void;
}

export type Protocol = ReturnType<typeof createProtocol>;

/** GraphQL over any transport of messages, protocol `graphql-transport-ws`. */
export function createProtocol(options: ProtocolOptions) {
  const { identify, fanOut, clock, report } = options;
  const sessions: SessionOptions = { identify, clock };
  const runner = createRunner({ ...options, transport: 'websocket', log: report.log });

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
      const admitted = runner.admit(extra, id, payload, { ...others, query, operationName, variables });
      return 'schema' in admitted ? admitted : [...admitted];
    },
    execute: (args: ExecutionArgs) => runner.execute(args),
    subscribe: (args: ExecutionArgs) => runner.subscribe(args),
    async onOperation({ extra }, id, payload, args, result) {
      if (extra.running.get(id)?.request !== payload) {
        if ('return' in result) await result.return(undefined);
        await never();
      } else if (result instanceof SubscriptionEvents && isEventStream(result.source)) {
        runner.hand(extra, id, result.source, args);
        await never(); // so that nothing of how it began is held while it lasts
      }
    },
    onNext: (_context, _id, _payload, _args, result): FormattedExecutionResult | undefined =>
      result.errors && formatResult(result, report),
    onError({ extra }, id, payload, errors) {
      if (extra.running.get(id)?.request !== payload) return never();
      runner.leave(extra, id);
      return errors.map((error) => formatError(error, report));
    },
    onComplete({ extra }, id, payload) {
      if (extra.running.get(id)?.request !== payload) return never();
      runner.leave(extra, id);
    },
  });

  return {
    /** Takes up a connection. @returns what is to be called when it is closed */
    opened: server.opened.bind(server),
    leave: (connection: Connection, id: string): void => runner.leave(connection, id),
    followCaller: (connection: Connection): void => runner.followCaller(connection),
    /** Where the streams of a connection are written to. */
    openOutlet: (sink: Sink, owner: OutletOwner): Outlet => fanOut.open(sink, owner),
    /** A stream of the connection has ended, and its client was told: the id is free, as it is after graphql-ws's own. */
    ended(connection: Connection, id: string): void {
      runner.leave(connection, id);
      Reflect.deleteProperty(connection.operations, id);
    },
    newBucket: (): TokenBucket => runner.newBucket(),
    /** A ping may bring another token; the pong says what came of it. */
    async hearPing(connection: Connection, payload: unknown): Promise<void> {
      const { session } = connection;
      const authorization = isJsonObject(payload) ? payload['authorization'] : undefined;
      const refusal = runner.takeTurn(connection);
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
      runner.leaveAll(connection);
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

/**
 * Stops graphql-ws from going on with what nobody waits for any more: it would say the next word under an id that means
 * something else by now. Nothing holds on to the promise, so it goes with its socket.
 */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
