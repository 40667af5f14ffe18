import { describe, expect, it } from '@jest/globals';
import { createRef } from '../../src/operation/ref.js';
import { parseCursor } from '../../src/poll/cursor.js';
import { createStream, type Change, type Stream, type StreamEvent } from '../../src/poll/stream.js';
import { operation } from '../store/promises.js';
import { describeEvent } from './listener.js';
import { errorOf } from './model-graph.js';
import { team } from './world.js';

const DIGEST = 'a digest';
const nothing = { behind: new Map<string, null>(), untoldFrom: null, listedAt: null };

function create(after: { stamp: number; digest: string } | null = null): Stream {
  return createStream({
    digest: DIGEST,
    after: after === null ? null : { ...nothing, ...after },
    client: { hasRead: () => undefined, unknown: () => nothing, onDone: () => undefined },
  });
}

function change(id: string, stamp: number, from: Change['from'], to: Change['operation']['state']): Change {
  return {
    ref: createRef(team('T'), id),
    operation: operation(to, stamp),
    from,
    reason: from === null ? 'SNAPSHOT' : 'CHANGED',
    observedAt: 0,
    checkedAt: 0,
    stamp,
    history: [],
  };
}

/** Everything that is held, read to the end. */
async function readAll(stream: Stream): Promise<StreamEvent[]> {
  stream.end();
  const events: StreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

const stampOf = (event: StreamEvent | undefined): number | null =>
  event !== undefined && 'cursor' in event ? parseCursor(event.cursor).stamp : null;

describe('a stream', () => {
  it('tells a slow reader the way from the last state it knows to the newest', async () => {
    const stream = create();
    stream.tell(change('A', 10, 'NOT_STARTED', 'RUNNING'), false);
    stream.tell(change('B', 20, null, 'RUNNING'), false);
    stream.tell(change('A', 30, 'RUNNING', 'SUCCEEDED'), false);

    expect((await readAll(stream)).map(describeEvent)).toEqual([
      'B SNAPSHOT RUNNING',
      'A CHANGED NOT_STARTED → SUCCEEDED',
    ]);
  });

  it('tells a reader that was away of each change that it missed', async () => {
    const stream = create({ stamp: 5, digest: DIGEST });
    stream.tell(change('A', 10, 'NOT_STARTED', 'UNKNOWN'), true);
    stream.tell(change('A', 20, 'UNKNOWN', 'RUNNING'), false);
    stream.tell(change('A', 30, 'RUNNING', 'SUCCEEDED'), false);

    expect((await readAll(stream)).map(describeEvent)).toEqual([
      'A CHANGED NOT_STARTED → UNKNOWN',
      'A CHANGED UNKNOWN → SUCCEEDED',
    ]);
  });

  it('gives cursors that never go back, not behind where the client stood either', async () => {
    const stream = create({ stamp: 15, digest: DIGEST });
    stream.tell(change('A', 10, null, 'RUNNING'), false);
    stream.tell(change('B', 30, null, 'RUNNING'), false);
    stream.tell(change('C', 20, null, 'RUNNING'), false);

    expect((await readAll(stream)).map(stampOf)).toEqual([15, 30, 30]);
  });

  it('takes no place from the cursor of another stream', async () => {
    const stream = create({ stamp: 99, digest: 'another' });
    stream.tell(change('A', 10, null, 'RUNNING'), false);

    expect((await readAll(stream)).map(stampOf)).toEqual([10]);
  });

  it('tells the last state before it says why there is no other', async () => {
    const stream = create();
    const { ref } = change('A', 10, null, 'RUNNING');
    stream.tell(change('A', 10, null, 'RUNNING'), false);
    stream.fail({ ref, error: errorOf({ kind: 'forbidden' }) });
    stream.tell(change('B', 20, null, 'RUNNING'), false);

    expect((await readAll(stream)).map(describeEvent)).toEqual([
      'A SNAPSHOT RUNNING',
      'A ends: forbidden',
      'B SNAPSHOT RUNNING',
    ]);
  });

  it('makes a cursor of what is known when an event is read, not when it was told', async () => {
    const told: string[] = [];
    const stream = createStream({
      digest: DIGEST,
      after: null,
      client: {
        hasRead: ({ ref }) => void told.push(ref.operationId),
        unknown: () => ({ ...nothing, behind: new Map([[`after ${told.join('')}`, null]]) }),
        onDone: () => undefined,
      },
    });
    for (const id of ['A', 'B']) stream.tell(change(id, 10, null, 'RUNNING'), false);
    expect(told).toEqual([]);

    const cursors = (await readAll(stream)).map((event) => ('cursor' in event ? parseCursor(event.cursor) : null));
    expect(cursors.map((cursor) => [...(cursor?.behind.keys() ?? [])])).toEqual([['after A'], ['after AB']]);
  });
});
