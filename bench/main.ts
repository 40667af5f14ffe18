import { cpus } from 'node:os';
import { request } from 'undici';
import { measureCallers } from './callers.js';
import { createLoad, CONNECTIONS, type Ask } from './load.js';
import { startServer, type ServerProcess } from './processes.js';

/**
 * `npm run bench`: what a query costs the gateway's process in CPU, beside servers that do as little as can be done for
 * the same answer. Each server is a process of its own; they take turns under the same load, round by round, and the
 * median of the rounds counts. Then what it costs that many callers watch the same operations of one host, played on a
 * clock of its own. `--quick` is one short round: it shows that the bench runs, not what it measures.
 */

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 5;
const REQUESTS = QUICK ? 500 : 5_000;
const WARM_UP = QUICK ? 200 : 5_000;

const QUERY = `query ($ref: OperationRef!) {
  operation(ref: $ref) {
    id operationId location state terminal createdDateTime lastActionDateTime error { code message }
    ... on TeamsAsyncOperation { operationType status attemptsCount targetResourceId targetResourceLocation }
  }
}`;

/** Every team has one operation that matters; to another number belongs another team. */
function askGateway(teamId: string): Ask {
  const variables = { ref: { team: { hostId: teamId, operationId: `operation-of-${teamId}` } } };
  return { method: 'POST', path: '/graphql', body: JSON.stringify({ query: QUERY, variables }) };
}

function askProxy(teamId: string): Ask {
  return { method: 'GET', path: `/v1.0/teams/${teamId}/operations/operation-of-${teamId}` };
}

interface Subject {
  readonly name: string;
  readonly server: ServerProcess;
  readonly make: (number: number) => Ask;
}

/** @returns CPU per request in microseconds, the median of all rounds, in the order of the subjects */
async function measure(subjects: readonly Subject[]): Promise<number[]> {
  const runs = subjects.map((subject) => ({ ...subject, load: createLoad(subject.server.url), costs: [] as number[] }));
  for (const { load, make } of runs) await load.send(WARM_UP, make);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { server, load, make, costs } of runs) {
      const before = await server.cpuMicros();
      await load.send(REQUESTS, make);
      costs.push(((await server.cpuMicros()) - before) / REQUESTS);
    }
  }
  for (const { load } of runs) await load.close();
  return runs.map(({ costs }) => median(costs));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function answerOf({ url }: ServerProcess, { method, path, body }: Ask): Promise<string> {
  const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
  const response = await request(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) });
  return response.body.text();
}

const [processor] = cpus();
console.log(`Node ${process.version}, ${cpus().length} × ${processor?.model ?? 'unknown processor'}`);
console.log(`${ROUNDS} × ${REQUESTS} requests over ${CONNECTIONS} connections, after ${WARM_UP} to warm up\n`);

const graph = await startServer('graph');
const proxy = await startServer('proxy', { GRAPH_URL: graph.url });
const gateway = await startServer('gateway', {
  PORT: '0',
  GRAPH_URL: graph.url,
  GRAPH_RATE_PER_SECOND: '0',
  GRAPH_RATE_PER_TEAM: '0',
});
const snapshot = askGateway('always-the-same');
const memory = await startServer('memory', { BODY: await answerOf(gateway, snapshot) });

const subjects: Subject[] = [
  { name: 'node:http, the same JSON from memory', server: memory, make: () => snapshot },
  { name: 'gateway, answered from a snapshot', server: gateway, make: () => snapshot },
  { name: 'node:http + undici, one GET handed on', server: proxy, make: (number) => askProxy(`team-${number}`) },
  { name: 'gateway, one GET upstream', server: gateway, make: (number) => askGateway(`team-${number}`) },
];
const [fromMemory = NaN, fromSnapshot = NaN, handedOn = NaN, upstream = NaN] = await measure(subjects);

console.log('| | CPU per request | ratio |');
console.log('|---|--:|--:|');
for (const [at, { name }] of subjects.entries()) {
  const cost = [fromMemory, fromSnapshot, handedOn, upstream][at] ?? NaN;
  const floor = at < 2 ? fromMemory : handedOn;
  console.log(`| ${name} | ${cost.toFixed(0)} µs | ${(cost / floor).toFixed(1)} |`);
}

for (const server of [gateway, proxy, memory, graph]) await server.stop();

console.log('\n| callers of one host | reads per interval | without a proof | CPU per interval |');
console.log('|---|--:|--:|--:|');
for (const kind of ['team', 'chat'] as const) {
  for (const callers of QUICK ? [1, 10] : [1, 10, 100, 1_000]) {
    const { readsPerInterval, overdue, cpuMs } = await measureCallers(kind, callers, QUICK ? 310_000 : 620_000);
    const share = `${(overdue * 100).toFixed(1)} %`;
    console.log(`| ${kind}, ${callers} | ${readsPerInterval.toFixed(1)} | ${share} | ${cpuMs.toFixed(1)} ms |`);
  }
}
