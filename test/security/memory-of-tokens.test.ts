import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { once } from 'node:events';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { KEPT_FOR_MS } from '../../src/server/kept-bodies.js';
import { openReady, type RawSocket } from '../server/raw-socket.js';
import { startCountingGraph } from '../support/counting-graph.js';
import { startProcess } from '../support/gateway-process.js';
import { secret } from '../support/secrets.js';
import { pass } from '../support/until.js';

const CALLERS = 40;
/** Some of them Graph refuses; that is remembered for a while, their tokens are not. */
const REFUSED = 10;
/** What is read of a body outlasts everybody who has left. To wait is cheaper than to look again. */
const LINGERING_MS = KEPT_FOR_MS + 500;
/** A snapshot takes a second. A busy machine may have more to do before everybody has left. */
const MAX_SNAPSHOTS = 10;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

it('forgets the token of everybody who has left', async () => {
  const graph = await startCountingGraph();
  stops.push(() => graph.close());
  graph.put({ host: 'team', hostId: 'a-team', operationId: 'one', status: 'inProgress' });
  graph.allow((token) => !token.includes('refused'));
  const folder = mkdtempSync(join(tmpdir(), 'memory-of-a-gateway-'));
  const gateway = startProcess(
    { GRAPH_URL: graph.url, POLL_INTERVAL_SECONDS: '0.2', ...NO_BUDGETS },
    { cwd: folder, nodeOptions: ['--heapsnapshot-signal=SIGUSR2'] },
  );
  stops.push(async () => {
    gateway.kill('SIGKILL');
    await gateway.ended;
    rmSync(folder, { recursive: true });
  });
  /** Those tokens that the process holds. The snapshot begins with a collection of garbage. */
  const tokensInMemory = async (): Promise<readonly string[]> => {
    const written = watch(folder);
    gateway.kill('SIGUSR2');
    await once(written, 'change');
    written.close();
    // It is written at one go: whatever the process says next, it says after that.
    await once(get(`${url}/healthz`, { agent: false }), 'response');
    const [file = ''] = readdirSync(folder);
    const path = join(folder, file);
    const tokens = readFileSync(path, 'utf8').match(/token-of-caller-\w+/g) ?? [];
    rmSync(path);
    return [...new Set(tokens)].sort();
  };

  const url = await gateway.url();
  const staying = await watchAs(url, tokenOf('who-stays'));
  const names = Array.from({ length: CALLERS }, (_, at) => tokenOf(String(at)));
  const refused = Array.from({ length: REFUSED }, (_, at) => tokenOf(`refused-${at}`));
  await Promise.all(refused.map(async (token) => expect(await query(url, token)).toContain('"FORBIDDEN"')));
  await Promise.all(
    names.map(async (token, at) => {
      expect(await query(url, token, `written_${at}`)).toContain('"RUNNING"');
      const socket = await watchAs(url, token);
      if (at % 2 === 0) socket.close();
      else socket.drop();
      await socket.closed;
    }),
  );
  expect(new Set(graph.reads.map(({ token }) => token)).size).toBe(CALLERS + REFUSED + 1);

  await pass(LINGERING_MS);
  let held = await tokensInMemory();
  for (let taken = 1; held.length > 1 && taken < MAX_SNAPSHOTS; taken++) held = await tokensInMemory();
  expect(held).toEqual([tokenOf('who-stays')]);
  staying.close();
}, 120_000);

const NO_BUDGETS = { GRAPH_RATE_PER_SECOND: '0', GRAPH_RATE_PER_TEAM: '0', GRAPH_RATE_PER_CHAT: '0' };
const REF = { team: { hostId: 'a-team', operationId: 'one' } };

function tokenOf(name: string): string {
  return secret(`token-of-caller-${name.replaceAll('-', '_')}_1b4e28ba2fa1`);
}

/** @param written what the caller puts into its variables besides, by mistake */
async function query(url: string, token: string, written = 'nothing'): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({
      query: 'query ($ref: OperationRef!, $id: ID!) { operation(ref: $ref) { state } node(id: $id) { id } }',
      variables: { ref: REF, id: `token-of-caller-${written}` },
    }),
  });
  return response.text();
}

/** A socket that was told the state of the operation. */
async function watchAs(url: string, token: string): Promise<RawSocket> {
  const socket = await openReady(url, { authorization: `Bearer ${token}` });
  const document = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }';
  socket.send({ type: 'subscribe', id: '1', payload: { query: document, variables: { refs: [REF] } } });
  expect(await socket.next()).toMatchObject({ payload: { data: { operationStatusChanged: { to: 'RUNNING' } } } });
  return socket;
}
