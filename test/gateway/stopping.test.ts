import { describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { startCountingGraph } from '../support/counting-graph.js';
import { createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, codeIn, ONE_OPERATION, operationIn, startTestGateway, TOKEN } from '../support/gateway.js';

const REF = { team: { hostId: 'sales', operationId: 'archiving' } };
const GRACE_MS = 2_000;
/** Longer than a test takes, however busy the machine is. */
const LONG_MS = 600_000;
/** Before the grace is over requests that wait for Graph are answered without it. */
const LAST_WORD_MS = 250;
const GATHER_MS = 10;
/** Who has asked for nothing by then is not waited for. */
const ASK_WITHIN_MS = 250;

async function start(clock?: Clock, graceMs = GRACE_MS) {
  const graph = closeAfterTest(await startCountingGraph());
  graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'inProgress' });
  const gateway = await startTestGateway({
    graphUrl: graph.url,
    environment: { STOP_GRACE_SECONDS: String(graceMs / 1_000) },
    ...(clock !== undefined && { clock }),
  });
  return { graph, gateway };
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly agent: Agent | false;
}

/** One request, and all of its answer. */
async function exchange(url: string, path: string, { body, ...ask }: Ask) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(`${url}${path}`, ask, resolve).on('error', reject).end(body);
  });
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}

/** Two requests on one connection, the second one sent later: the answers as they came, one after the other. */
function openPipeline(url: string) {
  const { hostname, port } = new URL(url);
  const connection = connect(Number(port), hostname);
  let text = '';
  connection.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = new Promise<string>((resolve) => connection.once('close', () => resolve(text)));
  return {
    opened: new Promise((resolve) => connection.once('connect', resolve)),
    send: (lines: readonly string[], body = '') => void connection.write(`${lines.join('\r\n')}\r\n\r\n${body}`),
    ended,
  };
}

