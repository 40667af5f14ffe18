import { type OperationHost } from '../operation/ref.js';
import { type Scope } from '../operation/scope.js';

/**
 * Reads in flight, by host and scope. There is one at a time of each: whoever comes next waits for it, and then knows
 * what it told.
 */
export interface Flights {
  /**
   * Runs the work as the flight of a scope to these hosts, none of which it may have one to already.
   * @param locations the operations that it is made for
   */
  start<T>(
    scope: Scope,
    hosts: readonly OperationHost[],
    locations: readonly string[],
    work: () => Promise<T>,
  ): Promise<T>;
  /** The scope's own flight to a host. */
  of(scope: Scope, host: OperationHost): Promise<unknown> | undefined;
  /** Anybody's flight to a host that brings all of these operations. */
  bringing(host: OperationHost, locations: readonly string[]): Promise<unknown> | undefined;
}

interface Flight {
  readonly done: Promise<unknown>;
  readonly locations: ReadonlySet<string>;
}

export function createFlights(): Flights {
  const flights = new Map<string, Map<Scope, Flight>>();
  return {
    start(scope, hosts, locations, work) {
      const done = work().finally(() => {
        for (const { location } of hosts) {
          const ofHost = flights.get(location);
          ofHost?.delete(scope);
          if (ofHost?.size === 0) flights.delete(location);
        }
      });
      const flight: Flight = { done, locations: new Set(locations) };
      for (const { location } of hosts) {
        flights.set(location, (flights.get(location) ?? new Map<Scope, Flight>()).set(scope, flight));
      }
      return done;
    },
    of: (scope, { location }) => flights.get(location)?.get(scope)?.done,
    bringing(host, wanted) {
      const ofHost = [...(flights.get(host.location)?.values() ?? [])];
      return ofHost.find(({ locations }) => wanted.every((location) => locations.has(location)))?.done;
    },
  };
}
