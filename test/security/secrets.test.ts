import { afterEach, describe, expect, it } from '@jest/globals';
import { startRawGraph, type Answering, type RawGraph } from '../graph/raw-graph.js';
import { openReady, openSocket, refusalOf } from '../server/raw-socket.js';
import { startProcess, type GatewayProcess } from '../support/gateway-process.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';

/**
 * Neither in the form of a JWT nor behind the word Bearer does the gateway come to write a token; so these have no form
 * by which the net under its log could catch them, and could be names as well.
 */
const ANNA = secret('opaque_token_of_anna_d41d8cd98f00b204');
const BEN = secret('opaque_token_of_ben_e9800998ecf8427e');
/** One that stands where none belongs. Its caller is shown its own mistake, and nobody else is. */
const MISPLACED = 'opaque_token_in_a_wrong_place_8f00b204e980';

const OPERATION = 'query ($ref: OperationRef!) { operation(ref: $ref) { state error { message } } }';
const WATCH = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { reason to } }';

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe('a token', () => {
  let running: { stop(): Promise<unknown> }[] = [];
  afterEach(async () => {
    await Promise.all(running.map((one) => one.stop()));
    running = [];
  });

  /** The gateway at its most talkative, before a Graph that answers like this. */
  async function start(answering: Answering): Promise<{ graph: RawGraph; gateway: GatewayProcess; url: string }> {
    const graph = await startRawGraph(answering);
    const gateway = startProcess({ GRAPH_URL: graph.url.href, LOG_LEVEL: 'trace', POLL_INTERVAL_SECONDS: '0.2' });
    const stop = async (): Promise<void> => {
      gateway.kill('SIGKILL');
      await gateway.ended;
      await graph.close();
    };
    running.push({ stop });
    return { graph, gateway, url: await gateway.url() };
  }

  const post = async (url: string, token: string | null, body: object, headers = {}): Promise<Answer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, text: `${JSON.stringify([...response.headers])}${await response.text()}` };
  };
  const ask = (url: string, token: string, operationId: string): Promise<Answer> =>
    post(`${url}/graphql`, token, { query: OPERATION, variables: { ref: refOf(operationId) } });

  /** Ends the gateway, so that it has told everything. */
  async function expectSilence(gateway: GatewayProcess, ...tokens: readonly string[]): Promise<void> {
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    const { output } = gateway;
    for (const token of tokens) expect(output.out + output.err).not.toContain(token);
  }

  it.each([200, 401, 404, 429, 500])('that Graph repeats wherever it can in a %i is told to nobody', async (status) => {
    const { gateway, url } = await start((response, { headers, method }) => {
      const said = (headers.authorization ?? '').replace('Bearer ', '');
      if (method !== 'HEAD') {
        response.writeHead(status, {
          'content-type': 'application/json',
          'request-id': said,
          'client-request-id': said,
          'retry-after': said,
          'x-ms-ags-diagnostic': said,
          location: `/${said}`,
          'www-authenticate': `Bearer claims="${said}"`,
        });
      }
      const inner = { code: said, 'request-id': said, 'client-request-id': said };
      const error = { code: said, message: `No ${said}, "${said}"`, innerError: inner };
      response.end(JSON.stringify({ error, [said]: said, id: 'one', status: said, operationType: said }));
    });
    const answers = await Promise.all([ask(url, ANNA, 'one'), ask(url, BEN, 'one'), ask(url, ANNA, ANNA.slice(0, 9))]);
    const socket = await openReady(url, { authorization: `Bearer ${ANNA}` });
    socket.send({ type: 'subscribe', id: '1', payload: { query: WATCH, variables: { refs: [refOf('one')] } } });
    await gateway.said(/websocket request/);

    for (const { text } of answers) expect(text).not.toMatch(new RegExp(`${ANNA}|${BEN}`));
    expect(gateway.lines('graph request').length).toBeGreaterThan(1);
    socket.close();
    await expectSilence(gateway, ANNA, BEN);
  });

  it('that Graph repeats in an operation is not in what another caller is told of it', async () => {
    const { gateway, url } = await start((response, { headers }) => {
      const said = headers.authorization ?? '';
      response.end(JSON.stringify({ ...operationJson('one'), status: 'failed', error: { code: 'x', message: said } }));
    });
    const answers = [await ask(url, ANNA, 'one'), await ask(url, BEN, 'one')];
    for (const { text } of answers) {
      expect(text).toContain('"FAILED"');
      expect(text).not.toMatch(new RegExp(`${ANNA}|${BEN}`));
    }
    await expectSilence(gateway, ANNA, BEN);
  });

  it('is not logged, wherever in a request it stands', async () => {
    const { gateway, url } = await start((response) => response.end(JSON.stringify(operationJson('one'))));
    const here = `${url}/graphql`;
    const query = '{ __typename }';
    const named = `query ${MISPLACED} { __typename }`;
    const preflighted = { headers: { 'apollo-require-preflight': '1' } };
    await Promise.all([
      post(`${here}?access_token=${MISPLACED}`, null, { query }),
      fetch(`${here}?query=${encodeURIComponent(named)}&access_token=${MISPLACED}`, preflighted),
      fetch(`${here}?query=${MISPLACED}`, preflighted),
      fetch(`${url}/${MISPLACED}`),
      fetch(`${url}/graphql/${MISPLACED}/..%2f?${MISPLACED}`),
      post(here, ANNA, { query: named, operationName: MISPLACED }),
      post(here, ANNA, { query, operationName: MISPLACED }),
      post(here, ANNA, { query: OPERATION, variables: { ref: MISPLACED } }),
      post(here, ANNA, { query: OPERATION, variables: { ref: { id: MISPLACED } } }),
      post(here, ANNA, {
        query: OPERATION,
        variables: { ref: { location: `https://${MISPLACED}.example/${MISPLACED}` } },
      }),
      post(here, ANNA, { query, extensions: { persistedQuery: { version: 1, sha256Hash: MISPLACED } } }),
      post(here, ANNA, { query: `{ ${MISPLACED} }` }),
      post(here, ANNA, [MISPLACED]),
      post(here, `${MISPLACED} ${MISPLACED}`, { query }),
      post(
        here,
        ANNA,
        { query },
        { origin: `https://${MISPLACED}.example`, 'user-agent': MISPLACED, 'x-request-id': MISPLACED },
      ),
      post(here, null, { query }, { authorization: `Basic ${MISPLACED}` }),
      post(
        here,
        null,
        { query },
        { cookie: `token=${MISPLACED}`, 'content-type': `application/json; charset=${MISPLACED}` },
      ),
      refusalOf(url, { headers: { origin: `https://${MISPLACED}.example` } }),
      refusalOf(url, { path: `/${MISPLACED}` }),
    ]);
    const messages: (object | string)[] = [
      { type: 'subscribe', id: MISPLACED, payload: { query: named, operationName: MISPLACED } },
      { type: 'subscribe', id: MISPLACED, payload: { query: WATCH, variables: { refs: [{ id: MISPLACED }] } } },
      { type: 'subscribe', id: MISPLACED, payload: { query, operationName: MISPLACED } },
      { type: 'ping', payload: { authorization: MISPLACED } },
      { type: 'complete', id: MISPLACED },
      { type: MISPLACED },
      `{"type":${MISPLACED}`,
    ];
    for (const message of messages) {
      const socket = await openReady(url, { authorization: `Bearer ${ANNA}`, also: MISPLACED });
      socket.send(message);
      socket.send({ type: 'subscribe', id: 'last', payload: { query } });
      await Promise.race([socket.next().catch(() => null), socket.closed]);
      socket.close();
    }
    for (const payload of [{ authorization: MISPLACED }, { authorization: [MISPLACED] }, MISPLACED]) {
      const socket = await openSocket(url, { path: `/graphql?token=${MISPLACED}` });
      socket.send({ type: 'connection_init', payload });
      await Promise.race([socket.next().catch(() => null), socket.closed]);
      socket.close();
    }
    await until(() => gateway.lines('request').length > 15); // what a process prints comes when it comes
    await expectSilence(gateway, ANNA, MISPLACED);
  });

  it('that hangs on an error is not told when the process crashes of it', async () => {
    const crash =
      'process.on("SIGUSR2", () => { throw Object.assign(new Error("a bug"), { sent: process.env.SENT }) })';
    const nodeOptions = [`--import=data:text/javascript,${encodeURIComponent(crash)}`];
    const gateway = startProcess({ SENT: ANNA }, { nodeOptions });
    await gateway.url();
    gateway.kill('SIGUSR2');
    expect(await gateway.ended).toBe(1);
    expect(gateway.lines('crashed')).toMatchObject([{ err: { type: 'Error', message: 'a bug' } }]);
    expect(gateway.output.out + gateway.output.err).not.toContain(ANNA);
  });
});

function refOf(operationId: string): object {
  return { team: { hostId: 'a-team', operationId } };
}

function operationJson(id: string): object {
  return {
    id,
    operationType: 'archiveTeam',
    status: 'inProgress',
    createdDateTime: '2026-01-01T00:00:00Z',
    lastActionDateTime: '2026-01-01T00:00:01Z',
    attemptsCount: 1,
    targetResourceId: null,
    targetResourceLocation: null,
    error: null,
  };
}
