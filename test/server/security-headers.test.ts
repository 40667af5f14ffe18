import { connect } from 'node:net';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway, type TestGateway } from './start-gateway.js';

interface Seen {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request that may name any host; fetch would not. */
function send(
  { url }: { readonly url: string },
  path: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, url), { method, headers: { ...headers } }, (response) => {
      text(response).then(
        (said) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: said }),
        reject,
      );
    });
    // An upgrade that is refused is an answer like any other.
    sent.on('error', reject).end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
};

/** One of each kind of answer. */
const ANSWERS: readonly { what: string; path: string; status: number; request?: Parameters<typeof send>[2] }[] = [
  {
    what: 'an answer of GraphQL',
    path: '/graphql',
    status: 200,
    request: { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ __typename }"}' },
  },
  {
    what: 'an error of GraphQL',
    path: '/graphql',
    status: 200,
    request: { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ nothing }"}' },
  },
  {
    what: 'an expectation of something unheard of',
    path: '/graphql',
    status: 417,
    request: { method: 'POST', headers: { ...JSON_TYPE, expect: 'wonders' }, body: '{}' },
  },
  {
    what: 'a body that is none',
    path: '/graphql',
    status: 400,
    request: { method: 'POST', headers: JSON_TYPE, body: '{' },
  },
  { what: 'a request that may be forged', path: '/graphql?query=%7B__typename%7D', status: 400 },
  {
    what: 'a preflight',
    path: '/graphql',
    status: 204,
    request: { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } },
  },
  {
    what: 'a preflight of a stranger',
    path: '/graphql',
    status: 403,
    request: { method: 'OPTIONS', headers: { origin: 'https://evil.example' } },
  },
  { what: 'health', path: '/healthz', status: 200 },
  { what: 'readiness', path: '/readyz', status: 200 },
  { what: 'metrics', path: '/metrics', status: 200 },
  { what: 'nothing', path: '/nothing', status: 404 },
  { what: 'the board', path: '/', status: 200 },
  { what: 'what can be tried on the sandbox', path: '/sandbox', status: 200 },
  { what: 'an unknown file', path: '/graphiql/assets/nothing.js', status: 404 },
  {
    what: 'a request under another name',
    path: '/graphql',
    status: 421,
    request: { headers: { host: 'evil.example' } },
  },
  {
    what: 'an upgrade of a stranger',
    path: '/graphql',
    status: 403,
    request: { headers: { ...UPGRADE, origin: 'https://evil.example' } },
  },
  {
    what: 'an upgrade under another name',
    path: '/graphql',
    status: 421,
    request: { headers: { ...UPGRADE, host: 'evil.example' } },
  },
  { what: 'an upgrade elsewhere', path: '/nothing', status: 404, request: { headers: UPGRADE } },
];

describe('every answer', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  });
  afterAll(() => gateway.stop());

  it.each(ANSWERS)('keeps browsers from guessing, framing and embedding: $what', async ({ path, status, request }) => {
    const answer = await send(gateway, path, request);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/),
    });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  });

  it('lets only a page of the gateway run scripts', async () => {
    const api = await send(gateway, '/healthz');
    expect(api.headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
    const page = await send(gateway, '/graphql', { headers: { accept: 'text/html' } });
    expect(page.headers['x-frame-options']).toBe('DENY');
    expect(String(page.headers['content-security-policy'])).toMatch(/script-src 'self'(;|$)/);
    expect(page.headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  it('lets the board make neither code nor styles of text', async () => {
    const board = await send(gateway, '/');
    const policy = String(board.headers['content-security-policy']);
    expect(policy).toContain(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'",
    );
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(board.text).not.toMatch(/<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=/i);
  });

  it('has them too where the request is no HTTP', async () => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.end('NONSENSE\r\n\r\n');
    const said = await text(socket);
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said).toMatch(/X-Frame-Options: DENY\r\n/);
    expect(said).toContain('"code":"BAD_USER_INPUT"');
  });
});

describe('a gateway that listens for its own machine alone', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  });
  afterAll(() => gateway.stop());

  it.each(['/graphql', '/', '/healthz', '/metrics', '/graphiql/assets/x.js'])(
    'answers no request for %s to a name that somebody else pointed at it, and says what to set',
    async (path) => {
      const { status, text: said } = await send(gateway, path, {
        headers: { host: 'evil.example', origin: 'http://evil.example' },
      });
      expect(status).toBe(421);
      expect(said).toContain('ALLOWED_ORIGINS');
    },
  );

  it.each(['localhost', 'app.localhost:80', '[::1]', 'app.example.com'])('answers to %s', async (host) => {
    expect((await send(gateway, '/healthz', { headers: { host } })).status).toBe(200);
  });
});
