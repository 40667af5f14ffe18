import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  buildClientSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
  type IntrospectionQuery,
} from 'graphql';
import { systemClock } from '../src/lib/clock.js';
import { systemRandom } from '../src/lib/random.js';
import { startSandbox } from '../src/sandbox/server.js';
import { openReady } from './server/raw-socket.js';
import { startCountingGraph } from './support/counting-graph.js';
import { closeAfterTest } from './support/gateway.js';
import { eventually } from './support/until.js';
import { startProcess, type GatewayProcess } from './support/gateway-process.js';
import { secret } from './support/secrets.js';
import { openSocket } from './support/ws-client.js';

const TOKEN = secret('a-token-that-nobody-may-read-7f3a');
/** One in a place where its own caller may read it, and nobody else. */
const MISPLACED = 'a-token-in-the-wrong-place-9c1e';
/** What the sources say; a program in which classes had other names would say something else. */
const SCHEMA = new URL('../schema/schema.graphql', import.meta.url);
const WATCH = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { reason to } }';

describe('the gateway as a process', () => {
  let running: GatewayProcess[] = [];
  const run = (environment: Readonly<Record<string, string>> = {}): GatewayProcess => {
    const gateway = startProcess(environment);
    running.push(gateway);
    return gateway;
  };
  afterEach(async () => {
    for (const { kill, ended } of running) {
      kill('SIGKILL');
      await ended;
    }
    running = [];
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'says where everything is, and on %s closes its streams with 1001 and ends with 0',
    async (signal) => {
      const gateway = run({ STOP_GRACE_SECONDS: '600' }); // which this test does not wait for
      const url = await gateway.url();
      const socket = await openReady(url);
      expect(await schemaOf(url)).toBe(await readFile(SCHEMA, 'utf8'));
      socket.send({
        type: 'subscribe',
        id: '1',
        payload: {
          query: WATCH,
          variables: {
            refs: [
              {
                team: {
                  hostId: '7ea00000-0000-4000-8000-000000000001',
                  operationId: '0be7a000-0000-4000-8000-000000000001',
                },
              },
            ],
          },
        },
      });
      expect(await socket.next()).toMatchObject({
        payload: { data: { operationStatusChanged: { reason: 'SNAPSHOT' } } },
      });

      gateway.kill(signal);
      expect(await socket.closed).toMatchObject({ code: 1001 });
      expect(await gateway.ended).toBe(0);
      expect(gateway.output.err).toBe('');
      expect(gateway.output.out).toContain('sandbox');
      expect(gateway.lines('stopping')).toEqual([expect.objectContaining({ signal })]);
    },
  );

  it('says on SIGTERM that it is not ready until it has answered, and ends with 0', async () => {
    const graph = closeAfterTest(await startCountingGraph());
    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'inProgress' });
    const gateway = run({ GRAPH_URL: graph.url, STOP_GRACE_SECONDS: '600' });
    const url = await gateway.url();
    const release = graph.hold();
    const asked = ask(url, '{ operation(ref: { team: { hostId: "sales", operationId: "archiving" } }) { state } }');
    await graph.until(() => graph.requests.length === 1);
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(`${url}${path}`, { headers: { connection: 'close' } })).status;
    expect(await statusOf('/readyz')).toBe(200);

    gateway.kill('SIGTERM');
    await eventually(async () => expect(await statusOf('/readyz')).toBe(503));
    expect(await Promise.all(['/readyz', '/healthz', '/metrics'].map(statusOf))).toEqual([503, 200, 200]);
    expect((await ask(url, '{ __typename }')).status).toBe(503);
    await expect(openSocket(`${url}/graphql`)).rejects.toThrow('503');
    release();
    expect(await (await asked).json()).toMatchObject({ data: { operation: { state: 'RUNNING' } } });
    expect(await gateway.ended).toBe(0);
    expect(gateway.output.err).toBe('');
  });

  it('ends at once where no grace is given, whoever still waits', async () => {
    const graph = closeAfterTest(await startCountingGraph());
    graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'inProgress' });
    const gateway = run({ GRAPH_URL: graph.url, STOP_GRACE_SECONDS: '0' });
    const url = await gateway.url();
    graph.hold();
    const asked = ask(url, '{ operation(ref: { team: { hostId: "sales", operationId: "archiving" } }) { state } }');
    const settled = Promise.allSettled([asked]);
    await graph.until(() => graph.requests.length === 1);
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    await settled;
  });

  it('logs a line for each request and each check, and never a token', async () => {
    const graph = await startSandbox({ clock: systemClock, random: systemRandom });
    graph.addToken(TOKEN, graph.demoUser);
    const gateway = run({ GRAPH_URL: graph.url, LOG_LEVEL: 'trace', POLL_INTERVAL_SECONDS: '0.2' });
    const url = await gateway.url();
    const known = graph.begin({ life: { stalls: true } });
    const ask = (authorization: string, location: string): Promise<Response> =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'query ($ref: OperationRef!) { operation(ref: $ref) { state } }',
          variables: { ref: { location } },
        }),
      });

    const answers = [await ask(`Bearer ${TOKEN}`, known.location)];
    graph.fail({ fault: { kind: 'status', status: 503 } });
    answers.push(await ask(`Bearer ${TOKEN}`, graph.begin().location)); // an unavailable Graph
    graph.fail({ fault: { kind: 'reset' } });
    answers.push(await ask(`Bearer ${TOKEN}`, graph.begin().location)); // a broken connection
    answers.push(await ask(`Bearer ${TOKEN}-of-nobody`, known.location)); // a token that Graph refuses
    answers.push(await ask(`Basic ${TOKEN}`, known.location)); // one in a form that is none
    answers.push(await ask(`Bearer ${TOKEN}`, `https://evil.example/${MISPLACED}`)); // one in the wrong place
    const socket = await openReady(url, { authorization: `Bearer ${TOKEN}` });
    socket.send({
      type: 'subscribe',
      id: MISPLACED,
      payload: { query: WATCH, variables: { refs: [{ location: known.location }] } },
    });
    expect(await socket.next()).toMatchObject({
      payload: { data: { operationStatusChanged: { reason: 'SNAPSHOT' } } },
    });
    socket.send({ type: MISPLACED });
    expect(await socket.closed).toMatchObject({ code: 4400 });

    gateway.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.lines('request')).toEqual(
      answers.map(({ status }) =>
        expect.objectContaining({ method: 'POST', path: '/graphql', status, ms: expect.any(Number) }),
      ),
    );
    const checks = gateway.lines('check');
    expect(checks.length).toBeGreaterThanOrEqual(4);
    for (const line of checks) expect(line).toMatchObject({ check: expect.any(String), outcome: expect.any(String) });
    for (const token of [TOKEN, MISPLACED]) expect(gateway.output.out + gateway.output.err).not.toContain(token);
    await graph.close();
  });

  it('starts before a Graph that cannot be reached, and says so in one line', async () => {
    const gateway = run({ GRAPH_URL: 'http://127.0.0.1:1' });
    const url = await gateway.url();
    await gateway.said(/graph unreachable/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.lines('graph unreachable')).toEqual([
      expect.objectContaining({ graph: 'http://127.0.0.1:1', reason: expect.stringContaining('ECONNREFUSED') }),
    ]);
    expect(gateway.output.err).toBe('');
  });

  it('ends with one line when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const gateway = run({ PORT: String(port) });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.err).toBe(
      `Port ${port} on 127.0.0.1 is in use: set PORT to another one, or to 0 for any free one.\n`,
    );
    expect(gateway.output.out).toBe('');
    other.close();
  });

  it('ends with one line when its address is not one of this machine', async () => {
    const gateway = run({ HOST: '192.0.2.1' });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.err).toBe('HOST 192.0.2.1 is not an address of this machine.\n');
  });

  it('ends with a line for each variable that is wrong', async () => {
    const gateway = run({ PORT: 'http', LOG_LEVEL: 'loud', CLIENT_SECRET: TOKEN });
    expect(await gateway.ended).toBe(1);
    const lines = gateway.output.err.trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ', 1)[0]).toSorted()).toEqual(['CLIENT_SECRET', 'LOG_LEVEL', 'PORT']);
    expect(gateway.output.out).toBe('');
    expect(gateway.output.err).not.toContain(TOKEN);
  });

  it('ends with one line in production when no Graph is named', async () => {
    const gateway = run({ NODE_ENV: 'production' });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.err).toMatch(/^GRAPH_URL must be set when NODE_ENV is production[^\n]*\n$/);
    expect(gateway.output.out).toBe('');
  });
});

function ask(url: string, query: string): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ query }),
  });
}

/** As the process tells it, written as the file is. */
async function schemaOf(url: string): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery({ oneOf: true }) }),
  });
  const { data } = (await response.json()) as { readonly data: IntrospectionQuery };
  return `${printSchema(lexicographicSortSchema(buildClientSchema(data)))}\n`;
}
