import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { openReady, type RawSocket } from './raw-socket.js';
import { refusalsOf } from './metrics.js';
import { sandboxOf, startGateway, type TestGateway } from './start-gateway.js';

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

/** Bounds that are easy to reach. */
const BOUNDS = {
  MAX_DOCUMENT_LENGTH: '8000',
  MAX_DOCUMENT_DEPTH: '4',
  MAX_DOCUMENT_ALIASES: '3',
  MAX_DOCUMENT_DIRECTIVES: '2',
  MAX_DOCUMENT_TOKENS: '400',
  MAX_DOCUMENT_COST: '5500',
};

const aliases = (count: number): string =>
  `{ ${Array.from({ length: count }, (_, n) => `a${n}: __type(name: "Node") { name }`).join(' ')} }`;
const aliasedNames = (count: number): string =>
  `{ ${Array.from({ length: count }, (_, n) => `a${n}: __typename`).join(' ')} }`;
const directives = (count: number): string => `{ ${'... @include(if: true) { __typename } '.repeat(count)} }`;
const tokens = (count: number): string => `{ ${'__typename '.repeat(count - 2)} }`;
const long = (length: number): string => '{ __typename } #'.padEnd(length, 'x');
const nested = 'operations(host: { teamId: "7ea00000-0000-4000-8000-000000000001" }) { edges { node { id } } }';
const tooDeep =
  'operations(host: { teamId: "7ea00000-0000-4000-8000-000000000001" }) { edges { node { history { to } } } }';
const inFragments =
  '{ ...A } fragment A on Query { operations(host: { teamId: "1" }) { ...B } } fragment B on OperationConnection { edges { node { ... { history { to } } } } }';
const nodes =
  'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Operation { history { to } all: history { to from rawStatus observedAt } same: history { to from rawStatus observedAt } } } }';

const CASES: readonly { limit: string; at: Document; above: Document }[] = [
  { limit: 'DOCUMENT_LENGTH', at: { query: long(8_000) }, above: { query: long(8_001) } },
  { limit: 'DOCUMENT_DEPTH', at: { query: `{ ${nested} }` }, above: { query: `{ ${tooDeep} }` } },
  { limit: 'DOCUMENT_DEPTH', at: { query: `{ ${nested} }` }, above: { query: inFragments } },
  { limit: 'DOCUMENT_ALIASES', at: { query: aliases(3) }, above: { query: aliases(4) } },
  { limit: 'DOCUMENT_ALIASES', at: { query: aliasedNames(3) }, above: { query: aliasedNames(4) } },
  { limit: 'DOCUMENT_DIRECTIVES', at: { query: directives(2) }, above: { query: directives(3) } },
  { limit: 'DOCUMENT_TOKENS', at: { query: tokens(400) }, above: { query: tokens(401) } },
  {
    limit: 'DOCUMENT_COST',
    at: { query: nodes, variables: { ids: [] } },
    above: { query: nodes, variables: { ids: Array(100).fill('1') } },
  },
];

interface Document {
  readonly query: string;
  readonly variables?: object;
}

/** Gateways of one test alone. */
const others: TestGateway[] = [];
afterEach(async () => {
  await Promise.all(others.splice(0).map((other) => other.stop()));
});
async function startOther(environment: Readonly<Record<string, string>> = {}): Promise<TestGateway> {
  const other = await startGateway(environment);
  others.push(other);
  return other;
}

