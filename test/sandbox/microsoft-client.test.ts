import { describe, expect, it } from '@jest/globals';
import {
  AuthenticationHandler,
  BatchRequestContent,
  BatchResponseContent,
  Client,
  PageIterator,
  ResponseType,
  RetryHandler,
  RetryHandlerOptions,
  type Context,
  type Middleware,
} from '@microsoft/microsoft-graph-client';
import { type Sandbox } from '../../src/sandbox/server.js';
import { list, object, startTestSandbox, text } from './support.js';

/**
 * Microsoft's own client, which has never heard of us. It gives its token to https alone and takes only https out of a
 * next link, so TLS is made to end just before the sandbox; everything else of it is as it comes.
 */
function microsoftClient({ url, demoToken }: Sandbox): Client {
  const endOfTls: Middleware = {
    async execute(context: Context) {
      const headers = new Headers(context.options?.headers);
      headers.set('X-Forwarded-Proto', 'https');
      const address = String(context.request).replace('https://', 'http://');
      context.response = await fetch(address, { ...context.options, headers });
    },
  };
  const authenticate = new AuthenticationHandler({ getAccessToken: () => Promise.resolve(demoToken) });
  const retry = new RetryHandler(new RetryHandlerOptions(0));
  authenticate.setNext(retry);
  retry.setNext(endOfTls);
  return Client.initWithMiddleware({
    baseUrl: url.replace('http://', 'https://'),
    customHosts: new Set(['127.0.0.1']),
    middleware: authenticate,
  });
}

async function withClient(options = {}) {
  const started = await startTestSandbox(options);
  return { ...started, client: microsoftClient(started.sandbox) };
}

describe("Microsoft's own client", () => {
  it('reads an operation where the Location of its start leads', async () => {
    const { sandbox, client } = await withClient();
    const { location, operationId } = sandbox.begin({ operationType: 'archiveTeam' });
    const operation = object(await client.api(location).get());
    expect(operation).toMatchObject({
      id: operationId,
      operationType: 'archiveTeam',
      status: 'notStarted',
      error: null,
    });
  });

  it('reads the operations of a chat in beta, with select, filter and preference', async () => {
    const { sandbox, client } = await withClient();
    const hostId = sandbox.addChat();
    const { operationId } = sandbox.begin({ hostId, life: { startsAfterMs: 0, stalls: true } });
    sandbox.begin({ hostId });
    const page = object(
      await client
        .api(`/chats/${hostId}/operations`)
        .version('beta')
        .header('Prefer', 'include-unknown-enum-members')
        .filter("status eq 'inProgress' and operationType eq 'createChat'")
        .select(['id', 'operationType'])
        .get(),
    );
    expect(page['value']).toEqual([{ id: operationId, operationType: 'createChat' }]);
  });

  it('pages through a list to its end, over a page that is empty', async () => {
    const { sandbox, client } = await withClient({ pageSize: 2 });
    const hostId = sandbox.addTeam();
    const ids = [1, 2, 3, 4, 5].map(() => sandbox.begin({ hostId }).operationId);
    const seen: unknown[] = [];
    const first = object(await client.api(`/teams/${hostId}/operations`).get());
    sandbox.fail({ fault: { kind: 'emptyPage' } });
    const iterator = new PageIterator(
      client,
      { '@odata.nextLink': text(first['@odata.nextLink']), value: list(first['value']) },
      (operation: { id: string }) => {
        seen.push(operation.id);
        return true;
      },
    );
    await iterator.iterate();
    expect(iterator.isComplete()).toBe(true);
    expect(seen).toEqual(ids.reverse());
    expect(sandbox.counts().requests).toBe(4);
  });

  it('sends a batch and finds each answer by its id', async () => {
    const { sandbox, client } = await withClient();
    const { path, operationId } = sandbox.begin();
    // It takes the host off an address and nothing else: what is left is relative to the version of the batch.
    const batch = new BatchRequestContent([
      { id: '1', request: new Request(`https://graph.microsoft.com${path.replace('/v1.0', '')}`, { method: 'GET' }) },
      { id: '2', request: new Request('https://graph.microsoft.com/teams/none/operations', { method: 'GET' }) },
    ]);
    const answer = object(await client.api('/$batch').post(await batch.getContent()));
    const parts = new BatchResponseContent({ responses: list(answer['responses']) });
    expect(parts.getResponseById('1').status).toBe(200);
    expect(await parts.getResponseById('1').json()).toMatchObject({ id: operationId });
    expect(parts.getResponseById('2').status).toBe(404);
  });

  it('starts an operation and is told where in the headers alone', async () => {
    const { sandbox, client } = await withClient();
    const request = client.api(`/teams/${sandbox.addTeam()}/archive`).responseType(ResponseType.RAW);
    const response: unknown = await request.post({});
    if (!(response instanceof Response)) throw new Error('The client gave no raw response.');
    expect(response.status).toBe(202);
    const operation = object(await client.api(text(response.headers.get('location'))).get());
    expect(operation['operationType']).toBe('archiveTeam');
  });

  it('comes back after a 429, when it is told to', async () => {
    const { sandbox, client } = await withClient();
    sandbox.fail({ fault: { kind: 'status', status: 429, retryAfter: '0' } });
    sandbox.fail({ fault: { kind: 'status', status: 503, retryAfter: '0.01' } });
    expect(await client.api('/me').get()).toMatchObject({ id: sandbox.demoUser.id });
    expect(sandbox.reads().map(({ status }) => status)).toEqual([429, 503, 200]);
  });

  it('reads the code, the request id and the date of an error', async () => {
    const { client } = await withClient();
    await expect(client.api('/teams/none/operations/none').get()).rejects.toMatchObject({
      statusCode: 404,
      code: 'NotFound',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      date: new Date('2026-01-01T00:00:00'),
    });
  });
});
