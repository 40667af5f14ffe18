import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { noTracing } from '../../src/lib/tracing.js';
import { createTracing } from '../../src/telemetry/tracing.js';
import { startRawGraph, type RawGraph } from '../graph/raw-graph.js';
import { operationJson, sendJson } from '../graph/raw-graph.js';
import { closeAfterTest, ONE_OPERATION, startSandboxGateway, startTestGateway } from '../support/gateway.js';
import { isBelow, startSdk, type Spans } from './spans.js';

const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const TRACEPARENT = `00-${TRACE.traceId}-${TRACE.spanId}-01`;
const STATE_MS = 120_000;
const TEAM = '00000000-0000-4000-8000-000000000001';
const BOTH = `query ($one: OperationRef!, $other: OperationRef!) {
  one: operation(ref: $one) { state }
  other: operation(ref: $other) { state }
}`;

const refOf = (teamId: string, operationId: string) => ({ team: { hostId: teamId, operationId } });

async function post(url: string, query: string, variables: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer token-of-a-caller', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as { data?: unknown };
}

describe('without an SDK', () => {
  it('nothing is traced', () => {
    expect(createTracing('1.2.3')).toBe(noTracing);
  });

  it('nothing is added to what Graph is asked', async () => {
    const graph = await startGraph();
    const { url } = await startTestGateway({ graphUrl: graph.url.href });
    await post(url, ONE_OPERATION, { ref: refOf(TEAM, 'one') }, { traceparent: TRACEPARENT });
    for (const { headers } of graph.received) expect(headers).not.toHaveProperty('traceparent');
  });
});

