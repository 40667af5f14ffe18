import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { type LimitName } from '../operation/failure.js';

/**
 * Numbers for Prometheus. No name and no label comes from a caller, so whoever may read them learns nothing of anybody,
 * and there are only so many series.
 */
export interface Metrics {
  /** Counts what a bound of the gateway refused. */
  readonly refused: (limit: LimitName) => void;
  /** A number that is looked up whenever somebody reads. */
  gauge(name: string, help: string, read: () => number): void;
  read(): Promise<{ readonly type: string; readonly text: string }>;
}

/** @param ofProcess tells memory, event loop and the like too; where the process is this one gateway */
export function createMetrics({ ofProcess }: { readonly ofProcess: boolean }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const refused = new Counter({
    name: 'gateway_refused_total',
    help: 'Requests, messages and connections that a limit refused, by the limit.',
    labelNames: ['limit'] as const,
    registers,
  });
  return {
    refused: (limit) => refused.inc({ limit }),
    gauge(name, help, read) {
      new Gauge({
        name: `gateway_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    read: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
}
