import { createHistogram, type Histogram } from '../lib/histogram.js';

/** What went up to Graph since the start: plain numbers, looked at whenever somebody wants to know. */
export interface GraphTally {
  /** HTTP requests: with one read, and batches. */
  readonly requests: { single: number; batch: number };
  /** Reads in them; each counts against Graph's limits. */
  reads: number;
  /** How long each request took, to the last byte of its answer or to its failure, in seconds. */
  readonly durations: Histogram;
}

const DURATION_SECONDS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

export function createGraphTally(): GraphTally {
  return { requests: { single: 0, batch: 0 }, reads: 0, durations: createHistogram(DURATION_SECONDS) };
}
