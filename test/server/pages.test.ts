import { gzipSync } from 'node:zlib';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Log, silentLog } from '../../src/lib/log.js';
import { wantsHtml } from '../../src/server/page-negotiation.js';
import { createPages, type PagesOptions } from '../../src/server/pages.js';

/** What browsers send when a person goes to an address. */
const CHROME = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8';
const FIREFOX = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('the GraphQL endpoint', () => {
  it.each([
    { accept: CHROME, method: 'GET', because: 'Chromium names text/html' },
    { accept: FIREFOX, method: 'GET', because: 'Firefox does too' },
    { accept: CHROME, method: 'HEAD', because: 'a HEAD asks what a GET would get' },
    { accept: 'TEXT/HTML', method: 'GET', because: 'types have no case' },
    { accept: 'text/html, application/json;q=0.9', method: 'GET', because: 'JSON is only the second choice' },
  ])('gives a page: $because', ({ accept, method }) => {
    expect(wantsHtml({ method, headers: { accept } })).toBe(true);
  });

  it.each([
    { accept: '*/*', method: 'GET', because: 'curl does not care' },
    { accept: undefined, method: 'GET', because: 'it did not say' },
    { accept: '', method: 'GET', because: 'it said nothing' },
    { accept: 'application/json', method: 'GET', because: 'it wants JSON' },
    {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      method: 'GET',
      because: 'it speaks GraphQL',
    },
    { accept: 'application/json, text/html', method: 'GET', because: 'a tie is a program’s' },
    { accept: 'text/html;q=0.5, application/json', method: 'GET', because: 'it likes JSON better' },
    { accept: 'text/event-stream, text/html;q=0.1', method: 'GET', because: 'it wants a stream' },
    { accept: 'text/html;q=0', method: 'GET', because: 'it refuses a page' },
    { accept: CHROME, method: 'POST', because: 'a page is read, not posted' },
  ])('gives a program its data: $because', ({ accept, method }) => {
    expect(wantsHtml({ method, headers: accept === undefined ? {} : { accept } })).toBe(false);
  });
});

describe('pages', () => {
  const script = `console.log(${JSON.stringify('a text that is worth compressing '.repeat(20))});`;
  let folder: string;
  let site: Site;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'pages-'));
    await mkdir(path.join(folder, 'assets'));
    await writeFile(path.join(folder, 'page.html'), '<!doctype html><title>the page</title>');
    await writeFile(path.join(folder, 'stamp.txt'), 'not for the public');
    await writeFile(path.join(folder, 'assets/main-ABC.js'), script);
    await writeFile(path.join(folder, 'assets/main-ABC.js.gz'), gzipSync(script));
    await writeFile(path.join(folder, 'assets/main-ABC.css'), 'body { margin: 0 }');
    site = await openSite({ graphiql: pathToFileURL(folder) });
  });
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  it.each(['/graphql', '/graphql?query=%7B__typename%7D', '/graphql?'])('show GraphiQL at %s', async (url) => {
    const { status, headers, body } = await site.ask(url, { accept: CHROME });
    expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(body.toString()).toContain('<title>the page</title>');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers.vary).toBe('Accept, Accept-Encoding');
  });

  it.each([
    { method: 'GET', url: '/graphql', by: 'a program', accept: '*/*' },
    { method: 'POST', url: '/graphql', by: 'a browser', accept: CHROME },
    { method: 'GET', url: '/graphql/', by: 'a browser', accept: CHROME },
    { method: 'GET', url: '/graphql/stream', by: 'a browser', accept: CHROME },
    { method: 'GET', url: '/graphiql', by: 'a browser', accept: CHROME },
    { method: 'GET', url: '/', by: 'a browser', accept: CHROME },
  ])('leave $method $url by $by to others', async ({ method, url, accept }) => {
    expect(await site.ask(url, { accept }, method)).toMatchObject({ status: 418 });
  });

  it('let nothing in that is not of this origin, and no one frame them', async () => {
    for (const url of ['/graphql', '/graphiql/assets/main-ABC.js', '/graphiql/assets/gone.js']) {
      const { headers } = await site.ask(url, { accept: CHROME });
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; /);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe/);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(headers).not.toHaveProperty('set-cookie');
    }
  });

  it('give assets for good, each under its type', async () => {
    const { headers, body } = await site.ask('/graphiql/assets/main-ABC.js');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(body.toString()).toBe(script);
    expect((await site.ask('/graphiql/assets/main-ABC.css')).headers['content-type']).toBe('text/css; charset=utf-8');
  });

  it.each(['gzip, deflate, br', 'GZIP;q=0.5', '*'])('compress for a client that accepts %s', async (encoding) => {
    const { headers, body } = await site.ask('/graphiql/assets/main-ABC.js', { 'accept-encoding': encoding });
    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.equals(gzipSync(script))).toBe(true);
  });

  it.each(['br', 'gzip;q=0', 'identity'])('do not compress for a client that accepts %s', async (encoding) => {
    const { headers, body } = await site.ask('/graphiql/assets/main-ABC.js', { 'accept-encoding': encoding });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(body.toString()).toBe(script);
  });

  it('send what has no compressed sibling as it is', async () => {
    const { headers, body } = await site.ask('/graphiql/assets/main-ABC.css', { 'accept-encoding': 'gzip' });
    expect(headers).not.toHaveProperty('content-encoding');
    expect(body.toString()).toBe('body { margin: 0 }');
  });

  it('answer 304 to a client that has the file', async () => {
    const first = await site.ask('/graphql', { accept: CHROME });
    const etag = String(first.headers.etag);
    for (const held of [etag, `"other", ${etag}`, etag.replace('W/', ''), '*']) {
      const again = await site.ask('/graphql', { accept: CHROME, 'if-none-match': held });
      expect(again).toMatchObject({ status: 304, headers: { etag, 'cache-control': 'no-cache' } });
      expect(again.body).toHaveLength(0);
    }
    expect(await site.ask('/graphql', { accept: CHROME, 'if-none-match': '"other"' })).toMatchObject({ status: 200 });
  });

  it('answer a HEAD like a GET, without the body', async () => {
    for (const url of ['/graphql', '/graphiql/assets/main-ABC.js', '/graphiql/assets/gone.js']) {
      const get = await site.ask(url, { accept: CHROME });
      const head = await site.ask(url, { accept: CHROME }, 'HEAD');
      expect(head.status).toBe(get.status);
      expect(head.headers['content-length']).toBe(String(get.body.length));
      expect(head.body).toHaveLength(0);
    }
  });

  it.each([
    '/graphiql/assets/gone.js',
    '/graphiql/assets/',
    '/graphiql/assets/main-ABC.js.gz',
    '/graphiql/assets/../stamp.txt',
    '/graphiql/assets/..%2fstamp.txt',
    '/graphiql/assets/%2e%2e/page.html',
    '/graphiql/stamp.txt',
    '/graphiql/assets/constructor',
  ])('know of no file at %s', async (url) => {
    const { status, body } = await site.ask(url);
    expect(status).toBe(404);
    expect(body.toString()).toBe('There is no such file.\n');
  });

  it('refuse to have an asset written', async () => {
    expect(await site.ask('/graphiql/assets/main-ABC.js', {}, 'PUT')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
  });

  it('say how to build GraphiQL where it is not built', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, event) => void warnings.push(event) };
    const empty = await openSite({ graphiql: path.join(folder, 'nowhere') }, log);
    const page = await empty.ask('/graphql', { accept: CHROME });
    const asset = await empty.ask('/graphiql/assets/main-ABC.js');
    const program = await empty.ask('/graphql', { accept: '*/*' });
    await empty.close();
    expect(page).toMatchObject({ status: 503, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(page.body.toString()).toContain('npm run build');
    expect([asset.status, program.status]).toEqual([404, 418]);
    expect(warnings).toEqual(['graphiql is not built']);
  });
});

