import { randomInt } from 'node:crypto';
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { listen } from './listener.js';
import { createSharedStore } from './shared-store.js';
import { BrokenPromise } from './simulation.js';
import { by, caller, chat, createWorld, team, TIMES } from './world.js';

const RUNS = process.env['CI'] === undefined ? 20 : 50;
const { intervalMs } = TIMES;
/** The hosts of ten operations. */
const HOSTS = ['K', 'K', 'K', 'K', 'L', 'L', 'L'].map(team).concat(['M', 'M', 'M'].map(chat));
const MOST_REPLICAS = 4;
/** Until all who began at any time are in step. */
const SETTLING_INTERVALS = 12;
const COUNTED_INTERVALS = 10;
/** So long that none ends while the reads are counted. */
const LASTING_PROOFS_MS = 1_000 * intervalMs;
/** As many intervals as the defaults are. */
const USUAL_PROOFS_MS = 10 * intervalMs;

/** Who watches what, and where that comes to be. */
interface Subscriber {
  readonly operation: number;
  readonly token: number;
  readonly replica: number;
  /** After the one before. */
  readonly joinsAfterMs: number;
}

interface Crowd {
  readonly subscribers: readonly Subscriber[];
  readonly tokens: number;
  readonly latencyMs: number;
}

const crowds: fc.Arbitrary<Crowd> = fc.record({
  subscribers: fc.array(
    fc.record({
      operation: fc.nat(HOSTS.length - 1),
      token: fc.nat(4),
      replica: fc.nat(MOST_REPLICAS - 1),
      joinsAfterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
    }),
    { minLength: 2, maxLength: 24 },
  ),
  tokens: fc.constantFrom(1, 2, 5),
  latencyMs: fc.constantFrom(0, 50),
});

/** What so many replicas ask Graph for together, once all are in step; one line for each read. */
async function readsOf({ subscribers, tokens, latencyMs }: Crowd, replicas: number, proofMs: number) {
  const { clock, graph, life, another } = createWorld({ latencyMs: () => latencyMs, times: { proofMs } });
  const shared = createSharedStore(clock);
  const gateways = Array.from({ length: replicas }, () => another(shared.join()));
  const refs = HOSTS.map((host, at) => graph.begin(host, `O${at}`, life(0, 'RUNNING')));
  for (const { operation, token, replica, joinsAfterMs } of subscribers) {
    await clock.advance(joinsAfterMs);
    const authority = by(caller(`caller ${token % tokens}`));
    const coordinator = gateways[replica % replicas]?.coordinator;
    const watched = refs.slice(operation, operation + 1);
    if (coordinator !== undefined) listen(coordinator.watchOperations(authority, watched, null));
  }
  await clock.advance(SETTLING_INTERVALS * intervalMs);
  const settledAt = clock.now();
  await clock.advance(COUNTED_INTERVALS * intervalMs);
  return graph.reads.flatMap(({ scope, path, at }) => (at <= settledAt ? [] : [`${at - settledAt} ${scope} ${path}`]));
}

/** @param mostOf what replicas may cost, from what one costs */
async function check(proofMs: number, mostOf: (crowd: Crowd, alone: number) => number): Promise<void> {
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  console.log(`fast-check seed ${seed}, ${RUNS} runs`);
  await fc.assert(
    fc.asyncProperty(crowds, async (crowd) => {
      const alone = await readsOf(crowd, 1, proofMs);
      const most = mostOf(crowd, alone.length);
      if (alone.length < COUNTED_INTERVALS - 1)
        throw new BrokenPromise(`one checks what is watched: ${alone.join('\n')}`);
      for (const replicas of [1, 2, MOST_REPLICAS]) {
        const reads = replicas === 1 ? alone : await readsOf(crowd, replicas, proofMs);
        if (reads.length <= most) continue;
        throw new BrokenPromise(`${replicas} cost ${reads.length} reads and not ${most}:\n${reads.join('\n')}`);
      }
    }),
    { seed, numRuns: RUNS, endOnFailure: false },
  );
}

describe('whoever watches whatever, on whichever replica', () => {
  it('costs one read of each host in an interval', async () => {
    const hostsOf = ({ subscribers }: Crowd) => new Set(subscribers.map(({ operation }) => HOSTS[operation]?.location));
    await check(LASTING_PROOFS_MS, (crowd) => hostsOf(crowd).size * (COUNTED_INTERVALS + 1));
  }, 180_000);

  it('costs what one process costs, renewals among it', async () => {
    await check(USUAL_PROOFS_MS, (_, alone) => 1.1 * alone + 4);
  }, 180_000);
});
