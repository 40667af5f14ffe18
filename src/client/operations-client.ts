import { openConnection } from './connection.js';
import { TRACK_HOST, TRACK_OPERATION } from './documents.js';
import {
  type ChangeFieldsFragment,
  type OperationFieldsFragment,
  type OperationFilter,
  type OperationHost,
  type OperationRef,
  type TrackHostSubscriptionVariables,
  type TrackOperationSubscriptionVariables,
} from './generated/types.js';
import { newestOfEach } from './newest-of-each.js';
import { OperationsError, toOperationsError } from './operations-error.js';
import { badInput, type ClientOptions } from './options.js';
import { pull, type Pulled } from './pull.js';
import { realSurroundings, type Surroundings } from './surroundings.js';

/** A long-running operation of Microsoft Graph, with all that the gateway tells of it. */
export type Operation = OperationFieldsFragment;
/** An operation, and what happened to it. */
export type OperationStatusChange = ChangeFieldsFragment;
/** Changes, to be read with `for await`; to leave the loop is to leave the subscription. */
export type OperationStatusChanges = AsyncIterableIterator<OperationStatusChange, undefined, undefined>;

export interface TrackOptions {
  /** The `cursor` of the last change that is known: what came after it is told first. Behind the end there is nothing. */
  readonly after?: string | null | undefined;
  /** Ends it: whoever waits for a change gets the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface TrackHostOptions extends TrackOptions {
  /** Which of its operations; all without it. One that was told once is told to its end. */
  readonly filter?: OperationFilter | null | undefined;
  /** Hears why nothing more will be told of one of the operations; the others go on. */
  readonly onFailure?: ((error: OperationsError) => void) | undefined;
}

export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Rejects with TIMED_OUT after so long; without it there is no end to waiting. */
  readonly timeoutSeconds?: number | undefined;
  /** Hears of the state now, and of each change. */
  readonly onProgress?: ((change: OperationStatusChange) => void) | undefined;
}

/** Many tracks on one connection. It is opened by the first of them, and again by itself whenever it is lost. */
export interface OperationsClient {
  /** The state now, then each change, once and in order; the one to a terminal state is the last. */
  trackOperation(ref: OperationRef, options?: TrackOptions): OperationStatusChanges;
  /** The same for everything in a team or a chat, what begins later included. It does not end by itself. */
  trackHost(host: OperationHost, options?: TrackHostOptions): OperationStatusChanges;
  /** Resolves with the operation when it has ended; whether well or badly, its `state` tells. */
  waitForOperation(ref: OperationRef, options?: WaitOptions): Promise<Operation>;
  /** Ends all tracks, as if their readers had left, and the connection. Who waits for an operation gets CLIENT_CLOSED. */
  close(): void;
}

/** Of a connection that others may want again in a moment. */
const LINGER_MS = 1_000;

/** @throws {OperationsError} BAD_USER_INPUT, where the options cannot be right */
export function createOperationsClient(options: ClientOptions): OperationsClient {
  return openClient({ ...options, lingerMs: LINGER_MS });
}

/** The state now, then each change, once and in order; the one to a terminal state is the last. */
export function trackOperation(
  options: ClientOptions & TrackOptions & { readonly ref: OperationRef },
): OperationStatusChanges {
  return openClient({ ...options, lingerMs: 0 }).trackOperation(options.ref, options);
}

/** The same for everything in a team or a chat, what begins later included. It does not end by itself. */
export function trackHost(
  options: ClientOptions & TrackHostOptions & { readonly host: OperationHost },
): OperationStatusChanges {
  return openClient({ ...options, lingerMs: 0 }).trackHost(options.host, options);
}

/** Resolves with the operation when it has ended; whether well or badly, its `state` tells. */
export async function waitForOperation(
  options: ClientOptions & WaitOptions & { readonly ref: OperationRef },
): Promise<Operation> {
  return openClient({ ...options, lingerMs: 0 }).waitForOperation(options.ref, options);
}

/** As a payload of graphql-ws. */
interface Subscription {
  readonly query: string;
  readonly variables: TrackOperationSubscriptionVariables | TrackHostSubscriptionVariables;
}

