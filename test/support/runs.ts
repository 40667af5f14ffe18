/**
 * Runs of a property: the whole number where it counts, and enough to find most slips while somebody waits.
 * @param share one of so many, then
 */
export function runs(inCi: number, share = 4): number {
  return process.env['CI'] === undefined ? Math.ceil(inCi / share) : inCi;
}
