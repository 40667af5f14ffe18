import { type Reason } from '../../src/operation/failure.js';
import { GraphError } from '../../src/operation/failure.js';
import { type Change, type Ending, type StreamEvent } from '../../src/poll/stream.js';

/** A subscriber that reads each event as soon as it is there. */
export interface Listener {
  readonly events: readonly StreamEvent[];
  readonly changes: readonly Change[];
  readonly endings: readonly Ending[];
  /** `O1 SNAPSHOT RUNNING`, `O1 CHANGED RUNNING → SUCCEEDED`, `O1 ends: notFound`. */
  readonly said: readonly string[];
  /** The cursor of the last change; null before the first. */
  readonly cursor: string | null;
  /** The stream has ended. */
  readonly isOver: boolean;
  leave(): Promise<void>;
}

export function listen(stream: AsyncIterableIterator<StreamEvent>): Listener {
  const events: StreamEvent[] = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    for await (const event of stream) events.push(event);
    isOver = true;
  };
  void read();
  return {
    events,
    get changes() {
      return events.flatMap((event) => ('change' in event ? [event.change] : []));
    },
    get endings() {
      return events.flatMap((event) => ('ending' in event ? [event.ending] : []));
    },
    get said() {
      return events.map(describeEvent);
    },
    get cursor() {
      return events.flatMap((event) => ('cursor' in event ? [event.cursor] : [])).at(-1) ?? null;
    },
    get isOver() {
      return isOver;
    },
    async leave() {
      await stream.return?.();
    },
  };
}

export function describeEvent(event: StreamEvent): string {
  if ('ending' in event) return `${event.ending.ref?.operationId ?? 'the list'} ends: ${kindOf(event.ending)}`;
  const { ref, reason, from, operation } = event.change;
  const way = from === null ? operation.state : `${from} → ${operation.state}`;
  return `${ref.operationId} ${reason} ${way}`;
}

function kindOf({ error }: Ending): Reason['kind'] | 'limit' {
  return error instanceof GraphError ? error.reason.kind : 'limit';
}

/** The next event, which has to be a change. */
export async function nextChange(
  stream: AsyncIterableIterator<StreamEvent>,
): Promise<Extract<StreamEvent, { change: unknown }>> {
  const result = await stream.next();
  if (result.done === true) throw new Error('the stream has ended');
  if ('ending' in result.value) throw new Error(`a change was expected: ${describeEvent(result.value)}`);
  return result.value;
}
