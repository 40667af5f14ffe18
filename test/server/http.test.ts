import { Agent, request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/lib/clock.js';
import { systemRandom } from '../../src/lib/random.js';
import { startSandbox } from '../../src/sandbox/server.js';
import { until } from '../support/until.js';
import { startGate } from './gate.js';
import { sandboxOf, startGateway, startGatewayOfGraph, type TestGateway } from './start-gateway.js';

const JSON_TYPE = 'application/json';
const TYPENAME = JSON.stringify({ query: '{ __typename }' });
/** However long a test takes. */
const NOT_BEGUN = { startsAfterMs: 3_600_000, stalls: true } as const;
const OPERATION = 'query ($ref: OperationRef!) { operation(ref: $ref) { state } }';

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
  readonly extensions?: unknown;
}

describe('the gateway over HTTP', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ ALLOWED_ORIGINS: 'https://app.example.com' });
  });
  afterAll(() => gateway.stop());

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}/graphql`, { method: 'POST', body, headers: { 'content-type': JSON_TYPE, ...headers } });
  const answerTo = async (body: object, headers: Record<string, string> = {}): Promise<Answer> =>
    (await (await post(JSON.stringify(body), headers)).json()) as Answer;

  describe('as a page of another origin finds it', () => {
    it.each([
      { type: 'text/plain', body: TYPENAME },
      { type: 'text/plain;charset=UTF-8', body: TYPENAME },
      { type: 'application/x-www-form-urlencoded', body: 'query=%7B__typename%7D' },
      { type: 'multipart/form-data; boundary=x', body: '--x--' },
    ])('refuses a $type body, which a page may send unasked', async ({ type, body }) => {
      const response = await post(body, { 'content-type': type });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
    });

    it('takes a GET only with a header that a page may not send unasked', async () => {
      const address = `${gateway.url}/graphql?query=%7B__typename%7D`;
      const [unguarded, guarded] = await Promise.all([
        fetch(address),
        fetch(address, { headers: { 'apollo-require-preflight': 'true' } }),
      ]);
      expect(unguarded.status).toBe(400);
      expect(guarded.status).toBe(200);
      expect(await guarded.json()).toMatchObject({ data: { __typename: 'Query' } });
    });

    it.each([
      { origin: 'https://app.example.com', status: 204, allowed: 'https://app.example.com' },
      { origin: 'https://app.example.com:444', status: 403, allowed: null },
      { origin: 'http://app.example.com', status: 403, allowed: null },
      { origin: 'https://evil.example', status: 403, allowed: null },
      { origin: 'null', status: 403, allowed: null },
    ])('answers the preflight of $origin with $status', async ({ origin, status, allowed }) => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
      expect(response.status).toBe(status);
      expect(response.headers.get('access-control-allow-origin')).toBe(allowed);
      expect(response.headers.get('vary')).toContain('Origin');
      const headers = response.headers.get('access-control-allow-headers')?.split(', ') ?? [];
      expect(headers.includes('authorization') && headers.includes('content-type')).toBe(allowed !== null);
    });

    it('lets only an allowed origin read an answer', async () => {
      const [own, foreign] = await Promise.all([
        post(TYPENAME, { origin: 'https://app.example.com' }),
        post(TYPENAME, { origin: 'https://evil.example' }),
      ]);
      expect(own.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      expect([...foreign.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    });
  });

  describe('given a body that is none', () => {
    it.each([
      { what: 'text that is not JSON', body: '{"secret"', type: JSON_TYPE, status: 400 },
      { what: 'nothing', body: '', type: JSON_TYPE, status: 400 },
      { what: 'several requests in one', body: `[${TYPENAME}]`, type: JSON_TYPE, status: 400 },
      { what: 'an alphabet other than UTF-8', body: TYPENAME, type: 'application/json; charset=utf-16', status: 415 },
    ])('refuses $what with $status, and does not quote it', async ({ body, type, status }) => {
      const response = await post(body, { 'content-type': type });
      expect(response.status).toBe(status);
      const said = await response.text();
      expect(JSON.parse(said)).toMatchObject({ errors: [{ message: expect.any(String) }] });
      expect(said).not.toContain('secret');
    });

    it('refuses one of more than a megabyte, and the connection serves the next request', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const sockets = new Set();
      const send = (body: string): Promise<{ status: number | undefined; said: string }> =>
        new Promise((resolve, reject) => {
          const sent = httpRequest(
            `${gateway.url}/graphql`,
            { method: 'POST', agent, headers: { 'content-type': JSON_TYPE } },
            (response) => {
              sockets.add(response.socket);
              text(response).then((said) => resolve({ status: response.statusCode, said }), reject);
            },
          );
          sent.on('error', reject).end(body);
        });

      const large = await send(JSON.stringify({ query: `{ __typename }${' '.repeat(3_000_000)}` }));
      expect(large.status).toBe(413);
      expect(JSON.parse(large.said)).toMatchObject({
        errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'BODY_BYTES' } }],
      });
      expect(await send(TYPENAME)).toMatchObject({ status: 200 });
      expect(sockets.size).toBe(1);
      agent.destroy();
    });
  });

  describe('says what is wrong with a request and what would be right', () => {
    const GUARDED = { 'apollo-require-preflight': '1' };
    const TYPED = { 'content-type': JSON_TYPE };
    const ASKED = '?query=%7B__typename%7D';
    const SUBSCRIPTION = encodeURIComponent('subscription { operationStatusChanged(refs: []) { to } }');
    it.each([
      { status: 400, says: 'Any page could send this GET', search: ASKED },
      { status: 400, says: 'Any page could send this GET', search: ASKED, headers: { 'content-type': 'text/plain' } },
      { status: 415, says: 'A GET has no body', search: ASKED, headers: { ...GUARDED, 'content-type': 'text/plain' } },
      { status: 400, says: '`query` is missing', search: '?query=', headers: GUARDED },
      { status: 400, says: '`query` stands in the address more than once', search: `${ASKED}&query=1`, headers: TYPED },
      { status: 400, says: '`variables` in the address is not JSON', search: `${ASKED}&variables=a`, headers: GUARDED },
      { status: 400, says: '`extensions` must be an object', search: `${ASKED}&extensions=1`, headers: GUARDED },
      { status: 405, says: 'A GET runs queries only', search: `?query=${SUBSCRIPTION}`, headers: GUARDED },
      { status: 406, says: 'accept one of them', search: ASKED, headers: { ...GUARDED, accept: 'application/xml' } },
      { status: 400, says: 'Send the body as `Content-Type: application/json`', method: 'POST' },
      { status: 400, says: '`query` is missing', method: 'POST', headers: TYPED, body: '{}' },
      { status: 400, says: '`query` must be text', method: 'POST', headers: TYPED, body: '{"query":5}' },
      { status: 400, says: 'The body must be a JSON object', method: 'POST', headers: TYPED, body: '"text"' },
      { status: 400, says: 'send each by itself', method: 'POST', headers: TYPED, body: `[${TYPENAME}]` },
      {
        status: 400,
        says: '`variables` must be an object',
        method: 'POST',
        headers: TYPED,
        body: '{"query":"{__typename}","variables":"a"}',
      },
      { status: 405, says: 'Only GET and POST are of use here', method: 'PUT' },
      { status: 405, says: 'Only GET and POST are of use here', method: 'PUT', headers: TYPED, body: TYPENAME },
      { status: 405, says: 'Only GET and POST are of use here', method: 'DELETE' },
    ])('with $status: $says', async ({ status, says, search = '', ...init }) => {
      const response = await fetch(`${gateway.url}/graphql${search}`, init);
      const said = (await response.json()) as Answer;
      expect({ status: response.status, said }).toEqual({
        status,
        said: { errors: [{ message: expect.stringContaining(says), extensions: { code: 'BAD_USER_INPUT' } }] },
      });
      expect(response.headers.has('allow')).toBe(status === 405);
      expect(said.errors?.[0]?.message).not.toMatch(/apollo(?!-require-preflight)|graphql-http/i);
    });
  });

  it.each([
    ['application/json', 200],
    ['application/graphql-response+json', 400],
  ])('says what is wrong with a document to a client of %s with %s', async (accept, status) => {
    const wrong = await post(JSON.stringify({ query: '{ wrong }' }), { accept });
    expect(wrong.status).toBe(status);
    expect(await wrong.json()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  });

  it('says in each answer what it cost', async () => {
    const { location } = sandboxOf(gateway).begin({ life: NOT_BEGUN });
    expect(await answerTo({ query: OPERATION, variables: { ref: { location } } })).toEqual({
      data: { operation: { state: 'NOT_STARTED' } },
      extensions: { upstream: { requests: 1, reads: 1, snapshots: 0 } },
    });
    expect(await answerTo({ query: OPERATION, variables: { ref: { location } } })).toMatchObject({
      extensions: { upstream: { requests: 0, reads: 0, snapshots: 1 } },
    });
  });

  it.each([
    { what: 'does not parse', body: { query: '{' }, code: 'GRAPHQL_PARSE_FAILED' },
    { what: 'does not fit the schema', body: { query: '{ wrong }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    { what: 'has other variables', body: { query: OPERATION, variables: { ref: 7 } }, code: 'BAD_USER_INPUT' },
  ])('says that a document cost nothing which $what', async ({ body, code }) => {
    expect(await answerTo(body)).toEqual({
      errors: [expect.objectContaining({ extensions: { code } })],
      extensions: { upstream: { requests: 0, reads: 0, snapshots: 0 } },
    });
  });

  it('has health, readiness and nothing at other paths', async () => {
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(gateway.url + path, { redirect: 'manual' })).status;
    expect(await statusOf('/healthz')).toBe(200);
    expect(await statusOf('/readyz')).toBe(200);
    expect(await statusOf('/nothing')).toBe(404);
    expect(await statusOf('/graphql/')).toBe(404);
    expect(await statusOf('/')).toBe(200);
  });

  it('logs one line for a request, with neither its query nor its token', async () => {
    const before = gateway.logged.length;
    await fetch(`${gateway.url}/graphql?query=%7B__typename%7D&token=in-the-address`, {
      headers: { authorization: 'Bearer in-the-header', 'apollo-require-preflight': '1' },
    });
    const lines = gateway.logged.slice(before).filter(({ event }) => event === 'request');
    expect(lines).toEqual([
      {
        level: 'info',
        event: 'request',
        fields: { method: 'GET', path: '/graphql', status: 200, ms: expect.any(Number) },
      },
    ]);
    expect(JSON.stringify(gateway.logged)).not.toMatch(/in-the-(address|header)/);
  });
});

describe('a gateway without GraphiQL and introspection', () => {
  let gateway: TestGateway;
  afterEach(() => gateway.stop());

  it('tells neither a browser nor a program what there is', async () => {
    gateway = await startGateway({ GRAPHIQL: 'off', INTROSPECTION: 'off' });
    const page = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(400);
    expect(page.headers.get('content-type')).not.toContain('text/html');
    expect((await fetch(gateway.url)).status).toBe(200); // the board knows nothing by itself

    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: JSON.stringify({ query: '{ __schema { types { name } } }' }),
    });
    const { errors = [] } = (await response.json()) as Answer;
    expect(errors.map(({ extensions }) => extensions['code'])).toContain('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('a gateway before the real Graph', () => {
  it('asks who is asking, and answers the rest of the document', async () => {
    const { gateway, graph, stop } = await startGatewayOfGraph();
    const { location } = graph.begin({ life: NOT_BEGUN });
    const ask = async (headers: Record<string, string>): Promise<Answer> => {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': JSON_TYPE, ...headers },
        body: JSON.stringify({
          query: 'query ($ref: OperationRef!) { __typename operation(ref: $ref) { state } }',
          variables: { ref: { location } },
        }),
      });
      return (await response.json()) as Answer;
    };
    for (const headers of [{}, { authorization: 'Basic bm86bm8=' }, { authorization: 'Bearer one two' }]) {
      expect(await ask(headers as Record<string, string>)).toMatchObject({
        data: { __typename: 'Query', operation: null },
        errors: [{ path: ['operation'], extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
    expect(graph.reads().filter(({ operationId }) => operationId !== null)).toEqual([]);
    expect(await ask({ authorization: `Bearer ${graph.demoToken}` })).toMatchObject({
      data: { operation: { state: 'NOT_STARTED' } },
    });
    await stop();
  });
});

describe('a gateway that stops', () => {
  it('finishes the request that is under way, and takes no other', async () => {
    const graph = await startSandbox({ clock: systemClock, random: systemRandom });
    const gate = await startGate(graph.url);
    const gateway = await startGateway({ GRAPH_URL: gate.url });
    const { location } = graph.begin({ life: NOT_BEGUN });
    gate.shut();
    const answer = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE, authorization: `Bearer ${graph.demoToken}` },
      body: JSON.stringify({ query: OPERATION, variables: { ref: { location } } }),
    });
    await until(() => graph.reads().some(({ operationId }) => operationId !== null));

    const stopped = gateway.stop();
    expect(gateway.stop()).toBe(stopped);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${gateway.url}/graphql`, { method: 'POST', body: TYPENAME })).status).toBe(503);
    gate.open();
    expect(await (await answer).json()).toMatchObject({ data: { operation: { state: 'NOT_STARTED' } } });
    await stopped;
    await gate.close();
    await graph.close();
  });

  it('answers whoever waits for an operation with what is known', async () => {
    const gateway = await startGateway();
    const { location } = sandboxOf(gateway).begin({ life: NOT_BEGUN });
    const answer = fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE },
      body: JSON.stringify({
        query: 'query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 600) { state } }',
        variables: { ref: { location } },
      }),
    });
    await gateway.happened('check');
    await gateway.stop();
    expect(await (await answer).json()).toMatchObject({ data: { waitForOperation: { state: 'NOT_STARTED' } } });
  });
});
