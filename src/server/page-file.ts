import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import path from 'node:path';
import { acceptsGzip, hasCurrent } from './page-negotiation.js';
import { BOARD_HEADERS, type PageHeaders } from './security-headers.js';

/** A file as it is sent; held in memory from the start, so no request names a path of the disk. */
export interface PageFile {
  readonly body: Buffer;
  /** The same, compressed when it was built; null when there is none. */
  readonly gzipped: Buffer | null;
  /** What the client keeps and how long, and what a page made of it may do. */
  readonly headers: Readonly<OutgoingHttpHeaders>;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
};

/** For a file whose name changes with its content. */
export const FOREVER = 'public, max-age=31536000, immutable';
/** For a file that keeps its name: it is asked about each time, and answered with 304 while it is the same. */
export const ASK_AGAIN = 'no-cache';

/** Reads a file, and `FILE.gz` if it lies beside it. @throws when the file cannot be read */
export function readPageFile(file: string, cacheControl: string, pageHeaders: PageHeaders): PageFile {
  const body = readFileSync(file);
  return {
    body,
    gzipped: existsSync(`${file}.gz`) ? readFileSync(`${file}.gz`) : null,
    headers: {
      ...pageHeaders,
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      'cache-control': cacheControl,
    },
    etag: etagOf(body),
  };
}

/** The same file with something else in it. */
export function rewritten(file: PageFile, change: (text: string) => string): PageFile {
  const body = Buffer.from(change(file.body.toString()));
  return { ...file, body, gzipped: null, etag: etagOf(body) };
}

/** Weak, because the compressed bytes carry it too. */
function etagOf(body: Buffer): string {
  return `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/**
 * Sends a file to a GET or HEAD, compressed if it may be, or 304 to a client that has it.
 *
 * @param vary what else than the encoding the answer at this address depends on, for caches on the way
 */
export function sendPageFile(
  request: IncomingMessage,
  response: ServerResponse,
  { body, gzipped, headers, etag }: PageFile,
  vary: readonly string[] = [],
): void {
  const common = { ...headers, etag, vary: [...vary, 'Accept-Encoding'].join(', ') };
  if (hasCurrent(request, etag)) {
    response.writeHead(304, common).end();
    return;
  }
  const compressed = gzipped !== null && acceptsGzip(request);
  const sent = compressed ? gzipped : body;
  response.writeHead(200, {
    ...common,
    'content-length': sent.length,
    ...(compressed && { 'content-encoding': 'gzip' }),
  });
  response.end(request.method === 'HEAD' ? undefined : sent);
}

/** Says in plain text why there is no page. */
export function sendPageText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    ...BOARD_HEADERS,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
