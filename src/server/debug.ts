import { createHash, timingSafeEqual } from 'node:crypto';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type WatchedHost, type WatchedPage, type WatchedRow } from '../poll/watched.js';
import { refuse } from './graphql-http.js';

/** What an operator may look at while the gateway runs. */
export interface Debug {
  /** @returns whether the request was for something here, and is answered */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface DebugOptions {
  /** What an operator shows; behind a function, so that no log of the options can hold it. */
  readonly operatorToken: () => string;
  /** @param after the last location of the page before, or null */
  readonly watched: (after: string | null, limit: number) => WatchedPage;
}

export const WATCHES_PATH = '/debug/watches';

const FOR_OPERATORS = 'This is for operators: send the header `Authorization: Bearer …` with OPERATOR_TOKEN.';
const STANDARD_LIMIT = 100;
const MAX_LIMIT = 1_000;

/** Made only where there is an operator's token: without one there is nothing at these paths. */
export function createDebug({ operatorToken, watched }: DebugOptions): Debug {
  const expected = hashOf(operatorToken());
  return {
    serve(request, response) {
      const [path, search = ''] = (request.url ?? '').split('?', 2);
      if (path !== WATCHES_PATH) return false;
      response.setHeader('Cache-Control', 'no-store');
      if (!isOperator(request, expected)) {
        response.setHeader('WWW-Authenticate', 'Bearer realm="operator"');
        refuse(response, 401, FOR_OPERATORS, 'UNAUTHENTICATED');
        return true;
      }
      if (request.method !== 'GET') {
        response.setHeader('Allow', 'GET');
        refuse(response, 405, 'Only GET is of use here.');
        return true;
      }
      const parameters = new URLSearchParams(search);
      const limit = readLimit(parameters.get('limit'));
      if (limit === null) refuse(response, 400, `limit must be a whole number from 1 to ${MAX_LIMIT}.`);
      else show(response, watched(parameters.get('after'), limit));
      return true;
    },
  };
}

/** Hashes have one length, and are compared in a time that tells nothing of where they differ. */
function isOperator({ headers: { authorization } }: IncomingMessage, expected: Buffer): boolean {
  const [, shown] = /^Bearer (.+)$/i.exec(authorization ?? '') ?? [];
  return shown !== undefined && timingSafeEqual(hashOf(shown), expected);
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function readLimit(text: string | null): number | null {
  const limit = text === null ? STANDARD_LIMIT : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_LIMIT ? limit : null;
}

function show(response: ServerResponse, { totals, rows, hosts, next }: WatchedPage): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify({ totals, hosts: hosts.map(hostOf), watches: rows.map(watchOf), next }, null, 1)}\n`);
}

function hostOf({ host, ...counts }: WatchedHost): object {
  return { location: host.location, kind: host.hostKind.name, ...counts };
}

function watchOf({ location, type, host, state, checkedAt, nextCheckAt, ...rest }: WatchedRow): object {
  return {
    location,
    type,
    kind: host.hostKind.name,
    host: host.location,
    state,
    checkedAt: textOf(checkedAt),
    nextCheckAt: textOf(nextCheckAt),
    ...rest,
  };
}

function textOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