describe('the live board', () => {
  let folder: string;
  let site: Site;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'board-'));
    await mkdir(path.join(folder, 'assets'));
    await writeFile(path.join(folder, 'page.html'), '<!doctype html><title>the board</title><div id="board"></div>');
    await writeFile(path.join(folder, 'assets/board-ABC.js'), 'console.log(1);');
    site = await openSite({ board: folder });
  });
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  it.each([CHROME, '*/*', undefined])('is all there is at the root, whoever asks: %s', async (accept) => {
    const { status, headers, body } = await site.ask('/?from=a-bookmark', accept === undefined ? {} : { accept });
    expect(status).toBe(200);
    expect(body.toString()).toContain('<title>the board</title>');
    expect(headers.vary).toBe('Accept-Encoding');
    expect(headers['content-security-policy']).not.toContain('unsafe');
  });

  it('is told where there is a sandbox, so that it does not look for one in vain', async () => {
    const withSandbox = await openSite({ board: folder, hasSandbox: true });
    const told = await withSandbox.ask('/');
    const plain = await site.ask('/');
    await withSandbox.close();
    expect(told.body.toString()).toContain('<div id="board" data-sandbox>');
    expect(plain.body.toString()).toContain('<div id="board">');
    expect(told.headers.etag).not.toBe(plain.headers.etag);
  });

  it('has its own assets, and leaves GraphiQL and everything else to others', async () => {
    expect(await site.ask('/board/assets/board-ABC.js')).toMatchObject({ status: 200 });
    expect(await site.ask('/board/assets/gone.js')).toMatchObject({ status: 404 });
    for (const url of ['/graphql', '/graphiql/assets/board-ABC.js', '/board', '//']) {
      expect(await site.ask(url, { accept: CHROME })).toMatchObject({ status: 418 });
    }
    expect(await site.ask('/', { accept: CHROME }, 'POST')).toMatchObject({ status: 418 });
  });

  it('says how to build it where it is not built', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, event) => void warnings.push(event) };
    const empty = await openSite({ board: path.join(folder, 'nowhere') }, log);
    const { status, body } = await empty.ask('/');
    await empty.close();
    expect({ status, says: body.toString() }).toEqual({
      status: 503,
      says: 'The board is not built. Run `npm run build`, then start the gateway again.\n',
    });
    expect(warnings).toEqual(['board is not built']);
  });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Site {
  /** node:http and not fetch: it sends paths as they are, and does not decompress. */
  ask(url: string, headers?: OutgoingHttpHeaders, method?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** A server of pages alone; what they leave to others is answered with 418. */
async function openSite(
  directories: Partial<Pick<PagesOptions, 'board' | 'graphiql' | 'hasSandbox'>>,
  log: Log = silentLog,
): Promise<Site> {
  const pages = createPages({ board: null, graphiql: null, hasSandbox: false, log, ...directories });
  const server = createServer((request, response) => {
    if (!pages.serve(request, response)) response.writeHead(418).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ask: (url, headers = {}, method = 'GET') =>
      new Promise((resolve, reject) => {
        const request = httpRequest({ host: '127.0.0.1', port, path: url, method, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
          );
        });
        request.on('error', reject).end();
      }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
