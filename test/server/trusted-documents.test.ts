import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { ConfigError } from '../../src/config.js';
import { DEMO } from '../../src/sandbox/demo.js';
import { ByLocationDocument, WatchOperationDocument } from '../generated/client/graphql.js';
import { openStream } from '../support/sse-client.js';
import { refusalsOf } from './metrics.js';
import { openReady, type RawSocket } from './raw-socket.js';
import { startGateway, type TestGateway } from './start-gateway.js';

/** As `npm run codegen` wrote it beside the documents that a front end builds in. */
const MANIFEST = fileURLToPath(new URL('../generated/client/persisted-documents.json', import.meta.url));
const documents = JSON.parse(readFileSync(MANIFEST, 'utf8')) as Readonly<Record<string, string>>;

const location = `/teams('${DEMO.teamId}')/operations('${DEMO.teamOperationId}')`;
const [ID = '', TEXT = ''] = Object.entries(documents).find(([, text]) => text.startsWith('query ByLocation')) ?? [];
const HASH = ID.replace('sha256:', '');
const [WATCH_ID = ''] =
  Object.entries(documents).find(([, text]) => text.includes('subscription WatchOperation')) ?? [];

const persisted = (sha256Hash: string) => ({ persistedQuery: { version: 1, sha256Hash } });

/** Each way to name a document of the manifest. */
const NAMED: readonly { readonly by: string; readonly payload: Readonly<Record<string, unknown>> }[] = [
  { by: 'its text', payload: { query: TEXT } },
  { by: 'its id', payload: { documentId: ID } },
  { by: 'its id without the algorithm', payload: { documentId: HASH } },
  { by: 'the hash that Apollo’s clients send', payload: { extensions: persisted(HASH) } },
  { by: 'its text and the hash', payload: { query: TEXT, extensions: persisted(HASH) } },
  { by: 'its id and no text', payload: { query: '', documentId: ID } },
];

/** Each way to name another one. */
const OTHERS: readonly { readonly what: string; readonly payload: Readonly<Record<string, unknown>> }[] = [
  { what: 'a text that is not in the manifest', payload: { query: '{ __typename }' } },
  { what: 'a text that differs by a space', payload: { query: `${TEXT} ` } },
  { what: 'a text that is none', payload: { query: '{' } },
  { what: 'introspection', payload: { query: getIntrospectionQuery() } },
  { what: 'an id that is unknown', payload: { documentId: 'sha256:0000' } },
  { what: 'an id like a member of every object', payload: { documentId: '__proto__' } },
  { what: 'a hash that is unknown', payload: { extensions: persisted('0'.repeat(64)) } },
  {
    what: 'another text under the hash of a known one',
    payload: { query: '{ __typename }', extensions: persisted(HASH) },
  },
  { what: 'another text under the id of a known one', payload: { query: '{ __typename }', documentId: ID } },
];

const ANSWER = { data: { operation: { location: expect.any(String), state: expect.any(String) } } };
const REFUSAL = {
  errors: [
    {
      message: expect.stringContaining("Only the documents of this gateway's manifest run."),
      extensions: { code: 'BAD_USER_INPUT' },
    },
  ],
};

