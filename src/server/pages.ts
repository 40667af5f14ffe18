import { existsSync, readdirSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Log } from '../lib/log.js';
import { ASK_AGAIN, FOREVER, type PageFile, readPageFile, rewritten, sendPageFile, sendPageText } from './page-file.js';
import { wantsHtml } from './page-negotiation.js';
import { BOARD_HEADERS, GRAPHIQL_HEADERS, type PageHeaders } from './security-headers.js';

/** The pages for people: the live board, and GraphiQL for who opens the GraphQL endpoint in a browser. */
export interface Pages {
  /**
   * Answers a browser's request for a page, and any for what a page loads.
   *
   * @returns false for every other request, which it leaves untouched
   */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

type Directory = URL | string;

export interface PagesOptions {
  /** Each holds `page.html`, and `assets/` with hashed names; null where there is to be no such page. */
  readonly board: Directory | null;
  readonly graphiql: Directory | null;
  /** Whether `/sandbox` answers: the board is told, and does not look for it in vain. */
  readonly hasSandbox: boolean;
  readonly log: Log;
}

interface Page {
  /** Its folder below dist, and the first part of its assets' paths. */
  readonly name: string;
  readonly title: string;
  readonly path: string;
  readonly isAskedFor: (request: IncomingMessage) => boolean;
  /** What else than the encoding the answer at its path depends on. */
  readonly vary: readonly string[];
  readonly headers: PageHeaders;
}

/** The board is all there is at its path, whoever asks. */
const BOARD: Page = {
  name: 'board',
  title: 'The board',
  path: '/',
  isAskedFor: ({ method }) => method === 'GET' || method === 'HEAD',
  vary: [],
  headers: BOARD_HEADERS,
};

/** GraphiQL shares its path with the API. */
const GRAPHIQL: Page = {
  name: 'graphiql',
  title: 'GraphiQL',
  path: '/graphql',
  isAskedFor: wantsHtml,
  vary: ['Accept'],
  headers: GRAPHIQL_HEADERS,
};

interface Bundle {
  readonly page: PageFile;
  /** By the whole path of a request. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

/** Takes what `npm run build` made into memory, a dozen megabytes. Where it made nothing, a browser is told so. */
export function createPages({ board, graphiql, hasSandbox, log }: PagesOptions): Pages {
  const served = [
    ...(board === null ? [] : [servePage(BOARD, board, log, hasSandbox ? withSandbox : null)]),
    ...(graphiql === null ? [] : [servePage(GRAPHIQL, graphiql, log, null)]),
  ];
  return { serve: (request, response) => served.some((serve) => serve(request, response)) };
}

function withSandbox(html: string): string {
  return html.replace('<div id="board">', '<div id="board" data-sandbox>');
}

type Change = ((html: string) => string) | null;

function servePage(page: Page, directory: Directory, log: Log, change: Change): Pages['serve'] {
  const folder = typeof directory === 'string' ? directory : fileURLToPath(directory);
  const bundle = readBundle(page, folder, change);
  if (bundle === null) log.warn({ folder }, `${page.name} is not built`);

  return (request, response) => {
    const [requested = ''] = (request.url ?? '').split('?', 1);
    if (requested === page.path) {
      if (!page.isAskedFor(request)) return false;
      if (bundle === null) sendPageText(request, response, 503, notBuilt(page));
      else sendPageFile(request, response, bundle.page, page.vary);
      return true;
    }
    if (!requested.startsWith(`/${page.name}/`)) return false;
    const asset = bundle?.assets.get(requested);
    if (asset === undefined) sendPageText(request, response, 404, 'There is no such file.');
    else if (request.method === 'GET' || request.method === 'HEAD') sendPageFile(request, response, asset);
    else sendPageText(request, response, 405, 'A file can only be read.', { allow: 'GET, HEAD' });
    return true;
  };
}

function notBuilt({ title }: Page): string {
  return `${title} is not built. Run \`npm run build\`, then start the gateway again.`;
}

function readBundle({ name, headers }: Page, folder: string, change: Change): Bundle | null {
  if (!existsSync(path.join(folder, 'page.html'))) return null;
  const assets = readdirSync(path.join(folder, 'assets'))
    .filter((file) => !file.endsWith('.gz'))
    .map((file): [string, PageFile] => [
      `/${name}/assets/${file}`,
      readPageFile(path.join(folder, 'assets', file), FOREVER, headers),
    ]);
  const page = readPageFile(path.join(folder, 'page.html'), ASK_AGAIN, headers);
  return { page: change === null ? page : rewritten(page, change), assets: new Map(assets) };
}
