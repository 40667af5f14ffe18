import { createBudget } from '../../src/graph/budget.js';
import { silentLog } from '../../src/lib/log.js';
import { GraphError } from '../../src/operation/failure.js';
import { type OperationHost } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { fixedAuthority } from '../../src/poll/authority.js';
import { createChecks } from '../../src/poll/checks.js';
import { startCoordinator } from '../../src/poll/coordinator.js';
import { type PollTimes } from '../../src/poll/dues.js';
import { type ReadOutcome, type Reader } from '../../src/poll/ports.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createModelGraph } from '../../test/poll/model-graph.js';
import { caller, chat, team } from '../../test/poll/world.js';
import { createFakeClock, settlePromises } from '../../test/support/fake-clock.js';
import { type Part } from '../part.js';
import { millis } from '../table.js';

/** What it costs that `callers` with tokens of their own watch the same operations of one host. */
interface CallersCost {
  readonly callers: number;
  /** Reads that Graph is asked for per interval, once everybody has been let in. */
  readonly readsPerInterval: number;
  /** Share of the time in which a caller had no valid proof, and so heard nothing. */
  readonly overdue: number;
  /** CPU of the polling per interval, ms; the model of Graph is in it. */
  readonly cpuMs: number;
}

const TIMES: PollTimes = {
  intervalMs: 31_000,
  proofMs: 300_000,
  lingerMs: 5_000,
  maxAgeMs: 86_400_000,
  notFoundGraceMs: 300_000,
};
const LIMITS = { watched: 1_000_000, watchedPerCaller: 1_000_000, watchedPerHost: 1_000 };
const RATES = { tenant: 30, team: 4, chat: 1 };
const OPERATIONS = 10;
const WARM_UP_MS = 1_200_000;
const SAMPLE_EVERY_MS = 10_000;

/** Plays so many callers against a model of Graph that has the gateway's budgets, on a clock of its own. */
async function measureCallers(kind: 'team' | 'chat', callers: number, measuredMs: number): Promise<CallersCost> {
  const clock = createFakeClock(Date.UTC(2026, 0, 1), settlePromises);
  const graph = createModelGraph({ clock });
  const reader = withBudget(graph, () => clock.now());
  const store = createMemoryStore(clock);
  const { intervalMs, proofMs } = TIMES;
  const checks = createChecks({ reader, store, clock, random: () => 0.5, log: silentLog, intervalMs, proofMs });
  const coordinator = startCoordinator({ checks, store, clock, log: silentLog, times: TIMES, limits: LIMITS });

  const host = kind === 'team' ? team('T') : chat('C');
  const life = [{ at: clock.now(), state: 'RUNNING' as const }];
  const refs = Array.from({ length: OPERATIONS }, (_, at) => graph.begin(host, `O${at}`, life));
  const who = Array.from({ length: callers }, (_, at): Caller => caller(`caller-${at}`));
  const streams = who.map((each) => coordinator.watchOperations(fixedAuthority(each), refs, null));
  await clock.advance(WARM_UP_MS);

  const readsBefore = graph.reads.length;
  const cpuBefore = process.cpuUsage();
  let overdue = 0;
  let samples = 0;
  let cpuOfSamples = 0;
  for (let passed = 0; passed < measuredMs; passed += SAMPLE_EVERY_MS) {
    await clock.advance(SAMPLE_EVERY_MS);
    const sampling = process.cpuUsage();
    for (const each of who) {
      const [proof] = await checks.proofs(each, refs.slice(0, 1));
      const provedAt = proof?.provedAt ?? null;
      if (provedAt === null || provedAt + proofMs <= clock.now()) overdue += 1;
      samples += 1;
    }
    cpuOfSamples += process.cpuUsage(sampling).user;
  }
  const cpu = process.cpuUsage(cpuBefore);
  const intervals = measuredMs / intervalMs;
  for (const stream of streams) await stream.return();
  await coordinator.stop();
  checks.close();
  await store.close();
  return {
    callers,
    readsPerInterval: (graph.reads.length - readsBefore) / intervals,
    overdue: overdue / samples,
    cpuMs: (cpu.user + cpu.system - cpuOfSamples) / 1_000 / intervals,
  };
}

function withBudget(graph: Reader, now: () => number): Reader {
  const budget = createBudget(RATES);
  return {
    async read(asking, reads, patientUntil) {
      const waits = reads.map((read) => budget.take(hostOf(read), now()));
      const admitted = reads.filter((_, at) => waits[at] === 0);
      const answer = await graph.read(asking, admitted, patientUntil);
      const outcomes = [...answer.outcomes];
      return {
        ...answer,
        outcomes: waits.map((waitMs): ReadOutcome => {
          const outcome = waitMs === 0 ? outcomes.shift() : undefined;
          return outcome ?? new GraphError({ kind: 'overBudget', retryAfterMs: waitMs }, 'Over budget.');
        }),
      };
    },
  };
}

function hostOf(read: Parameters<Reader['read']>[1][number]): OperationHost {
  return read.type === 'item' ? read.ref.host : read.host;
}

/** Callers with tokens of their own, each of whom has to prove its right again and again. */
export const measureCallersOfOneHost: Part = async (quick, say) => {
  const lines: string[][] = [];
  for (const kind of ['team', 'chat'] as const) {
    for (const callers of quick ? [1, 10] : [1, 10, 100, 1_000]) {
      say(`${callers} of one ${kind}`);
      const { readsPerInterval, overdue, cpuMs } = await measureCallers(kind, callers, quick ? 310_000 : 620_000);
      lines.push([
        `${kind}, ${callers}`,
        readsPerInterval.toFixed(1),
        `${(overdue * 100).toFixed(1)} %`,
        millis(cpuMs),
      ]);
    }
  }
  const columns = ['callers of one host', 'reads per interval', 'time without a proof', 'CPU per interval'];
  return { rows: [], series: [{ title: 'Callers with tokens of their own', columns, lines }] };
};
