import { OperationsError } from './operations-error.js';

export interface ClientOptions {
  /**
   * Where the gateway is, `https://…` or `wss://…`. An address without a path gets `/graphql`; one that is relative is
   * relative to the page.
   */
  readonly url: string | URL;
  /** Without the word Bearer. On the sandbox none is needed. */
  readonly token?: string | TokenSource | undefined;
  /** For a runtime that has no WebSocket of its own, such as Node 20: the one of the package `ws`. */
  readonly webSocketImpl?: WebSocketImplementation | undefined;
  /**
   * How often in a row to try again when there is no connection, with growing pauses of up to 30 s. Without it there is
   * no end to it, except where the gateway was never reached: after four times its address is taken to be wrong.
   */
  readonly retryAttempts?: number | undefined;
  /** Hears how the connection is. */
  readonly onConnection?: ((connection: ConnectionState) => void) | undefined;
  /**
   * Hears why a token that was to follow another one did not: `token` failed, or the gateway refused it. The one before
   * serves until it ends.
   */
  readonly onTokenRefused?: ((error: OperationsError) => void) | undefined;
}

/** Called for each connection, and whenever a token is about to end. */
export type TokenSource = (request: TokenRequest) => string | Promise<string>;

export interface TokenRequest {
  /** The token before has ended, or is about to: the next one has to be another. */
  readonly renew: boolean;
  /** What the next token has to satisfy, where Microsoft Graph said so: the challenge, to sign in with. */
  readonly claims?: string;
}

export type ConnectionState =
  | { readonly state: 'connecting' }
  /** Whatever is tracked goes on from here. */
  | { readonly state: 'connected' }
  /** It was closed, by either side. */
  | { readonly state: 'disconnected'; readonly closeCode: number; readonly reason: string }
  /** There is a pause before the next attempt. */
  | { readonly state: 'waiting'; readonly retryInMs: number };

/** A WebSocket's constructor: that of browsers, of Node 22 and later, or of the package `ws`. */
export type WebSocketImplementation = new (
  url: string,
  protocols?: string | string[],
) => {
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
};

const SCHEMES: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' };
const EXAMPLE = 'it is the address of the gateway, such as https://gateway.example/graphql';

/** @throws {OperationsError} BAD_USER_INPUT */
export function readUrl(given: string | URL): URL {
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  const url = parseUrl(String(given), page);
  if (url === null) throw badInput(`url cannot be read: ${EXAMPLE}.`);
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined) throw badInput(`url begins with ${url.protocol}// and cannot be used: ${EXAMPLE}.`);
  url.protocol = scheme;
  url.hash = '';
  if (url.pathname === '/') url.pathname = '/graphql';
  return url;
}

/** As it may be said in a message: without what a query or a password in it might tell. */
export function spoken({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** @throws {OperationsError} BAD_USER_INPUT */
export function readWebSocketImpl(given: WebSocketImplementation | undefined): WebSocketImplementation {
  const found = given ?? (globalThis as { WebSocket?: WebSocketImplementation }).WebSocket;
  if (found === undefined) {
    throw badInput(
      'This runtime has no WebSocket of its own: `npm install ws`, and give webSocketImpl, the WebSocket of that package.',
    );
  }
  if (typeof found !== 'function' || !('OPEN' in found)) {
    throw badInput('webSocketImpl is no WebSocket: give the class itself, such as the WebSocket of the package ws.');
  }
  return found;
}

/** @throws {OperationsError} BAD_USER_INPUT */
export function readCount(name: string, given: number | undefined): number | undefined {
  if (given === undefined || given === Infinity || (Number.isSafeInteger(given) && given >= 0)) return given;
  throw badInput(`${name} is ${String(given)}: it is a whole number from 0, or Infinity.`);
}

export function badInput(message: string): OperationsError {
  return new OperationsError('BAD_USER_INPUT', message);
}

function parseUrl(text: string, base: string | undefined): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null; // the constructor's own word for it; URL.canParse is younger than some browsers
  }
}
