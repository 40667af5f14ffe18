import {
  getOperationAST,
  OperationTypeNode,
  type ExecutionArgs,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import { type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { formatError, type ErrorReport } from '../api/errors.js';
import { type Clock } from '../lib/clock.js';
import { type TokenBucket } from '../lib/token-bucket.js';
import { type Caller } from '../operation/scope.js';
import { isEventStream } from '../poll/stream.js';
import { FULL_BYTES, type FanOut, type Outlet, type OutletOwner, type Push, type Sink } from './fan-out.js';
import { formatResult } from './results.js';
import { type Carrier, type Runner, type Running, type RunRequest } from './running.js';
import { openSession, type ExpiryNotice, type Identify, type Session, type SessionClient } from './session.js';
import { commentOf, eventsOf, KEEP_ALIVE } from './sse-events.js';
import { SubscriptionEvents } from './subscribe.js';

/** What all streams have in common. */
export interface StreamSurroundings {
  readonly runner: Runner;
  readonly fanOut: FanOut;
  readonly identify: Identify;
  readonly clock: Clock;
  readonly report: ErrorReport;
  /** What may wait for a reader. */
  readonly unreadBytes: number;
}

/** How long a client has to take the last events before its connection is cut. */
const COMPLETE_WITHIN_MS = 20_000;
/** The same for a client that is told to go. */
const CLOSE_WITHIN_MS = 1_000;
const EXPIRED = 'The token has ended: come back with another one.';
const INTERNAL: GraphQLFormattedError = {
  message: 'Internal error.',
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};

/**
 * One stream of server-sent events, and all that runs on it: one operation, or those of a client that reserved it.
 * Whoever it serves is known from the start, and stays the same to its end.
 */
export class SseConnection implements Carrier, SessionClient, OutletOwner, Sink {
  readonly running = new Map<string, Running>();
  readonly session: Session;
  readonly outlet: Outlet;
  readonly bucket: TokenBucket;
  /** Resolves when it has ended and its client was told, or is gone. */
  readonly closed: Promise<void>;
  isOpen = true;
  private tellClosed: () => void = () => undefined;
  private response: ServerResponse | null = null;
  private socket: Socket | null = null;
  /** What is for a client that has reserved the stream and not opened it. */
  private unsent: Buffer[] = [];
  private unsentBytes = 0;
  private waiting: (() => void)[] = [];
  /** Whether what kept it alive last is on its way. */
  private isTaking = true;
  private claims: string | undefined;

  /** @param isShared see `eventsOf` */
  constructor(
    private readonly surroundings: StreamSurroundings,
    caller: Caller,
    readonly isShared: boolean,
  ) {
    const { runner, fanOut, identify, clock } = surroundings;
    this.closed = new Promise((resolve) => (this.tellClosed = resolve));
    this.outlet = fanOut.open(this, this);
    this.bucket = runner.newBucket();
    // There is no way to hand over another token, so nobody waits for one.
    this.session = openSession(caller, this, { identify, clock, renewWithinMs: 0 });
  }

  /** The client is there: `response` has its head, and its body is what comes. */
  open(response: ServerResponse, socket: Socket): void {
    this.response = response;
    this.socket = socket;
    if (socket.destroyed) {
      this.hasGone();
      return;
    }
    response.once('close', this.hasGone);
    socket.once('close', this.hasGone);
    response.write(KEEP_ALIVE); // some browsers take a stream for open only when something has come
    for (const bytes of this.unsent.splice(0)) response.write(bytes);
    for (const goOn of this.waiting.splice(0)) goOn();
  }

  get isOpened(): boolean {
    return this.response !== null;
  }

  isOf({ scope, subject }: Caller): boolean {
    const { caller } = this.session;
    return caller.scope === scope && caller.subject === subject;
  }

  /** @returns why it cannot run; what comes of it later is told in the stream. Nothing runs for a client that has gone. */
  begin(id: string, asked: RunRequest, lastEventId?: string): readonly GraphQLFormattedError[] | null {
    if (!this.isOpen) return null;
    const { runner, report } = this.surroundings;
    const request = {};
    const admitted = runner.admit(this, id, request, asked, lastEventId);
    if (!('schema' in admitted)) {
      runner.leave(this, id);
      return admitted.map((error) => formatError(error, report));
    }
    this.answer(id, request, admitted).catch((error: unknown) => {
      report.log.error({ err: error }, 'event stream request failed');
      if (this.running.get(id)?.request === request) this.tell(id, { errors: [INTERNAL] });
    });
    return null;
  }

  /** The client wants no more of one of its operations. */
  leave(id: string): void {
    this.surroundings.runner.leave(this, id);
  }

  /** All that there is to say of an operation. */
  tell(id: string, result: FormattedExecutionResult): void {
    this.leave(id);
    this.write([
      { key: id, ...payloadOf(result) },
      { key: id, payload: null },
    ]);
  }

  /** Has the client tell by reading on that it is there; one that does not is not written to for ever. */
  keepAlive(): void {
    if (this.response === null || !this.isOpen) return;
    if (!this.isTaking) {
      this.hangUpOnSlow();
      return;
    }
    this.isTaking = false;
    this.response.write(KEEP_ALIVE, () => (this.isTaking = true));
  }

  /** Ends the stream without completing what runs in it, which makes clients come back. @param reason for who looks */
  hangUp(reason: string): void {
    if (this.isOpen) this.end(CLOSE_WITHIN_MS, commentOf(reason));
  }

  warn({ tokenExpiresAt, claims }: ExpiryNotice): void {
    this.claims = claims;
    this.send(Buffer.from(commentOf(`UNAUTHENTICATED from ${tokenExpiresAt} on: come back with another token`)));
  }

  expire(): void {
    const { claims } = this;
    const extensions = { code: 'UNAUTHENTICATED', ...(claims !== undefined && { claims }) };
    const ending = payloadOf({ errors: [{ message: EXPIRED, extensions }] });
    this.write([...this.running.keys()].map((key) => ({ key, ...ending })));
    this.hangUp('UNAUTHENTICATED');
  }

  hasAnotherCaller(): void {
    this.surroundings.runner.followCaller(this);
  }

  hasEnded(key: string): void {
    this.leave(key);
  }

  get isFull(): boolean {
    const { response } = this;
    return response === null || (response.writableNeedDrain && response.writableLength > FULL_BYTES);
  }

  get wantsCursors(): boolean {
    return !this.isShared;
  }

  whenRoom(goOn: () => void): void {
    if (this.response === null) this.waiting.push(goOn);
    else this.response.once('drain', goOn);
  }

  write(pushes: readonly Push[]): void {
    if (pushes.length > 0) this.send(eventsOf(pushes, this.isShared));
    if (!this.isShared && this.isOpen && pushes.some(({ payload }) => payload === null)) this.end(COMPLETE_WITHIN_MS);
  }

  private async answer(id: string, request: object, args: ExecutionArgs): Promise<void> {
    const { runner, report } = this.surroundings;
    const isSubscription =
      getOperationAST(args.document, args.operationName)?.operation === OperationTypeNode.SUBSCRIPTION;
    const result = isSubscription ? await runner.subscribe(args) : await runner.execute(args);
    if (this.running.get(id)?.request !== request) {
      if (result instanceof SubscriptionEvents) await result.return();
    } else if (!(result instanceof SubscriptionEvents)) {
      this.tell(id, formatResult(result, report));
    } else if (isEventStream(result.source)) {
      runner.hand(this, id, result.source, args);
    } else {
      throw new Error('What is subscribed to tells no changes.');
    }
  }

  private send(bytes: Buffer): void {
    const { response } = this;
    if (!this.isOpen) return;
    const unread = response?.writableLength ?? this.unsentBytes;
    if (unread > this.surroundings.unreadBytes) {
      this.hangUpOnSlow();
    } else if (response === null) {
      this.unsent.push(bytes);
      this.unsentBytes += bytes.length;
    } else {
      response.write(bytes);
    }
  }

  private hangUpOnSlow(): void {
    const { report, unreadBytes } = this.surroundings;
    report.refused('UNREAD_BYTES');
    this.hangUp(`LIMIT_EXCEEDED UNREAD_BYTES: more than ${unreadBytes} bytes were not read`);
  }

  private end(withinMs: number, last = ''): void {
    const { response, socket } = this;
    this.release();
    if (response === null || socket === null) {
      this.tellClosed();
      return;
    }
    response.end(last);
    const { clock } = this.surroundings;
    const cancel = clock.wakeAt(clock.now() + withinMs, () => socket.destroy());
    socket.once('close', cancel);
  }

  private readonly hasGone = (): void => {
    this.release();
    this.tellClosed();
  };

  /** Nothing is told any more. */
  private release(): void {
    this.isOpen = false;
    this.session.end();
    this.outlet.close();
    this.surroundings.runner.leaveAll(this);
    this.unsent = [];
    this.waiting = [];
  }
}

function payloadOf(
  result: FormattedExecutionResult,
): Exclude<Pick<Push, 'payload'>, { payload: null }> & { cursor: '' } {
  const bytes = Buffer.from(JSON.stringify(result));
  return { payload: { pieces: [bytes], bytes: bytes.length }, cursor: '' };
}