describe('with an SDK', () => {
  let spans: Spans;
  beforeEach(() => {
    spans = startSdk();
  });
  afterEach(() => spans.stop());

  const one = (name: string): ReadableSpan => {
    const [span, ...others] = spans.named(name);
    if (span === undefined || others.length > 0) throw new Error(`${others.length + (span ? 1 : 0)} spans ${name}`);
    return span;
  };

  it('a query is one trace: the request, the check, the request to Graph, and the read in it', async () => {
    const graph = await startGraph();
    const { url } = await startTestGateway({ graphUrl: graph.url.href });
    await post(url, ONE_OPERATION, { ref: refOf(TEAM, 'one') });

    const [request, check, ask, read] = [one('POST /graphql'), one('check'), one('graph GET'), one('graph read')];
    expect(isBelow(check, request) && isBelow(ask, check) && isBelow(read, ask)).toBe(true);
    expect([request.kind, ask.kind]).toEqual([SpanKind.SERVER, SpanKind.CLIENT]);
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'url.path': '/graphql',
      'http.response.status_code': 200,
    });
    expect(read.attributes).toMatchObject({
      'gateway.location': `/v1.0/teams/${TEAM}/operations/one`,
      'http.response.status_code': 200,
      'gateway.graph.client_request_id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('a batch has one span for each of its reads', async () => {
    const graph = await startGraph();
    const { url } = await startTestGateway({ graphUrl: graph.url.href });
    const other = TEAM.replace(/1$/, '2');
    await post(url, BOTH, { one: refOf(TEAM, 'one'), other: refOf(other, 'missing') });

    const batch = one('graph $batch');
    const reads = spans.named('graph read');
    expect(reads.map(({ attributes }) => attributes['gateway.location'])).toEqual([
      `/v1.0/teams/${TEAM}/operations/one`,
      `/v1.0/teams/${other}/operations/missing`,
    ]);
    expect(reads.every((read) => isBelow(read, batch))).toBe(true);
    expect(reads.map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.ERROR]);
    expect(reads[1]?.attributes).toMatchObject({ 'error.type': 'notFound', 'http.response.status_code': 404 });
  });

  it('goes on with the trace that a request names, and carries it to Graph with nothing else', async () => {
    const graph = await startGraph();
    const { url } = await startTestGateway({ graphUrl: graph.url.href });
    await post(url, ONE_OPERATION, { ref: refOf(TEAM, 'one') }, { traceparent: TRACEPARENT, baggage: 'who=anna' });

    const request = one('POST /graphql');
    expect(request.spanContext().traceId).toBe(TRACE.traceId);
    expect(request.parentSpanContext).toMatchObject({ spanId: TRACE.spanId, isRemote: true });
    const headers = graph.received.find(({ method }) => method === 'GET')?.headers ?? {};
    expect(headers['traceparent']).toBe(`00-${TRACE.traceId}-${one('graph GET').spanContext().spanId}-01`);
    expect(headers).not.toHaveProperty('baggage');
  });

  it('a request that waits for the check of another one has a link to it', async () => {
    const graph = await startGraph();
    const { url } = await startTestGateway({ graphUrl: graph.url.href });
    const open = graph.hold();
    const first = post(url, ONE_OPERATION, { ref: refOf(TEAM, 'one') });
    await graph.arrived(2); // the first request is the gateway's own
    const second = post(url, ONE_OPERATION, { ref: refOf(TEAM, 'one') });
    await post(url, '{ __typename }', {}); // so that the second one is there
    open();
    await Promise.all([first, second]);

    const check = one('check');
    const linked = spans.named('POST /graphql').filter(({ links }) => links.length > 0);
    expect(linked.map(({ links }) => links.map(({ context }) => context.spanId))).toEqual([
      [check.spanContext().spanId],
    ]);
    expect(linked.some((request) => isBelow(check, request))).toBe(false);
  });

  it('the checks of a watch are traces of their own, and what they bring is fanned out below them', async () => {
    let aheadMs = 0;
    /** The machine's time, which is set forward below: the operation waits for it, however busy the machine is. */
    const clock: Clock = {
      now: () => systemClock.now() + aheadMs,
      wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
    };
    const environment = { POLL_INTERVAL_SECONDS: '0.2' };
    const { watch, sandbox, logged } = await startSandboxGateway({ clock, environment });
    const { location } = sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: STATE_MS } });
    const watching = await Promise.all([watch({ refs: [{ location }] }), watch({ refs: [{ location }] })]);
    await Promise.all(watching.map((each) => each.change()));
    await logged('check', 1);
    aheadMs = STATE_MS;
    await Promise.all(
      watching.map(async (each) => {
        while ((await each.change()).to !== 'SUCCEEDED');
        await each.completed();
      }),
    );

    const polls = spans.named('poll');
    expect(polls.length).toBeGreaterThanOrEqual(2);
    expect(polls.map(({ parentSpanContext }) => parentSpanContext)).toEqual(polls.map(() => undefined));
    for (const check of spans.named('check')) expect(polls.some((poll) => isBelow(check, poll))).toBe(true);
    expect(spans.named('websocket subscription')).toHaveLength(2);
    const waves = spans.named('fan-out').filter(({ attributes }) => attributes['gateway.events'] === 2);
    expect(waves.length).toBeGreaterThanOrEqual(2);
    const traces = polls.map((poll) => poll.spanContext().traceId);
    for (const wave of waves) {
      expect(wave.attributes).toMatchObject({ 'gateway.connections': 2 });
      expect(traces).toContain(wave.spanContext().traceId);
    }
  });

  it('an error’s span tells its name and not its message', async () => {
    const tracing = createTracing('1.2.3');
    const work = (): Promise<never> => Promise.reject(new TypeError('a text of somebody’s'));
    await expect(tracing.span('work', {}, work)).rejects.toThrow(TypeError);
    const { attributes, status, events } = one('work');
    expect([attributes, status.code, events]).toEqual([{ 'error.type': 'TypeError' }, SpanStatusCode.ERROR, []]);
  });

  it('no span tells a token, a document, a variable or a name of a caller’s', async () => {
    const graph = await startGraph();
    const { url } = await startTestGateway({ graphUrl: graph.url.href });
    const document = `query Private($ref: OperationRef!) { mine: operation(ref: $ref) { state } }`;
    await post(url, document, { ref: refOf(TEAM, 'one') }, { 'x-mine': 'private-header' });
    await post(`${url}/graphql/private-path?x=private-query`, document, {});
    const told = JSON.stringify(
      spans.all().map(({ name, attributes, events, links }) => ({ name, attributes, events, links })),
    );
    for (const text of ['token-of-a-caller', 'Private', 'mine', 'private-']) expect(told).not.toContain(text);
  });
});

/** Every operation is there, but for the one that is called `missing`. */
async function startGraph(): Promise<RawGraph & { hold(): () => void }> {
  let isHeld = false;
  const held: (() => void)[] = [];
  const answerTo = (path: string): { status: number; body: object } => {
    const id = path.split('/').at(-1) ?? '';
    return id === 'missing' ? { status: 404, body: {} } : { status: 200, body: operationJson(id) };
  };
  const graph = await startRawGraph((response, { method, url, body }) => {
    const answer = (): void => {
      if (method !== 'POST') {
        const { status, body: found } = answerTo(url);
        sendJson(response, status, found);
        return;
      }
      const { requests } = JSON.parse(body) as { requests: { id: string; url: string }[] };
      sendJson(response, 200, { responses: requests.map((part) => ({ id: part.id, ...answerTo(part.url) })) });
    };
    if (isHeld) held.push(answer);
    else answer();
  });
  closeAfterTest({ close: () => graph.close() });
  return {
    ...graph,
    hold() {
      isHeld = true;
      return () => {
        isHeld = false;
        for (const answer of held.splice(0)) answer();
      };
    },
  };
}
