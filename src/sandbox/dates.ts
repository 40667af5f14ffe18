/**
 * A date as .NET prints it: UTC, seven fraction digits, `2021-05-27T21:23:41.9085453Z`.
 *
 * @param at epoch ms
 * @param ticks the four digits below the millisecond, 0 to 9999
 * @param zone `Z`, or `+00:00` as in the steps of a team
 */
export function dotNetDate(at: number, ticks: number, zone: 'Z' | '+00:00' = 'Z'): string {
  return `${new Date(at).toISOString().slice(0, -1)}${String(ticks).padStart(4, '0')}${zone}`;
}

/** As in `innerError`: whole seconds and no offset. */
export function errorDate(at: number): string {
  return new Date(at).toISOString().slice(0, 19);
}

/** As in `Date` and in one form of `Retry-After`. */
export function httpDate(at: number): string {
  return new Date(at).toUTCString();
}
