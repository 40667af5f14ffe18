import { cpus } from 'node:os';
import { readOptions } from './options.js';
import { type Part } from './part.js';
import { measureCallersOfOneHost } from './parts/callers.js';
import { measureFanOut, measureThirty } from './parts/fan-out.js';
import { measureOperations, measureSubscriptions } from './parts/growth.js';
import { measureMemory } from './parts/memory.js';
import { measureQueries } from './parts/queries.js';
import { measureReplicas } from './parts/replicas.js';
import { prepareChildren } from './processes.js';
import { isPinned } from './processors.js';
import { printRows, printTable, type Row, type Series } from './table.js';
import { VoidRun } from './void-run.js';

/**
 * `npm run bench`: the figures that the gateway is held to, beside baselines that are started in the same run, each a
 * process of its own. An aim that is missed is told and is no failure. An answer that is an error, or a message that does
 * not come, makes the run void: then its figures mean nothing, and the exit code is 1.
 *
 * `--quick` is one short round: it shows that the bench runs, and measures nothing. `--only NAME` runs one part,
 * `--profiles FOLDER` leaves a CPU profile of each gateway there.
 */

const PARTS: Record<string, Part> = {
  queries: measureQueries,
  'fan-out': measureFanOut,
  thirty: measureThirty,
  memory: measureMemory,
  subscriptions: measureSubscriptions,
  operations: measureOperations,
  replicas: measureReplicas,
  callers: measureCallersOfOneHost,
};

const startedAt = performance.now();
const { quick, only, profiles } = readOptions(process.argv.slice(2), Object.keys(PARTS));
const [processor] = cpus();
console.log(`Node ${process.version}, ${cpus().length} × ${processor?.model ?? 'unknown processor'}`);
console.log(
  isPinned
    ? 'What is measured has a processor for itself, clients and Graph share the others.'
    : 'No taskset or one processor: what is measured shares processors with its clients, and times are longer for it.',
);
if (quick) console.log('One short round: it shows that the bench runs, and measures nothing.');

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await prepareChildren(profiles);
const rows: Row[] = [];
const series: Series[] = [];
try {
  for (const [name, measure] of Object.entries(PARTS)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const say = (what: string): void => console.log(`${elapsed()} ${name}: ${what}`);
    const findings = await measure(quick, say);
    for (const { measured, ratio, verdict } of findings.rows)
      say([measured, ratio, verdict].filter(Boolean).join(' | '));
    rows.push(...findings.rows);
    series.push(...(findings.series ?? []));
  }
} catch (error) {
  if (!(error instanceof VoidRun)) throw error;
  console.error(`\nThe run is void: ${error.message}`);
  process.exit(1);
}

console.log(`\nDone after ${elapsed()}.\n`);
if (rows.length > 0) console.log(printRows(rows));
for (const { title, columns, lines } of series) console.log(`\n${title}\n\n${printTable(columns, lines)}`);

function elapsed(): string {
  return `${((performance.now() - startedAt) / 1_000).toFixed(0)} s`.padStart(5);
}
