import { createRef } from '../../src/operation/ref.js';
import { type OperationState } from '../../src/operation/state.js';
import { createStream, type Change, type Stream } from '../../src/poll/stream.js';
import { operation } from '../store/promises.js';
import { team } from '../poll/world.js';

/** A stream that a test tells what it likes; whoever reads it knows everything else. */
export function openStream(digest = 'a digest'): Stream {
  const unknown = { behind: new Map<string, null>(), untoldFrom: null, listedAt: null };
  return createStream({
    digest,
    after: null,
    client: { hasRead: () => undefined, unknown: () => unknown, onDone: () => undefined },
  });
}

/** @param rawStatus the state in small letters unless told */
export function changeTo(state: OperationState, stamp: number, id = 'A', rawStatus = state.toLowerCase()): Change {
  return {
    ref: createRef(team('T'), id),
    operation: { ...operation(state, stamp), rawStatus },
    from: null,
    reason: 'SNAPSHOT',
    observedAt: 0,
    checkedAt: 0,
    stamp,
    history: [],
  };
}
