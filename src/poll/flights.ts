import { type OperationHost } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';

/**
 * Reads in flight, by host and scope. There is one at a time of each: whoever comes next waits for it, and then knows
 * what it told.
 */
export interface Flights {
  /** Runs the work as the flight of a scope to these hosts, none of which it may have one to already. */
  start<T>(scope: Scope, hosts: readonly OperationHost[], work: () => Promise<T>): Promise<T>;
  /** The scope's own flight to a host. */
  of(scope: Scope, host: OperationHost): Promise<unknown> | undefined;
  /** Anybody's flight to a host. */
  any(host: OperationHost): Promise<unknown> | undefined;
}

export function createFlights(): Flights {
  const flights = new Map<string, Map<Scope, Promise<unknown>>>();
  return {
    start(scope, hosts, work) {
      const flight = work().finally(() => {
        for (const { location } of hosts) {
          const ofHost = flights.get(location);
          ofHost?.delete(scope);
          if (ofHost?.size === 0) flights.delete(location);
        }
      });
      for (const { location } of hosts) {
        flights.set(location, (flights.get(location) ?? new Map<Scope, Promise<unknown>>()).set(scope, flight));
      }
      return flight;
    },
    of: (scope, { location }) => flights.get(location)?.get(scope),
    any: ({ location }) => flights.get(location)?.values().next().value,
  };
}
