import { OperationsError } from './operations-error.js';
import { badInput, type TokenRequest, type TokenSource } from './options.js';

/** What a caller says of who it is. */
export interface Tokens {
  /** Whether there may be another one than the first. */
  readonly canRenew: boolean;
  /** The last one had to be another than the one before, and the gateway has not taken it yet. */
  readonly isRenewed: boolean;
  /** The only one there is has ended. */
  readonly isOver: boolean;
  /** The next one has to be another. */
  expire(claims?: string): void;
  /** The gateway has taken the last one. */
  accept(): void;
  /** @returns what `authorization` says; null when nothing is to be said. Rejects with an OperationsError only. */
  ask(): Promise<string | null>;
}

/** @throws {OperationsError} BAD_USER_INPUT, for a token that can be none */
export function createTokens(token: string | TokenSource | undefined): Tokens {
  if (token !== undefined && typeof token !== 'function') readToken(token);
  let request: TokenRequest = { renew: false };
  return {
    canRenew: typeof token === 'function',
    get isRenewed() {
      return request.renew;
    },
    get isOver() {
      return request.renew && typeof token !== 'function';
    },
    expire: (claims) => void (request = { ...request, renew: true, ...(claims !== undefined && { claims }) }),
    accept: () => void (request = { renew: false }),
    async ask() {
      if (token === undefined) return null;
      return `Bearer ${readToken(typeof token === 'string' ? token : await callSource(token, request))}`;
    },
  };
}

async function callSource(source: TokenSource, request: TokenRequest): Promise<unknown> {
  try {
    return await source(request);
  } catch (cause) {
    throw new OperationsError('UNAUTHENTICATED', 'There is no token: the function given as `token` failed.', { cause });
  }
}

/** A token is never quoted. Source of its form: RFC 6750, 2.1. */
function readToken(token: unknown): string {
  if (typeof token !== 'string') throw badInput('token is no text: it is a string, or a function that returns one.');
  if (/^bearer\s/i.test(token)) throw badInput('token begins with Bearer: give the token alone.');
  if (!/^[\w.~+/-]+=*$/.test(token)) throw badInput('token is empty, or has characters that no bearer token has.');
  return token;
}
