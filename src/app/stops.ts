import { once } from '../lib/once.js';
import { type Log } from '../lib/log.js';

/** How to end what was started. */
export interface Stops {
  add(stop: () => Promise<void> | void): void;
  /** Ends everything, what was started last first. Each gets its turn, whatever becomes of the others. Never rejects. */
  readonly run: () => Promise<void>;
  readonly hasBegun: boolean;
}

export function createStops(log: Log): Stops {
  const stops: (() => Promise<void> | void)[] = [];
  let hasBegun = false;
  return {
    add: (stop) => void stops.push(stop),
    run: once(async () => {
      hasBegun = true;
      for (const stop of stops.reverse()) {
        try {
          await stop();
        } catch (error) {
          log.error({ err: error }, 'part not stopped');
        }
      }
    }),
    get hasBegun() {
      return hasBegun;
    },
  };
}
