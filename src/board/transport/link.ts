import { createClient, type Client } from 'graphql-ws';
import { createHeartbeat } from '../../client/heartbeat.js';
import { resuming } from '../../client/resuming.js';
import { type Clock } from '../clock.js';
import { fatalReason, waitMs, type Connection, type Token } from './connection.js';

/** The one websocket of the board, kept up, and the token that it is opened with. */
export interface Link {
  /** Its subscriptions go on where they were when the websocket breaks. */
  readonly socket: Client;
  /** What a request over HTTP says of who asks. */
  headers(): Readonly<Record<string, string>>;
  /**
   * Takes another token; null takes it away. One that is awaited is handed over on the socket, so that no stream is
   * lost; any other opens a new one.
   *
   * @returns whether somebody else may ask from now on: what was told is not for them
   */
  setToken(token: string | null): boolean;
  /** Does not wait any longer before it connects again. */
  hurry(): void;
  /** Takes the socket for broken, whatever it says itself. */
  drop(): void;
}

export interface LinkOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onConnection: (connection: Connection) => void;
  readonly onToken: (token: Token) => void;
}

/** A socket that a pulled cable has cut says nothing: it is asked so often, and has so long to answer. */
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 6_000;
/** From the attempt to the gateway's first word: some networks take what is sent and never answer. */
const CONNECT_WITHIN_MS = 15_000;
/** What is added just after the last one has ended needs no socket of its own. */
const LINGER_MS = 10_000;

export function createLink({ url, clock, random, onConnection, onToken }: LinkOptions): Link {
  /** The only place where it is. */
  let token: string | null = null;
  let offered: string | null = null;
  let isEnding = false;
  let opened: WebSocket | null = null;
  let endWait: (() => void) | null = null;
  let isInHurry = false;
  /** Whether the next connection is opened with another token than the last. */
  let isOther = false;

  const authorization = (): { authorization?: string } => (token === null ? {} : { authorization: `Bearer ${token}` });

  const heartbeat = createHeartbeat(
    {
      everyMs: PING_EVERY_MS,
      answerWithinMs: PONG_WITHIN_MS,
      ask: () => opened?.send(JSON.stringify({ type: 'ping' })),
      giveUp: () => socket.terminate(),
    },
    { wakeIn: (ms, wake) => clock.wakeAt(clock.now() + ms, wake) },
  );

  const waitBeforeRetry = (retries: number): Promise<void> =>
    new Promise((resolve) => {
      const until = clock.now() + (isInHurry ? 0 : waitMs(retries, random));
      isInHurry = false;
      onConnection({ kind: 'waiting', until });
      const cancel = clock.wakeAt(until, () => endWait?.());
      endWait = () => {
        cancel();
        endWait = null;
        resolve();
      };
    });

  const socket = createClient({
    url,
    connectionParams: authorization,
    lazyCloseTimeout: LINGER_MS,
    retryAttempts: Infinity,
    retryWait: waitBeforeRetry,
    shouldRetry: () => true,
    on: {
      connecting: () => {
        heartbeat.expect(CONNECT_WITHIN_MS);
        onConnection({ kind: 'connecting' });
      },
      opened: (it) => (opened = it as WebSocket),
      connected: (_socket, _payload, wasRetry) => {
        heartbeat.heard();
        isEnding = false;
        isInHurry = false;
        onConnection({ kind: 'connected', resumed: wasRetry && !isOther ? 'back' : 'first' });
        isOther = false;
        onToken(token === null ? { kind: 'none' } : { kind: 'held' });
      },
      ping: (received, payload) => {
        const endsAt = payload?.['tokenExpiresAt'];
        if (!received || typeof endsAt !== 'string') return;
        isEnding = true;
        onToken({ kind: 'ending', at: Date.parse(endsAt) });
      },
      pong: (received, payload) => {
        if (!received) return;
        heartbeat.heard();
        if (payload?.['authorization'] === 'refused') {
          offered = null;
          onToken({ kind: 'refused', message: String(payload['message']) });
        } else if (payload?.['authorization'] === 'accepted') {
          token = offered ?? token;
          offered = null;
          isEnding = false;
          onToken({ kind: 'held' });
        }
      },
      closed: (event) => {
        heartbeat.stop();
        opened = null;
        token = offered ?? token;
        offered = null;
        const { code, reason } = readClose(event);
        const fatal = fatalReason(code, reason);
        if (fatal !== null) onConnection({ kind: 'refused', message: fatal });
        else if (code === NORMAL_CLOSURE) onConnection({ kind: 'idle' });
      },
    },
  });

  const hurry = (): void => {
    if (endWait !== null) endWait();
    else if (opened === null) isInHurry = true; // one that is up has nothing to hurry for
  };

  return {
    socket: resuming(socket),
    headers: authorization,
    setToken(next) {
      if (next !== null && isEnding && opened !== null) {
        offered = next;
        opened.send(JSON.stringify({ type: 'ping', payload: { authorization: `Bearer ${next}` } }));
        return false;
      }
      offered = null; // what was offered before is not to come after it
      token = next;
      isOther = true;
      onToken(token === null ? { kind: 'none' } : { kind: 'held' });
      if (opened !== null) {
        isInHurry = true;
        socket.terminate();
      } else endWait?.();
      return true;
    },
    hurry,
    drop: () => {
      if (opened !== null) socket.terminate();
    },
  };
}

const NORMAL_CLOSURE = 1000;

/** A socket that could not be opened is an event without a code; whatever it was, it may pass. */
function readClose(event: unknown): { readonly code: number; readonly reason: string } {
  if (typeof event !== 'object' || event === null || !('code' in event) || typeof event.code !== 'number') {
    return { code: 1006, reason: '' };
  }
  return { code: event.code, reason: 'reason' in event && typeof event.reason === 'string' ? event.reason : '' };
}