describe('a gateway with a manifest of codegen', () => {
  let gateway: TestGateway;
  let socket: RawSocket;
  beforeAll(async () => {
    gateway = await startGateway({ TRUSTED_DOCUMENTS: MANIFEST });
    socket = await openReady(gateway.url);
  });
  afterAll(async () => {
    socket.close();
    await gateway.stop();
  });

  const variables = { location };
  const post = async (payload: object): Promise<unknown> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...payload, variables }),
    });
    return await response.json();
  };
  const get = async (payload: Readonly<Record<string, unknown>>): Promise<unknown> => {
    const parameters = new URLSearchParams({ variables: JSON.stringify(variables) });
    for (const [name, value] of Object.entries(payload)) {
      parameters.set(name, typeof value === 'string' ? value : JSON.stringify(value));
    }
    const headers = { 'apollo-require-preflight': '1' };
    return await (await fetch(`${gateway.url}/graphql?${parameters.toString()}`, { headers })).json();
  };
  let lastId = 0;
  const send = async (payload: object): Promise<unknown> => {
    const id = String(++lastId);
    socket.send({ type: 'subscribe', id, payload: { query: '', variables, ...payload } });
    const message = await socket.next();
    if (message.type === 'error') return { errors: message.payload };
    expect(await socket.next()).toEqual({ type: 'complete', id });
    return message.payload;
  };

  const stream = async (payload: object): Promise<unknown> => {
    const events = await openStream(gateway.url, { body: { ...payload, variables } });
    return events.result();
  };

  it.each(NAMED)(
    'runs a document of it that is named by $by, over POST, GET, websocket and events',
    async ({ payload }) => {
      expect(await post(payload)).toMatchObject(ANSWER);
      expect(await stream(payload)).toMatchObject(ANSWER);
      expect(await get(payload)).toMatchObject(ANSWER);
      expect(await send(payload)).toMatchObject(ANSWER);
    },
  );

  it.each(OTHERS)('does not run $what, over POST, GET, websocket or events', async ({ payload }) => {
    for (const answer of [await post(payload), await get(payload), await send(payload), await stream(payload)]) {
      expect(answer).toMatchObject(REFUSAL);
      expect(answer).not.toHaveProperty('data');
    }
  });

  it('knows what the front end’s own build makes of a document', async () => {
    expect(await post({ documentId: String(ByLocationDocument.__meta__?.['hash']) })).toMatchObject(ANSWER);
  });

  it('runs a subscription of it by its id', async () => {
    expect(WatchOperationDocument.__meta__?.['hash']).toBe(WATCH_ID);
    socket.send({
      type: 'subscribe',
      id: 'watch',
      payload: { query: '', documentId: WATCH_ID, variables: { refs: [{ location }] } },
    });
    expect(await socket.next()).toMatchObject({
      type: 'next',
      payload: { data: { operationStatusChanged: { reason: 'SNAPSHOT' } } },
    });
    socket.send({ type: 'complete', id: 'watch' });
  });

  it('answers a client that takes GraphQL’s own type with 400', async () => {
    for (const payload of [{ query: '{ __typename }' }, { documentId: 'unknown' }]) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
        body: JSON.stringify(payload),
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject(REFUSAL);
    }
  });

  it('keeps the guard against forged requests', async () => {
    const response = await fetch(`${gateway.url}/graphql?documentId=${encodeURIComponent(ID)}`);
    expect(response.status).toBe(400);
  });
});

describe('a gateway without a manifest', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  const post = async (payload: object): Promise<unknown> => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    });
    return await response.json();
  };

  it('says that it knows no ids', async () => {
    expect(await post({ documentId: ID })).toMatchObject({
      errors: [{ message: expect.stringContaining('TRUSTED_DOCUMENTS'), extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  it('tells Apollo’s clients in their own word, which makes them send the text', async () => {
    const extensions = persisted(HASH);
    expect(await post({ extensions })).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }],
    });
    expect(await post({ query: '{ __typename }', extensions })).toMatchObject({ data: { __typename: 'Query' } });
  });
});