interface Reading extends TrackOptions {
  /** Its reader may know the end already: then the gateway has nothing to tell, and ends the stream. */
  readonly mayBeOver: boolean;
  readonly isLast: (change: OperationStatusChange) => boolean;
  readonly onFailure?: ((error: OperationsError) => void) | undefined;
}

export function openClient(
  options: ClientOptions & { readonly lingerMs: number },
  surroundings: Surroundings = realSurroundings,
): OperationsClient {
  const connection = openConnection(options, surroundings);
  const tracks = new Set<Pulled<OperationStatusChange>>();
  let isClosed = false;

  const track = (
    subscription: Subscription,
    { mayBeOver, isLast, onFailure, signal }: Reading,
  ): Pulled<OperationStatusChange> => {
    const changes = pull<OperationStatusChange>({
      signal,
      squeeze: newestOfEach,
      onOver: () => void tracks.delete(changes),
      begin({ put, end }) {
        if (isClosed) {
          end(closed());
          return () => undefined;
        }
        tracks.add(changes);
        /** Of the last event, if that was one. */
        let failure: OperationsError | null = null;
        let isTold = false;
        return connection.subscribe<{ change: OperationStatusChange }>(subscription, {
          next({ data, errors }) {
            isTold = true;
            failure = errors === undefined ? null : toOperationsError(errors, connection.url);
            if (failure !== null && onFailure !== undefined) reportTo(onFailure, failure);
            if (data == null) return;
            put(data.change);
            // The end that is said is not waited for: who lost it would be told the last change once more.
            if (isLast(data.change)) end();
          },
          error: (problem) => end(toOperationsError(problem, connection.url)),
          complete: () => end(failure ?? (mayBeOver && !isTold ? undefined : endedEarly())),
        });
      },
    });
    return changes;
  };

  const trackOne = (ref: OperationRef, { after, signal }: TrackOptions = {}): Pulled<OperationStatusChange> =>
    track(
      { query: TRACK_OPERATION, variables: { refs: [readObject('ref', ref)], after } },
      { signal, mayBeOver: after != null, isLast: ({ operation }) => operation.terminal },
    );

  return {
    trackOperation: trackOne,

    trackHost(host, { filter, after, signal, onFailure } = {}) {
      const variables = { host: readObject('host', host), filter, after };
      return track({ query: TRACK_HOST, variables }, { signal, onFailure, mayBeOver: false, isLast: () => false });
    },

    async waitForOperation(ref, { signal, timeoutSeconds, onProgress } = {}) {
      const timeoutMs = readTimeout(timeoutSeconds);
      const changes = trackOne(ref, { signal });
      const cancel = timeoutMs === null ? null : surroundings.wakeIn(timeoutMs, () => changes.cut(timedOut(timeoutMs)));
      try {
        for await (const change of changes) {
          onProgress?.(change);
          if (change.operation.terminal) return change.operation;
        }
        throw closed();
      } finally {
        cancel?.();
      }
    },

    close() {
      isClosed = true;
      for (const changes of [...tracks]) changes.cut();
      connection.close();
    },
  };
}

function reportTo(onFailure: (error: OperationsError) => void, error: OperationsError): void {
  queueMicrotask(() => onFailure(error)); // it may throw, and that is nobody's business here
}

/** The gateway says what is wrong inside of it; a text where an object belongs it would call a syntax error. */
function readObject<T>(name: string, given: T): T {
  if (typeof given === 'object' && given !== null) return given;
  const example = name === 'ref' ? "{ location: '/teams/…/operations/…' }" : "{ teamId: '…' }";
  throw badInput(`${name} is no object: give one, such as ${example}.`);
}

function readTimeout(seconds: number | undefined): number | null {
  if (seconds === undefined || seconds === Infinity) return null;
  if (!(seconds > 0)) throw badInput(`timeoutSeconds is ${seconds}: it is a number above 0.`);
  return Math.min(seconds * 1_000, MAX_TIMEOUT_MS);
}

/** What a timer can be set to. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

function timedOut(ms: number): OperationsError {
  return new OperationsError('TIMED_OUT', `The operation had not ended after ${ms / 1_000} s.`);
}

function closed(): OperationsError {
  return new OperationsError('CLIENT_CLOSED', 'This client was closed.');
}

function endedEarly(): OperationsError {
  return new OperationsError('CONNECTION_FAILED', 'The gateway ended the stream and did not say why.');
}
