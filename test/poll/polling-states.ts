import { createRef, type OperationHost, type OperationRef } from '../../src/operation/ref.js';
import { type Held, type Transition } from '../../src/operation/snapshot.js';
import { type OperationState } from '../../src/operation/state.js';
import { type HostGroup, type Lister, type ListStand } from '../../src/poll/host-group.js';
import { type Change } from '../../src/poll/stream.js';
import { type Seat, type Stand, type Watch } from '../../src/poll/watch.js';
import { operation } from '../store/promises.js';
import { by, caller, team } from './world.js';

/** What is held after transitions to these states, with stamps 10, 20, … of which the last was checked at `checkedAt`. */
export function heldAt(states: readonly OperationState[], checkedAt = 0, completeSince = 9): Held {
  const transitions = states.map((state, at): Transition => ({
    from: states[at - 1] ?? null,
    operation: operation(state, at),
    observedAt: checkedAt,
    stamp: (at + 1) * 10,
  }));
  const last = transitions.at(-1);
  if (last === undefined) throw new RangeError('something is held when it was read');
  return { snapshot: { operation: last.operation, checkedAt }, transitions, completeSince };
}

export interface TestSeat extends Seat {
  readonly changes: Change[];
  readonly said: string[];
}

export function createSeat(ref: OperationRef, options: Partial<Seat> = {}): TestSeat {
  const changes: Change[] = [];
  const said: string[] = [];
  return {
    ref,
    authority: by(caller('anna')),
    place: null,
    tell: (change) => {
      changes.push(change);
      said.push(`${change.reason} ${change.from ?? 'nowhere'} → ${change.operation.state}`);
    },
    fail: ({ error }) => void said.push(error.message),
    finish: () => void said.push('finished'),
    settle: () => void said.push('settled'),
    filter: () => true,
    resumeAfter: null,
    newSince: Infinity,
    firstReason: 'SNAPSHOT',
    position: null,
    last: null,
    changes,
    said,
    ...options,
  };
}

/** A stand with one seat that was told its first event, unless it is said otherwise. What it read proves its right. */
export function createStand(name: string, watch: Watch, options: Partial<Stand> = {}): Stand {
  return {
    watch,
    caller: caller(name),
    since: 0,
    seats: new Set([createSeat(watch.ref)]),
    toldOf: null,
    behind: new Set(),
    readAt: null,
    provedAt: options.readAt ?? null,
    deniedSince: 0,
    suspended: null,
    refused: new Set(),
    isAwaited: false,
    checking: false,
    notBefore: 0,
    emptySince: null,
    along: null,
    ...options,
  };
}

export function createWatch(host: OperationHost, id: string, held: Held | null, stands: readonly Stand[]): Watch {
  return {
    ref: createRef(host, id),
    stands: new Map(stands.map((stand) => [stand.caller.scope, stand])),
    held,
    isKeptElsewhere: false,
  };
}

export function createListStand(name: string, options: Partial<ListStand> = {}): ListStand {
  return {
    group: createGroup(team('T'), []),
    caller: caller(name),
    since: 0,
    readers: new Map(),
    listedAt: null,
    hasListed: options.listedAt != null,
    deniedSince: 0,
    suspended: null,
    refused: new Set(),
    known: new Map(),
    isBehind: false,
    checking: false,
    notBefore: 0,
    ...options,
  };
}

export function createLister(stands: readonly ListStand[], listedAt: number | null): Lister {
  return {
    stands: new Map(stands.map((stand) => [stand.caller.scope, stand])),
    listedAt,
    isKeptElsewhere: false,
  };
}

export function createGroup(host: OperationHost, watches: readonly Watch[], lister: Lister | null = null): HostGroup {
  return {
    host,
    watches: new Map(watches.map((watch) => [watch.ref.location, watch])),
    sizes: new Map(),
    companies: new Map(),
    stands: 0,
    lister,
  };
}
