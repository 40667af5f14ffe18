import { STATUS_CODES } from 'node:http';

/** What every answer says, whatever it is: no browser may guess its type, frame it or take it into another site's page. */
const COMMON = {
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** For answers that are no pages: opened as one, they may load and run nothing. */
export const API_HEADERS = {
  ...COMMON,
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

export type PageHeaders = typeof COMMON &
  Readonly<Record<'Cross-Origin-Opener-Policy' | 'Content-Security-Policy', string>>;

/** Scripts, styles and connections of this origin alone; a websocket of the same host counts as 'self'. */
const OWN_ORIGIN = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
} as const;

/** For the live board, and what is said in place of a page. Nothing in it makes markup or code of text. */
export const BOARD_HEADERS = pageHeaders({ ...OWN_ORIGIN, 'require-trusted-types-for': "'script'" });

/** For GraphiQL: Monaco writes its styles into the document, brings its font along, and works in workers. */
export const GRAPHIQL_HEADERS = pageHeaders({
  ...OWN_ORIGIN,
  'worker-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'font-src': "'self' data:",
});

function pageHeaders(policy: Readonly<Record<string, string>>): PageHeaders {
  return {
    ...COMMON,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Content-Security-Policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
  };
}

/** A whole answer as it goes over the wire, for a connection that has no ServerResponse. It is the last one on it. */
export function rawResponse(status: number, body: object): string {
  const text = JSON.stringify(body);
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'no-store',
    ...API_HEADERS,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${text}`;
}
