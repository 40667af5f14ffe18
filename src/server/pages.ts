import { existsSync, readdirSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Log } from '../lib/log.js';
import { ASK_AGAIN, FOREVER, type PageFile, readPageFile, sendPageFile, sendPageText } from './page-file.js';
import { wantsHtml } from './page-negotiation.js';

/** GraphiQL for people who open the GraphQL endpoint in a browser. */
export interface Pages {
  /**
   * Answers a browser's request for `/graphql`, and any for `/graphiql/…`.
   *
   * @returns false for every other request, which it leaves untouched
   */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

const PAGE = '/graphql';
const ASSETS = '/graphiql/assets/';

interface Bundle {
  readonly page: PageFile;
  /** By the whole path of a request. */
  readonly assets: ReadonlyMap<string, PageFile>;
}

/**
 * Takes what `npm run build` made of GraphiQL into memory, a dozen megabytes. When it made nothing, a browser is told so.
 *
 * @param directory holds `page.html`, and `assets/` with hashed names
 */
export function createPages({ directory, log }: { readonly directory: URL | string; readonly log: Log }): Pages {
  const folder = typeof directory === 'string' ? directory : fileURLToPath(directory);
  const bundle = readBundle(folder);
  if (bundle === null) log.warn({ folder }, 'graphiql is not built');

  return {
    serve(request, response) {
      const [requested = ''] = (request.url ?? '').split('?', 1);
      if (requested === PAGE) {
        if (!wantsHtml(request)) return false;
        if (bundle === null) sendPageText(request, response, 503, NOT_BUILT);
        else sendPageFile(request, response, bundle.page, ['Accept']);
        return true;
      }
      if (!requested.startsWith('/graphiql/')) return false;
      const asset = bundle?.assets.get(requested);
      if (asset === undefined) sendPageText(request, response, 404, 'There is no such file.');
      else if (request.method === 'GET' || request.method === 'HEAD') sendPageFile(request, response, asset);
      else sendPageText(request, response, 405, 'A file can only be read.', { allow: 'GET, HEAD' });
      return true;
    },
  };
}

const NOT_BUILT = 'GraphiQL is not built. Run `npm run build`, then start the gateway again.';

function readBundle(folder: string): Bundle | null {
  if (!existsSync(path.join(folder, 'page.html'))) return null;
  const assets = readdirSync(path.join(folder, 'assets'))
    .filter((name) => !name.endsWith('.gz'))
    .map((name): [string, PageFile] => [`${ASSETS}${name}`, readPageFile(path.join(folder, 'assets', name), FOREVER)]);
  return { page: readPageFile(path.join(folder, 'page.html'), ASK_AGAIN), assets: new Map(assets) };
}
