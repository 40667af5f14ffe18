/**
 * Numbers for Prometheus. No name and no label comes from a caller, so whoever may read them learns nothing of anybody,
 * and there are only so many series.
 */
export interface Metrics {
  read(): Promise<{ readonly type: string; readonly text: string }>;
}
