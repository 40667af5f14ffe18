import { type CountingGraph } from '../support/counting-graph.js';
import { secret } from '../support/secrets.js';
import { joinClient } from './crowd.js';
import { beginOperations } from './operations.js';
import { type Replica } from './replicas.js';
import { readTimes } from './verdicts.js';

/**
 * An operation that is watched on one replica alone and never ends: it is read once in an interval, or as seldom as a
 * busy machine lets it. Whatever waits for an interval is measured by it.
 */
export interface Pulse {
  readonly replica: Replica;
  /** How often it was read between two times of the test's clock. */
  readonly beatsBetween: (from: number, to: number) => number;
}

/**
 * From the last read of one that is gone to the first of another: the interval, another for the lease, and how much later
 * the other's turn may come than its pulse.
 */
export const TAKEOVER_BEATS = 3;

const TOKEN = secret('a-token-that-listens-to-a-pulse-2c7e');

export function startPulse(graph: CountingGraph, replica: Replica, at: number): Pulse {
  const operations = beginOperations(graph, { [`team-of-pulse-${at}`]: 1 });
  joinClient({ urls: () => [replica.url], token: TOKEN, watching: [operations] });
  return {
    replica,
    beatsBetween: (from, to) =>
      operations.flatMap((operation) => readTimes(graph.reads, operation)).filter((time) => time > from && time < to)
        .length,
  };
}