describe('the limits of a document', () => {
  let gateway: TestGateway;
  let socket: RawSocket;
  beforeAll(async () => {
    gateway = await startGateway(BOUNDS);
    socket = await openReady(gateway.url);
  });
  afterAll(async () => {
    socket.close();
    await gateway.stop();
  });

  const post = async (document: Document, accept = 'application/json'): Promise<{ status: number; answer: Answer }> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept },
      body: JSON.stringify(document),
    });
    return { status: response.status, answer: (await response.json()) as Answer };
  };
  const get = async ({ query, variables = {} }: Document): Promise<Answer> => {
    const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) });
    const headers = { 'apollo-require-preflight': '1' };
    return (await (await fetch(`${gateway.url}/graphql?${parameters.toString()}`, { headers })).json()) as Answer;
  };
  let lastId = 0;
  const send = async (document: Document): Promise<Answer> => {
    const id = String(++lastId);
    socket.send({ type: 'subscribe', id, payload: document });
    const { type, payload } = await socket.next();
    if (type === 'error') return { errors: payload as Answer['errors'] & object };
    expect(await socket.next()).toEqual({ type: 'complete', id });
    return payload as Answer;
  };

  it.each(CASES)('let a document through that is at $limit: $at.query', async ({ at }) => {
    const { status, answer } = await post(at);
    expect(status).toBe(200);
    for (const one of [answer, await get(at), await send(at)]) {
      expect(one.errors ?? []).toEqual([]);
      expect(one.data).toBeDefined();
    }
  });

  it.each(CASES)(
    'refuse what is above $limit over POST, GET and websocket, and count it: $above.query',
    async ({ limit, above }) => {
      const before = await refusalsOf(gateway, limit);
      const refused = { errors: [{ message: expect.any(String), extensions: { code: 'LIMIT_EXCEEDED', limit } }] };
      expect(await post(above)).toMatchObject({ status: 200, answer: refused });
      expect(await post(above, 'application/graphql-response+json')).toMatchObject({ status: 400, answer: refused });
      expect(await get(above)).toMatchObject(refused);
      expect(await send(above)).toMatchObject(refused);
      expect(await refusalsOf(gateway, limit)).toBe(before + 4);
      expect((await post({ query: '{ __typename }' })).answer).toMatchObject({ data: { __typename: 'Query' } });
    },
  );

  it('hold what GraphiQL asks of the schema to none of them but its tokens', async () => {
    const query = getIntrospectionQuery({ inputValueDeprecation: true, oneOf: true });
    expect((await post({ query })).answer).not.toHaveProperty('errors');
  });

  it('name at most twenty errors of one document, and quote little of it', async () => {
    const { answer } = await post({ query: `{ ${Array.from({ length: 300 }, (_, n) => `wrong${n}`).join(' ')} }` });
    expect(answer.errors?.length).toBeLessThanOrEqual(21);
    const long = await post({ query: `{ ${'x'.repeat(500_000)} }` });
    expect(JSON.stringify(long.answer).length).toBeLessThan(3_000);
    const text = 'x'.repeat(500_000);
    const variables = { ref: { location: [text], id: text } };
    const said = await post({ query: 'query ($ref: OperationRef!) { operation(ref: $ref) { id } }', variables });
    expect(said.answer.errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(said.answer).length).toBeLessThan(5_000);
  });

  it('say of a document that repeats itself thousands of times what is wrong, in bounded time', async () => {
    const other = await startOther({ MAX_DOCUMENT_TOKENS: '6000', MAX_DOCUMENT_LENGTH: '100000' });
    const response = await fetch(`${other.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ ${'__typename '.repeat(5_000)} }` }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { limit: 'DOCUMENT_COST' } }] });
  });
});

describe('a subscription', () => {
  it('is told over HTTP where it belongs', async () => {
    const gateway = await startOther();
    const { location } = sandboxOf(gateway).begin();
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({
        query: 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }',
        variables: { refs: [{ location }] },
      }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('websocket'), extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });
});

describe('the documents that a caller has running', () => {
  const LIMIT = 'DOCUMENTS_IN_USE_PER_CALLER';
  const refused = [{ extensions: { code: 'LIMIT_EXCEEDED', limit: LIMIT } }];

  it('hold so many characters, each document once, and no more until one of them ends', async () => {
    const gateway = await startOther({ MAX_DOCUMENTS_IN_USE_PER_CALLER: '400' });
    const { location } = sandboxOf(gateway).begin({ life: { stalls: true } });
    const watching = (name: string): string =>
      `subscription { ${name}: operationStatusChanged(refs: [{ location: "${location}" }]) { to } }`;
    const [socket, other] = [await openReady(gateway.url), await openReady(gateway.url)];
    const subscribe = async (on: RawSocket, id: string, query: string): Promise<unknown> => {
      on.send({ type: 'subscribe', id, payload: { query } });
      return on.next();
    };
    const wait = async (): Promise<Answer> => {
      const query = `{ waitForOperation(ref: { location: "${location}" }, timeoutSeconds: 0) { state ${'__typename '.repeat(2)} } }`;
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ query });
      return (await (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body })).json()) as Answer;
    };

    expect(await subscribe(socket, '1', watching('one'))).toMatchObject({ type: 'next' });
    expect(await subscribe(socket, '2', watching('two'))).toMatchObject({ type: 'next' });
    for (const id of ['3', '4', '5']) {
      const query = `# ${id}\n${watching('two')}`;
      expect(await subscribe(other, id, query)).toMatchObject({ type: 'next', id });
    }
    expect(await subscribe(other, '6', watching('six'))).toMatchObject({ type: 'error', id: '6', payload: refused });
    expect(await wait()).toMatchObject({ errors: refused });
    expect(await refusalsOf(gateway, LIMIT)).toBe(2);

    socket.send({ type: 'complete', id: '1' });
    expect(await subscribe(socket, '7', watching('six'))).toMatchObject({ type: 'next' });
    expect(await subscribe(socket, '8', watching('one'))).toMatchObject({ type: 'error', payload: refused });
    socket.close();
    await socket.closed;
    for (let times = 0; times < 3; times++) expect(await wait()).toMatchObject({ data: expect.anything() });
    expect(await subscribe(other, '9', watching('one'))).toMatchObject({ type: 'next' });
    other.close();
  });
});
