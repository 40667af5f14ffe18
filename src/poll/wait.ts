import { type Clock } from '../lib/clock.js';
import { type GraphError, type LimitError } from '../operation/failure.js';
import { type OperationRef } from '../operation/ref.js';
import { isTerminal } from '../operation/state.js';
import { type Authority } from './authority.js';
import { type Coordinator } from './coordinator.js';
import { type Change } from './stream.js';

export interface WaitOptions {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly authority: Authority;
  readonly ref: OperationRef;
  /** Epoch ms. */
  readonly untilAt: number;
  /** Aborts when whoever waits has gone. */
  readonly signal: AbortSignal;
}

/**
 * Waits for the end of an operation like any subscriber of its watch.
 * @returns it as it is when it has ended or time is up; an error when the watch failed; null when nothing was told in time
 */
export async function waitForOperation(options: WaitOptions): Promise<Change | GraphError | LimitError | null> {
  const { coordinator, clock, authority, ref, untilAt, signal } = options;
  const events = coordinator.watchOperations(authority, [ref], null);
  const stop = (): void => void events.return();
  const cancel = clock.wakeAt(untilAt, stop);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    let last: Change | null = null;
    for await (const event of events) {
      if ('ending' in event) return event.ending.error;
      last = event.change;
      if (isTerminal(last.operation.state)) return last;
    }
    return last;
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}
