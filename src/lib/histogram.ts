/** How many values fell between which bounds: two additions for each value, and read whenever somebody looks. */
export interface Histogram {
  /** The upper ends of the buckets, ascending. */
  readonly bounds: readonly number[];
  /** One count for each bucket and one for what is above all of them; a bucket holds its upper end. */
  readonly counts: readonly number[];
  readonly sum: number;
  observe(value: number): void;
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const counts = [...bounds, Infinity].map(() => 0);
  let sum = 0;
  return {
    bounds,
    counts,
    get sum() {
      return sum;
    },
    observe(value) {
      let at = 0;
      while (at < bounds.length && value > (bounds[at] ?? Infinity)) at++;
      counts[at] = (counts[at] ?? 0) + 1;
      sum += value;
    },
  };
}
