/** The earliest of any number of times, which as arguments of `Math.min` would overflow the stack; Infinity of none. */
export function earliestOf(times: readonly number[]): number {
  return times.reduce((earliest, time) => Math.min(earliest, time), Infinity);
}

/** The latest of any number of times; -Infinity of none. */
export function latestOf(times: readonly number[]): number {
  return times.reduce((latest, time) => Math.max(latest, time), -Infinity);
}
