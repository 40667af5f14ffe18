import { changeOfGraph, changeOfStock, sendingOfBare, type Change } from '../changes.js';
import { type BareCommands } from '../children/bare-ws.js';
import { type StockCommands } from '../children/stock-graphql-ws.js';
import { startCrowd, type Crowd } from '../crowd.js';
import { startPair } from '../gateway.js';
import { type Part } from '../part.js';
import { startChild, type Server } from '../processes.js';
import { median, quantile } from '../statistics.js';
import { atLeast, micros, millis, times } from '../table.js';
import { type World } from '../world.js';

/** What it costs to tell many subscribers of one change, in CPU per message of the process that tells them. */

const ONE: World = { hosts: 1, operationsPerHost: 1 };
const INTERVAL_SECONDS = 0.5;
/** Before the rounds that count: code is compiled as it gets hot. */
const WARM_UP_ROUNDS = 2;

/** Sockets that one server tells, round by round. */
interface Audience {
  readonly server: Server;
  readonly crowd: Crowd;
  readonly change: Change;
  readonly cpu: number[];
  readonly latenciesMs: number[];
}

async function playRound({ server, crowd, change, cpu, latenciesMs }: Audience): Promise<void> {
  const before = await server.ask('cpu', null);
  const told = await crowd.hear(change);
  cpu.push(((await server.ask('cpu', null)) - before) / told.messages);
  latenciesMs.push(...told.latenciesMs);
}

/** The gateway beside bare ws and, if wished, stock graphql-ws; they take turns. */
async function measure(
  sockets: number,
  perSocket: number,
  rounds: number,
  withStock: boolean,
  say: (what: string) => void,
) {
  const processes = sockets > 2_000 ? 2 : 1;
  const audience = async (server: Server, change: Change): Promise<Audience> => {
    const crowd = await startCrowd(processes);
    return { server, crowd, change, cpu: [], latenciesMs: [] };
  };

  const pair = await startPair(INTERVAL_SECONDS, 1);
  const ofGateway = await audience(pair.gateway, changeOfGraph(pair.graph, ONE));
  say(`${sockets} sockets with ${perSocket} subscriptions each`);
  await ofGateway.crowd.open(pair.gateway.url, sockets);
  await ofGateway.crowd.subscribe(ONE, perSocket);
  const { sample } = await ofGateway.crowd.hear(ofGateway.change);

  const bare = await startChild<BareCommands>('bare-ws', 'measured');
  const ofBare = await audience(bare, sendingOfBare(bare, sample, perSocket));
  await ofBare.crowd.listen(bare.url, sockets, perSocket);

  const audiences = [ofGateway, ofBare];
  if (withStock) {
    const stock = await startChild<StockCommands>('stock-graphql-ws', 'measured', { SAMPLE: sample });
    const ofStock = await audience(stock, changeOfStock(stock));
    await ofStock.crowd.open(stock.url, sockets);
    await ofStock.crowd.subscribe(ONE, perSocket);
    audiences.push(ofStock);
  }

  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) {
    if (round === 1) for (const { cpu, latenciesMs } of audiences) [cpu.length, latenciesMs.length] = [0, 0];
    for (const each of audiences) await playRound(each);
  }
  for (const { crowd, server } of audiences) {
    await crowd.close();
    await crowd.stop();
    await server.stop();
  }
  await pair.stop();
  const [gateway, beside, stock] = audiences.map(({ cpu, latenciesMs }) => ({
    cpu: median(cpu),
    p50: quantile(latenciesMs, 0.5),
    p99: quantile(latenciesMs, 0.99),
  }));
  return { gateway, bare: beside, stock, frameBytes: Buffer.byteLength(sample) };
}

export const measureFanOut: Part = async (quick, say) => {
  const sockets = quick ? 300 : 9_500;
  const { gateway, bare, frameBytes } = await measure(sockets, 1, quick ? 2 : 9, false, say);
  const rate = (bare?.cpu ?? NaN) / (gateway?.cpu ?? NaN);
  return {
    rows: [
      {
        what: `one change to ${sockets} sockets, one subscription each`,
        aim: '≥ 0.8 of the rate of bare ws, by CPU per message',
        measured: `${micros(gateway?.cpu ?? NaN)} (${frameBytes} bytes; p99 ${millis(gateway?.p99 ?? NaN)})`,
        baseline: `bare ws ${micros(bare?.cpu ?? NaN)} (p99 ${millis(bare?.p99 ?? NaN)})`,
        ratio: times(rate),
        verdict: atLeast(rate, 0.8),
      },
    ],
  };
};

export const measureThirty: Part = async (quick, say) => {
  const sockets = quick ? 30 : 300;
  const { gateway, bare, stock, frameBytes } = await measure(sockets, 30, quick ? 2 : 9, true, say);
  const rate = (bare?.cpu ?? NaN) / (gateway?.cpu ?? NaN);
  return {
    rows: [
      {
        what: `the same, ${sockets} sockets with 30 subscriptions each`,
        aim: 'faster than bare ws sending message by message',
        measured: `${micros(gateway?.cpu ?? NaN)} (${frameBytes} bytes; p99 ${millis(gateway?.p99 ?? NaN)})`,
        baseline: `bare ws ${micros(bare?.cpu ?? NaN)}, graphql-ws ${micros(stock?.cpu ?? NaN)}`,
        ratio: `${times(rate)}; graphql-ws ${times((stock?.cpu ?? NaN) / (gateway?.cpu ?? NaN))}`,
        verdict: atLeast(rate, 1),
      },
    ],
  };
};