describe('a manifest', () => {
  let folder: string;
  const gateways: TestGateway[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'manifest-'));
  });
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await rm(folder, { recursive: true });
  });

  const startWith = async (manifest: unknown, environment = {}): Promise<TestGateway> => {
    const file = path.join(folder, 'manifest.json');
    await writeFile(file, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
    const gateway = await startGateway({ TRUSTED_DOCUMENTS: file, ...environment });
    gateways.push(gateway);
    return gateway;
  };
  const problemsOf = async (manifest: unknown): Promise<readonly string[]> => {
    try {
      await startWith(manifest);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems;
      throw error;
    }
    return [];
  };
  const ask = async ({ url }: TestGateway, payload: object): Promise<unknown> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    });
    return await response.json();
  };

  it('may have the form of Apollo', async () => {
    const body = 'query Hello { __typename }';
    const id = createHash('sha256').update(body).digest('hex');
    const gateway = await startWith({
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id, name: 'Hello', type: 'query', body }],
    });
    expect(await ask(gateway, { extensions: persisted(id) })).toMatchObject({ data: { __typename: 'Query' } });
    expect(await ask(gateway, { query: '{ __typename }' })).toMatchObject(REFUSAL);
  });

  it('may have ids of any kind, and knows the SHA-256 of each text besides', async () => {
    const text = 'query Hello { __typename }';
    const gateway = await startWith({ hello: text });
    for (const documentId of ['hello', createHash('sha256').update(text).digest('hex')]) {
      expect(await ask(gateway, { documentId })).toMatchObject({ data: { __typename: 'Query' } });
    }
  });

  it('is the word of whoever runs the gateway: it may hold introspection, and what would be too deep for a stranger', async () => {
    const deep = '{ operations(host: { teamId: "1" }) { edges { node { history { to } } } } }';
    const gateway = await startWith(
      { schema: getIntrospectionQuery(), deep },
      { INTROSPECTION: 'off', MAX_DOCUMENT_DEPTH: '2' },
    );
    expect(await ask(gateway, { documentId: 'schema' })).toMatchObject({ data: { __schema: {} } });
    expect(await ask(gateway, { documentId: 'deep' })).toMatchObject({ errors: [{ path: ['operations'] }] });
  });

  it('holds nobody’s variables: what they cost is bounded all the same', async () => {
    const nodes = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const gateway = await startWith({ nodes }, { MAX_DOCUMENT_COST: '50' });
    const before = await refusalsOf(gateway, 'DOCUMENT_COST');
    expect(await ask(gateway, { documentId: 'nodes', variables: { ids: [] } })).toMatchObject({ data: { nodes: [] } });
    expect(await ask(gateway, { documentId: 'nodes', variables: { ids: Array(60).fill('1') } })).toMatchObject({
      errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit: 'DOCUMENT_COST' } }],
    });
    expect(await refusalsOf(gateway, 'DOCUMENT_COST')).toBe(before + 1);
  });

  it.each([
    { what: 'is not JSON', manifest: '{', said: /JSON file/ },
    { what: 'is a list', manifest: [], said: /must name a manifest/ },
    { what: 'has a form of its own', manifest: { format: 'other', operations: [] }, said: /must name a manifest/ },
    { what: 'is empty', manifest: {}, said: /names no document/ },
    { what: 'has a document that is no text', manifest: { good: '{ __typename }', bad: 5 }, said: /"bad"/ },
    {
      what: 'has an operation without an id',
      manifest: { format: 'apollo-persisted-query-manifest', operations: [{ body: '{ a }' }] },
      said: /text for each id/,
    },
    {
      what: 'has an id twice',
      manifest: {
        format: 'apollo-persisted-query-manifest',
        operations: [
          { id: 'one', body: '{ __typename }' },
          { id: 'one', body: '{ __typename }' },
        ],
      },
      said: /"one" twice/,
    },
    {
      what: 'has a document that does not parse',
      manifest: { broken: '{' },
      said: /"broken" that cannot run: Syntax Error/,
    },
    {
      what: 'has a document of another schema',
      manifest: { other: '{ weather }' },
      said: /"other" that cannot run: .*weather/,
    },
    {
      what: 'has a subscription under a condition',
      manifest: { sometimes: 'subscription { operationStatusChanged(refs: []) @skip(if: true) { to } }' },
      said: /"sometimes" that cannot run: .*@skip must not be on it/,
    },
  ])('that $what keeps the gateway from starting', async ({ manifest, said }) => {
    expect(await problemsOf(manifest)).toEqual([expect.stringMatching(said)]);
    expect(await problemsOf(manifest)).toEqual([expect.stringMatching(/^TRUSTED_DOCUMENTS /)]);
  });

  it('names each of its documents that cannot run', async () => {
    expect(await problemsOf({ one: '{', two: '{ __typename }', three: '{ weather }' })).toHaveLength(2);
  });

  it('that is not there keeps the gateway from starting', async () => {
    await expect(startGateway({ TRUSTED_DOCUMENTS: path.join(folder, 'nowhere.json') })).rejects.toThrow(
      /^TRUSTED_DOCUMENTS .*nowhere\.json/,
    );
  });
});
