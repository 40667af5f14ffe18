import { describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
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
    await expect(gateway.open()).rejects.toThrow('ECONNREFUSED');
    await expect(gateway.get('/healthz')).rejects.toThrow('fetch failed');
    release();

    const answers = await pipeline.ended;
    expect(answers).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answers).toContain('"operationId":"archiving"');
    expect(answers).toContain('HTTP/1.1 503 Service Unavailable');
    expect(answers).toContain('not ready');
    await stopped;
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
