import { createClient, type Client } from 'graphql-ws/client';
import { beginningAnew } from './beginning-anew.js';
import { createHeartbeat } from './heartbeat.js';
import { isClosing, OperationsError } from './operations-error.js';
import { readCount, readUrl, readWebSocketImpl, spoken, type ClientOptions, type ConnectionState } from './options.js';
import { resuming } from './resuming.js';
import { type Surroundings } from './surroundings.js';
import { createTokens } from './tokens.js';

/** The one websocket that all tracks of a client share. */
export interface Connection extends Pick<Client, 'subscribe'> {
  /** As it may be said in a message. */
  readonly url: string;
  close(): void;
}

export interface ConnectionOptions extends ClientOptions {
  /** How long it stays open when nothing is tracked any more. */
  readonly lingerMs: number;
}

/** How often a gateway is tried again that was never reached. */
const ATTEMPTS_AT_FIRST = 4;
/** Between a half of this and the whole, then twice as long each time. */
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;
/** From the attempt to the gateway's first word; it has 10 s for the caller's own. */
const CONNECT_WITHIN_MS = 20_000;
/** A connection that fell silent is noticed within both together, about one interval of checks. */
const PING_EVERY_MS = 25_000;
const PONG_WITHIN_MS = 10_000;
/** The gateway's words for a token that it does not take, and for one that has ended. */
const TOKEN_REFUSED = 4401;
const TOKEN_ENDED = 4403;

/** What graphql-ws opens. */
interface Socket {
  readonly readyState: number;
  readonly OPEN: number;
  onmessage: unknown;
  send(data: string): void;
}

