import { randomInt } from 'node:crypto';
import { describe, it } from '@jest/globals';
import fc from 'fast-check';
import { type Reason } from '../../src/operation/failure.js';
import { mostLateMs } from '../../src/poll/dues.js';
import { RETRY_MS } from '../../src/poll/hearing.js';
import { crowds, MOST_REPLICAS, openTo, type Crowd } from './crowds.js';
import { BrokenPromise } from './simulation.js';
import { TIMES } from './world.js';

const RUNS = process.env['CI'] === undefined ? 20 : 200;
const { intervalMs } = TIMES;
const WATCHED_MS = 16 * intervalMs;
/** A replica that dies while it reads leaves leases that keep the interval from then on, and a little longer. */
const LEASE_MS = (4 / 3) * intervalMs;

/** A list of two pages, and what is read singly because it was not on them; or a list that fails, and what is read then. */
const READS_IN_A_ROUND = 3;

/** A read that takes so long is one in which a replica may well die. */
const slowCrowds = fc
  .tuple(crowds, fc.constantFrom(0, 50, 3_000))
  .map(([crowd, latencyMs]): Crowd => ({ ...crowd, latencyMs }));

/** What goes wrong, in ms from when the last subscriber has come. */
interface Trouble {
  readonly lists: Extract<Reason, { kind: 'forbidden' | 'unavailable' | 'malformed' }> | null;
  readonly unlisted: readonly number[];
  readonly kills: readonly { readonly replica: number; readonly atMs: number }[];
  /** Notices that no gateway of ours has told, each of them again and again. */
  readonly planted: readonly {
    readonly token: number;
    readonly operations: readonly string[];
    readonly inAll: number;
  }[];
}

const troubles: fc.Arbitrary<Trouble> = fc.record({
  lists: fc.constantFrom<Trouble['lists']>(
    null,
    { kind: 'forbidden' },
    { kind: 'unavailable' },
    { kind: 'malformed', detail: 'not JSON' },
  ),
  unlisted: fc.uniqueArray(fc.nat(9), { maxLength: 4 }),
  kills: fc.uniqueArray(
    fc.record({ replica: fc.nat(MOST_REPLICAS - 1), atMs: fc.integer({ min: 0, max: WATCHED_MS }) }),
    { maxLength: MOST_REPLICAS - 1, selector: ({ replica }) => replica },
  ),
  planted: fc.array(
    fc.record({
      token: fc.nat(4),
      operations: fc.uniqueArray(fc.constantFrom('O0', 'O1', 'O2', 'O3', 'O4', 'O7', 'none'), { minLength: 1 }),
      inAll: fc.constantFrom(0, 2, 1_000_000),
    }),
    { maxLength: 2 },
  ),
});

async function play(crowd: Crowd, { lists, unlisted, kills, planted }: Trouble): Promise<void> {
  const { clock, graph, shared, gateways, refs, seatAll } = openTo(crowd, MOST_REPLICAS, 10 * intervalMs);
  const rogue = shared.join();
  for (const at of unlisted) {
    const ref = refs[at];
    if (ref !== undefined) graph.unlist(ref);
  }
  graph.fail(({ path }) => (lists !== null && /operations(\?|$)/.test(path) ? lists : null));
  const seated = await seatAll();
  const startedAt = clock.now();
  for (const { replica, atMs } of kills) clock.wakeAt(startedAt + atMs, () => gateways[replica]?.view.kill());
  for (let ms = 0; ms < WATCHED_MS; ms += intervalMs) {
    for (const { token, operations, inAll } of planted) {
      for (const host of ['/v1.0/teams/K', '/v1.0/teams/L', '/beta/chats/M']) {
        rogue.notices.tell('watched', {
          scope: `caller ${token % crowd.tokens}`,
          host,
          watched: operations,
          left: [],
          inAll,
        });
      }
    }
    await clock.advance(intervalMs);
  }

  const killedAt = gateways.map((_, at) => {
    const kill = kills.find(({ replica }) => replica === at);
    return kill === undefined ? Infinity : startedAt + kill.atMs;
  });
  // Another process may be at a round of its own when the check would go up, and then the check's own round takes its time.
  const most = intervalMs + mostLateMs(TIMES) + 2 * RETRY_MS + 2 * READS_IN_A_ROUND * crowd.latencyMs;
  for (const { location } of refs) {
    const watchers = seated.filter((each) => each.location === location);
    if (watchers.length === 0) continue;
    const endings = watchers.flatMap(({ heard }) => heard.endings.map(({ error }) => error.message));
    if (endings.length > 0) throw new BrokenPromise(`a stream of ${location} ends: ${endings.join(', ')}`);
    const from = Math.min(...watchers.map(({ joinedAt }) => joinedAt));
    const to = Math.min(
      clock.now(),
      Math.max(...watchers.map(({ gateway }) => killedAt[gateways.indexOf(gateway)] ?? 0)),
    );
    // What a list told of it before anybody watched it was not due.
    const checks = graph.reads
      .filter(({ covered, at }) => covered.includes(location) && from <= at && at <= to)
      .map(({ at }) => at);
    const times = [from, ...checks, to].sort((a, b) => a - b);
    for (const [at, time] of times.slice(1).entries()) {
      const before = times[at] ?? 0;
      const isOfDead = killedAt.some((killed) => killed > before && killed <= time);
      if (time - before <= most + (isOfDead ? LEASE_MS : 0)) continue;
      const reads = graph.reads.map(
        (read) => `${read.at - startedAt} ${read.scope} ${read.path} ${read.failure ?? ''}`,
      );
      throw new BrokenPromise(
        `${location} is not checked for ${time - before} ms from ${before - startedAt}, most ${most}:\n${reads.join('\n')}`,
      );
    }
  }
}

describe('whatever others watch, tell and suffer', () => {
  it('each operation is checked in time, and no stream ends of a list', async () => {
    const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
    console.log(`fast-check seed ${seed}, ${RUNS} runs`);
    await fc.assert(fc.asyncProperty(slowCrowds, troubles, play), { seed, numRuns: RUNS, endOnFailure: false });
  }, 180_000);
});
