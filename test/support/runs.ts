/** Runs of a property: the whole number where it counts, and enough to find most slips while somebody waits. */
export function runs(inCi: number): number {
  return process.env['CI'] === undefined ? Math.ceil(inCi / 4) : inCi;
}