/** @throws {OperationsError} BAD_USER_INPUT */
export function openConnection(options: ConnectionOptions, surroundings: Surroundings): Connection {
  const { onConnection, onTokenRefused } = options;
  const url = readUrl(options.url);
  const webSocketImpl = readWebSocketImpl(options.webSocketImpl);
  const retryAttempts = readCount('retryAttempts', options.retryAttempts);
  const tokens = createTokens(options.token);
  let socket: Socket | null = null;
  let wasConnected = false;
  /** In a row, the one that goes on included; none where nobody has waited for one since. */
  let attempts = 0;
  /** The gateway has refused a token, and there may be another one. */
  let isAskedAnew = false;
  /** Where Graph's refusal of a token was told. */
  let refusedOn: Socket | null = null;
  let tracks = 0;
  let endPause = (): void => undefined;

  /** Whoever listens may throw, and it is nobody's business here. */
  const tell = (connection: ConnectionState): void => {
    if (onConnection !== undefined) queueMicrotask(() => onConnection(connection));
  };
  const tellRefused = (error: OperationsError): void => {
    if (onTokenRefused !== undefined) queueMicrotask(() => onTokenRefused(error));
  };

  const say = (message: object): void => {
    if (socket?.readyState === socket?.OPEN) socket?.send(JSON.stringify(message));
  };

  const heartbeat = createHeartbeat(
    {
      everyMs: PING_EVERY_MS,
      answerWithinMs: PONG_WITHIN_MS,
      ask: () => say({ type: 'ping' }),
      giveUp() {
        if (socket !== null) socket.onmessage = null; // what it still may say is asked for again on the next one
        client.terminate();
      },
    },
    surroundings,
  );

  const renewToken = async (claims: unknown): Promise<void> => {
    tokens.expire(typeof claims === 'string' ? claims : undefined);
    if (!tokens.canRenew) return;
    const warned = socket;
    try {
      const authorization = await tokens.ask();
      if (socket === warned) say({ type: 'ping', payload: { authorization } }); // the next one asks for one itself
    } catch (error) {
      if (error instanceof OperationsError) tellRefused(error);
    }
  };

  const client = createClient({
    url: url.href,
    webSocketImpl,
    lazyCloseTimeout: options.lingerMs,
    retryAttempts: Infinity,
    shouldRetry: (problem) =>
      isPassing(problem) &&
      !(tokens.isOver && isTokenEnd(problem)) &&
      attempts <= (retryAttempts ?? (wasConnected ? Infinity : ATTEMPTS_AT_FIRST)),
    async retryWait() {
      if (tracks === 0 || attempts === 0) return; // nobody waits for it, or nobody has waited yet
      const bound = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempts - 1));
      const retryInMs = Math.round((bound * (1 + surroundings.random())) / 2);
      tell({ state: 'waiting', retryInMs });
      await new Promise<void>((resolve) => {
        const cancel = surroundings.wakeIn(retryInMs, resolve);
        endPause = () => {
          cancel();
          resolve();
        };
      });
    },
    async connectionParams() {
      const authorization = await tokens.ask();
      return authorization === null ? undefined : { authorization };
    },
    on: {
      connecting() {
        attempts += 1;
        heartbeat.expect(CONNECT_WITHIN_MS);
        tell({ state: 'connecting' });
      },
      opened: (opened) => void (socket = opened as Socket),
      connected() {
        [attempts, wasConnected] = [1, true];
        heartbeat.heard();
        tokens.accept();
        tell({ state: 'connected' });
      },
      closed(closing) {
        socket = null;
        heartbeat.stop();
        if (!isClosing(closing)) return;
        const { code: closeCode, reason } = closing;
        isAskedAnew = closeCode === TOKEN_REFUSED && tokens.canRenew && !tokens.isRenewed;
        if (tokens.canRenew && (closeCode === TOKEN_REFUSED || closeCode === TOKEN_ENDED)) tokens.expire();
        tell({ state: 'disconnected', closeCode, reason });
      },
      ping(received, payload) {
        if (received && payload?.['tokenExpiresAt'] !== undefined) void renewToken(payload['claims']);
      },
      pong(received, payload) {
        if (!received) return;
        heartbeat.heard();
        if (payload?.['authorization'] === 'accepted') tokens.accept();
        else if (payload?.['authorization'] === 'refused') tellRefused(refusalOf(payload));
      },
    },
  });
  const tracked = resuming(
    beginningAnew(client, {
      // To graphql-ws a refused token is the end of whatever is tracked.
      afterFailure: (problem) => isAskedAnew && isClosing(problem),
      // Where the gateway hands tokens on as they are, it is Graph who refuses one, with the first read.
      afterResult({ errors: [error] = [] }) {
        if (!tokens.canRenew || error?.extensions?.['code'] !== 'UNAUTHENTICATED') return false;
        const { claims } = error.extensions;
        tokens.expire(typeof claims === 'string' ? claims : undefined);
        refusedOn = socket;
        return true;
      },
      prepare() {
        if (socket !== null && socket === refusedOn) client.terminate();
      },
    }),
  );

  return {
    url: spoken(url),
    subscribe(payload, sink) {
      if (tracks === 0 && socket === null) attempts = 0;
      tracks += 1;
      const leave = tracked.subscribe(payload, sink);
      return () => {
        tracks -= 1;
        if (tracks === 0) endPause();
        // Not in the midst of an event: where the end of the stream came with it, graphql-ws would count that twice, and
        // never close the connection.
        queueMicrotask(leave);
      };
    },
    close() {
      endPause();
      // It rejects where there is no connection to close.
      Promise.resolve(client.dispose()).catch(() => undefined);
    },
  };
}

/** What is over by itself, sooner or later; graphql-ws knows the close codes that are not. */
function isPassing(problem: unknown): boolean {
  return isClosing(problem) || !(problem instanceof Error);
}

function isTokenEnd(problem: unknown): boolean {
  return isClosing(problem) && problem.code === TOKEN_ENDED;
}

function refusalOf(payload: Readonly<Record<string, unknown>>): OperationsError {
  const { code, message } = payload;
  return new OperationsError(
    typeof code === 'string' ? code : 'UNAUTHENTICATED',
    typeof message === 'string' ? message : 'The gateway refused the token.',
  );
}
