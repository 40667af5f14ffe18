import { type Ask, type LoadCommands } from '../children/load.js';
import { startGateway, startGraph } from '../gateway.js';
import { type Part } from '../part.js';
import { startChild, type Server } from '../processes.js';
import { median } from '../statistics.js';
import { atMost, micros, times } from '../table.js';

/**
 * What a query costs the gateway's process in CPU, beside servers that answer the same. They take turns under the same
 * load, round by round, and the median round counts.
 */
export const measureQueries: Part = async (quick, say) => {
  const rounds = quick ? 1 : 5;
  const requests = quick ? 500 : 4_000;

  const [load, graph] = await Promise.all([startChild<LoadCommands>('load', 'beside'), startGraph(1)]);
  const [proxy, gateway] = await Promise.all([
    startChild('proxy', 'measured', { GRAPH_URL: graph.url }),
    startGateway(graph, 31),
  ]);
  const same: Ask = { type: 'query', sameOperation: true };
  const other: Ask = { type: 'query', sameOperation: false };
  const read: Ask = { type: 'read' };
  const body = await load.ask('answer', { url: gateway.url, ask: same });
  const { data } = JSON.parse(body) as { readonly data: { readonly operation: object } };
  const [memory, mercurius] = await Promise.all([
    startChild('memory', 'measured', { BODY: body }),
    startChild('mercurius', 'measured', { OPERATION: JSON.stringify(data.operation) }),
  ]);

  const take = async (server: Server, ask: Ask): Promise<() => Promise<number>> => {
    await load.ask('send', { url: server.url, ask, count: requests });
    return async () => {
      const before = await server.ask('cpu', null);
      await load.ask('send', { url: server.url, ask, count: requests });
      return ((await server.ask('cpu', null)) - before) / requests;
    };
  };
  const costs = new Map<string, number[]>();
  const subjects = {
    memory: await take(memory, same),
    mercurius: await take(mercurius, same),
    snapshot: await take(gateway, same),
    proxy: await take(proxy, read),
    upstream: await take(gateway, other),
  };
  for (let round = 1; round <= rounds; round++) {
    say(`round ${round} of ${rounds}`);
    for (const [name, measure] of Object.entries(subjects)) {
      costs.set(name, [...(costs.get(name) ?? []), await measure()]);
    }
  }
  await Promise.all([gateway, proxy, memory, mercurius].map((server) => server.stop()));
  await Promise.all([load.stop(), graph.stop()]);

  const costOf = (name: keyof typeof subjects): number => median(costs.get(name) ?? []);
  const snapshotRatio = costOf('snapshot') / costOf('mercurius');
  const upstreamRatio = costOf('upstream') / costOf('proxy');
  return {
    rows: [
      {
        what: 'query answered from a snapshot',
        aim: 'CPU per request ≤ mercurius with JIT, the same object from memory',
        measured: micros(costOf('snapshot')),
        baseline: `mercurius ${micros(costOf('mercurius'))}, node:http ${micros(costOf('memory'))}`,
        ratio: times(snapshotRatio),
        verdict: atMost(snapshotRatio, 1),
      },
      {
        what: 'query that goes upstream',
        aim: 'CPU per request ≤ 2 × node:http + undici handing on that GET',
        measured: micros(costOf('upstream')),
        baseline: `proxy ${micros(costOf('proxy'))}`,
        ratio: times(upstreamRatio),
        verdict: atMost(upstreamRatio, 2),
      },
    ],
  };
};
