import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type Histogram as Counts } from '../lib/histogram.js';
import { type Metrics } from '../server/metrics.js';

/** A number, or several by one label; looked up whenever somebody reads. */
export type Series =
  | { readonly type: 'counter' | 'gauge'; readonly name: string; readonly help: string; readonly read: () => number }
  | {
      readonly type: 'counter' | 'gauge';
      readonly name: string;
      readonly help: string;
      readonly label: string;
      /** Every value of the label that there will ever be, from the start: what is missing cannot be looked at. */
      readonly read: () => Readonly<Record<string, number>>;
    }
  | { readonly type: 'histogram'; readonly name: string; readonly help: string; readonly counts: Counts };

export interface MetricsPage extends Metrics {
  add(series: readonly Series[]): void;
}

/** @param ofProcess tells memory, event loop and the like too; where the process is this one gateway */
export function createMetrics({ ofProcess }: { readonly ofProcess: boolean }): MetricsPage {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  return {
    add(all) {
      for (const series of all) register(series, registry);
    },
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}

function register(series: Series, registry: Registry): void {
  const { type, name, help } = series;
  const registers = [registry];
  if (type === 'histogram') {
    const histogram = new Histogram({ name, help, buckets: [...series.counts.bounds], registers });
    const values = valuesOf(name, series.counts);
    // Its own way to count is dearer, and would have to be called for each value.
    Object.assign(histogram, {
      getForPromString: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: values() }),
    });
    return;
  }
  const labelNames = 'label' in series ? [series.label] : [];
  const read = (): readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[] =>
    'label' in series
      ? Object.entries(series.read()).map(([value, count]) => ({ labels: { [series.label]: value }, value: count }))
      : [{ labels: {}, value: series.read() }];
  if (type === 'gauge') {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const { labels, value } of read()) this.set(labels, value);
      },
    });
  } else {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset(); // what is counted elsewhere is told as it stands
        for (const { labels, value } of read()) this.inc(labels, value);
      },
    });
  }
}

/** A bucket of Prometheus counts all that is below its upper end. */
function valuesOf(name: string, counts: Counts) {
  return () => {
    let below = 0;
    const buckets = [...counts.bounds, Infinity].map((bound, at) => {
      below += counts.counts[at] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le: bound === Infinity ? '+Inf' : bound }, value: below };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: {}, value: counts.sum },
      { metricName: `${name}_count`, labels: {}, value: below },
    ];
  };
}