describe('a gateway that is stopped', () => {
  it('answers the request that it is at, and says that it is not ready while it drains', async () => {
    const { graph, gateway } = await start(systemClock, LONG_MS);
    expect(await gateway.get('/readyz')).toEqual({ status: 200, text: 'ready\n' });
    const release = graph.hold();
    const pipeline = openPipeline(gateway.url);
    const body = JSON.stringify({ query: ONE_OPERATION, variables: { ref: REF } });
    pipeline.send(
      [
        'POST /graphql HTTP/1.1',
        `Host: ${new URL(gateway.url).host}`,
        'Content-Type: application/json',
        `Authorization: Bearer ${TOKEN}`,
        `Content-Length: ${Buffer.byteLength(body)}`,
      ],
      body,
    );
    await graph.until(() => graph.requests.length === 1);

    const stopped = gateway.app.stop();
    pipeline.send(['GET /readyz HTTP/1.1', `Host: ${new URL(gateway.url).host}`]);
    expect(await gateway.get('/healthz')).toEqual({ status: 200, text: 'ok\n' });
    expect(await gateway.get('/readyz')).toEqual({ status: 503, text: 'not ready: it is stopping\n' });
    expect((await gateway.get('/metrics')).text).toContain('\ngateway_ready 0\n');
    release();

    const answers = await pipeline.ended;
    expect(answers).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answers).toContain('"operationId":"archiving"');
    expect(answers).toContain('HTTP/1.1 503 Service Unavailable');
    expect(answers).toContain('not ready');
    await stopped;
    await expect(gateway.get('/readyz')).rejects.toThrow('fetch failed');
  });

  it('answers all that was asked before over one connection, though the first answer is given while the rest is due', async () => {
    const { graph, gateway } = await start(systemClock, LONG_MS);
    const release = graph.hold();
    const pipeline = openPipeline(gateway.url);
    const head = [
      'POST /graphql HTTP/1.1',
      `Host: ${new URL(gateway.url).host}`,
      'Content-Type: application/json',
      `Authorization: Bearer ${TOKEN}`,
    ];
    const send = (query: string): void => {
      const body = JSON.stringify({ query, variables: { ref: REF } });
      pipeline.send([...head, `Content-Length: ${Buffer.byteLength(body)}`], body);
    };
    const waiting = `query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 600) { state } }`;
    send(waiting);
    send(ONE_OPERATION.replace('operation(', 'second: operation('));
    send('{ __typename }');
    await graph.until(() => graph.requests.length === 1);
    const stopped = gateway.app.stop();
    release();
    const answers = await pipeline.ended;
    expect(answers.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
    expect(answers).toMatch(/"waitForOperation".*"second".*"__typename"/s);
    await stopped;
  });

  describe('and has something to finish', () => {
    const begin = async () => {
      const { graph, gateway } = await start(systemClock, LONG_MS);
      const kept = new Agent({ keepAlive: true, maxSockets: 1 });
      await exchange(gateway.url, '/healthz', { agent: kept });
      const release = graph.hold();
      const asked = gateway.query(ONE_OPERATION, { ref: REF });
      await graph.until(() => graph.requests.length === 1);
      const stopped = gateway.app.stop();
      return {
        gateway,
        kept,
        end: async (): Promise<void> => {
          release();
          expect(operationIn(await asked)).toMatchObject({ state: 'RUNNING' });
          await stopped;
          kept.destroy();
        },
      };
    };
    const json = { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` };
    const body = JSON.stringify({ query: '{ __typename }' });
    const origin = 'http://localhost:5173';

    it.each([
      { what: 'a query', path: '/graphql', method: 'POST', headers: json, body },
      { what: 'a query that is long', path: '/graphql', method: 'POST', headers: json, body: 'x'.repeat(5_000_000) },
      { what: 'a query in the address', path: '/graphql?query={__typename}', headers: {} },
      { what: 'a stream', path: '/graphql/stream?query={__typename}', headers: { accept: 'text/event-stream' } },
      { what: 'the reservation of a stream', path: '/graphql/stream', method: 'PUT', headers: {} },
      { what: 'a preflight', path: '/graphql', method: 'OPTIONS', headers: { origin } },
      { what: 'something that is not there', path: '/nothing', headers: {} },
    ])('refuses $what on any connection, and ends that', async ({ path, ...ask }) => {
      const { gateway, kept, end } = await begin();
      for (const agent of [kept, false] as const) {
        const { status, headers, text } = await exchange(gateway.url, path, { ...ask, agent });
        expect({ status, connection: headers.connection }).toEqual({ status: 503, connection: 'close' });
        expect(JSON.parse(text)).toEqual({
          errors: [
            {
              message: 'The gateway is stopping: ask again in a moment.',
              extensions: { code: 'UPSTREAM_UNAVAILABLE' },
            },
          ],
        });
      }
      await end();
    });

    it('refuses a page in words for people', async () => {
      const { gateway, end } = await begin();
      const page = await exchange(gateway.url, '/', { headers: { accept: 'text/html' }, agent: false });
      expect(page).toMatchObject({ status: 503, text: 'The gateway is stopping: ask again in a moment.\n' });
      await end();
    });

    it('refuses a websocket, and a client that asks again is told the same', async () => {
      const { gateway, end } = await begin();
      let tries = 0;
      const client = createClient({
        url: `${gateway.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 2,
        shouldRetry: () => true,
        retryWait: () => Promise.resolve(),
        on: { connecting: () => (tries += 1) },
      });
      await expect(client.iterate({ query: '{ __typename }' }).next()).rejects.toMatchObject({
        message: 'Unexpected server response: 503',
      });
      expect(tries).toBe(3);
      await expect(gateway.open()).rejects.toThrow('503');
      await end();
    });

    it('does not wait for a request that comes too late and never to its end', async () => {
      const { gateway, end } = await begin();
      const late = openPipeline(gateway.url);
      late.send([
        'POST /graphql HTTP/1.1',
        `Host: ${new URL(gateway.url).host}`,
        'Content-Type: application/json',
        'Content-Length: 1000',
      ]);
      await exchange(gateway.url, '/healthz', { agent: false }); // and so it has come
      await end();
      expect(await late.ended).toBe('');
    });
  });

  it('closes live sockets with 1001, which clients take for: connect elsewhere', async () => {
    const { gateway } = await start();
    const watchings = await Promise.all([1, 2, 3].map(() => gateway.watch({ refs: [REF] })));
    await Promise.all(watchings.map((watching) => watching.change()));

    const stopped = gateway.app.stop();
    for (const { socket } of watchings) expect(await socket.closed).toMatchObject({ code: 1001 });
    await stopped;
  });

  it('answers who waits for an operation with what is known', async () => {
    const { graph, gateway } = await start();
    const waiting = gateway.query(
      'query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 600) { state } }',
      { ref: REF },
    );
    await gateway.logged('check', 1);
    await gateway.app.stop();
    expect(await waiting).toMatchObject({ status: 200, data: { waitForOperation: { state: 'RUNNING' } } });
    expect(graph.requests.length).toBe(1);
  });

  it('asks Graph for nothing more', async () => {
    const { graph, gateway } = await start();
    const watching = await gateway.watch({ refs: [REF] });
    await watching.change();
    await gateway.app.stop();
    const { length } = graph.requests;
    operationIn(await (await start()).gateway.query(ONE_OPERATION, { ref: REF })); // another one is none the worse for it
    expect(graph.requests.length).toBe(length);
  });

  it('does not wait for a connection over which nobody has asked for anything', async () => {
    const clock = createFakeClock();
    const { gateway } = await start(clock);
    const silent = openPipeline(gateway.url);
    await silent.opened;
    expect(await gateway.get('/healthz')).toMatchObject({ status: 200 }); // and so the gateway has taken that one too
    const stopped = gateway.app.stop();
    await clock.advance(ASK_WITHIN_MS);
    await stopped;
    expect(await silent.ended).toBe('');
  });

  it('waits for no longer than its grace, and a second call joins the first', async () => {
    const clock = createFakeClock();
    const { graph, gateway } = await start(clock);
    graph.hold();
    const asking = gateway.query(ONE_OPERATION, { ref: REF }).then(codeIn, () => 'cut');
    const watching = await gateway.watch({ refs: [{ team: { hostId: 'support', operationId: 'cloning' } }] });
    await clock.advance(GATHER_MS);
    await graph.until(() => graph.requests.length === 2);

    let isAnswered = false;
    void asking.then(() => (isAnswered = true));
    const [first, second] = [gateway.app.stop(), gateway.app.stop()];
    expect(second).toBe(first);
    expect(await watching.socket.closed).toMatchObject({ code: 1001 });
    await clock.advance(GRACE_MS - LAST_WORD_MS - 1);
    expect(isAnswered).toBe(false); // it still waits for Graph
    await clock.advance(1);
    expect(await asking).toBe('UPSTREAM_UNAVAILABLE');
    await clock.advance(LAST_WORD_MS);
    await first;
  });
});
