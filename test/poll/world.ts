import { silentLog } from '../../src/lib/log.js';
import { type Random } from '../../src/lib/random.js';
import { parseHostLocation } from '../../src/operation/location.js';
import { type OperationHost } from '../../src/operation/ref.js';
import { type Caller, type Scope } from '../../src/operation/scope.js';
import { type OperationState } from '../../src/operation/state.js';
import { fixedAuthority, type Authority } from '../../src/poll/authority.js';
import { createChecks, type Checks } from '../../src/poll/checks.js';
import { startCoordinator, type Coordinator, type WatchLimits } from '../../src/poll/coordinator.js';
import { type PollTimes } from '../../src/poll/dues.js';
import { type Store } from '../../src/poll/ports.js';
import { type Cost } from '../../src/poll/reads.js';
import { createPollTally, type PollTally } from '../../src/poll/tally.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createFakeClock, type FakeClock, settlePromises } from '../support/fake-clock.js';
import { createModelGraph, type ModelGraph, type ModelGraphOptions, type Stage } from './model-graph.js';

const GRAPH_ROOT = new URL('https://graph.test');

export const TIMES: PollTimes = {
  intervalMs: 30_000,
  proofMs: 120_000,
  lingerMs: 5_000,
  maxAgeMs: 3_600_000,
  notFoundGraceMs: 300_000,
};

/** Half of every jitter: a backoff of 3 s is 3.75 s. */
const HALF: Random = () => 0.5;

/** A team, which is read the cheapest way. */
export function team(id: string): OperationHost {
  return parseHostLocation(`/teams/${id}`, GRAPH_ROOT);
}

/** A chat, which is read by its list whenever the interval allows it. */
export function chat(id: string): OperationHost {
  return parseHostLocation(`/beta/chats/${id}`, GRAPH_ROOT);
}

export function caller(name: string): Caller {
  return {
    scope: scope(name),
    subject: name,
    credential: name,
    graphSees: 'caller',
    expiresAt: null,
    accessToken: () => Promise.resolve(`token of ${name}`),
  };
}

/** The right of a caller that keeps its token. */
export const by: (caller: Caller) => Authority = fixedAuthority;

export function scope(name: string): Scope {
  return name as Scope;
}

export function noCost(): Cost {
  return { requests: 0, reads: 0, snapshots: 0 };
}

/** A part of the gateway below the API, over a model of Graph, with the time in hand. */
export interface World {
  readonly clock: FakeClock;
  readonly graph: ModelGraph;
  readonly store: Store;
  readonly checks: Checks;
  readonly coordinator: Coordinator;
  readonly tally: PollTally;
  /** A life from moments of this world's time: `life(0, 'RUNNING', 40_000, 'SUCCEEDED')`, in ms from its start. */
  readonly life: (...moments: readonly (number | OperationState)[]) => Stage[];
  /** When each read reached Graph, in ms from the start of the world. */
  readonly readTimes: () => number[];
  /** A second gateway process over the same store and the same Graph, or one with a store of its own. */
  readonly another: (store?: Store) => World;
}

export interface WorldOptions extends Omit<ModelGraphOptions, 'clock'> {
  readonly times?: Partial<PollTimes>;
  readonly random?: Random;
  readonly limits?: Partial<WatchLimits>;
  readonly settled?: () => Promise<void>;
}

export function createWorld(options: WorldOptions = {}): World {
  const clock = createFakeClock(Date.UTC(2026, 0, 1), options.settled ?? settlePromises);
  return gatewayIn(clock, createModelGraph({ ...options, clock }), createMemoryStore(clock), options, clock.now());
}

function gatewayIn(clock: FakeClock, graph: ModelGraph, store: Store, options: WorldOptions, startedAt: number): World {
  const times = { ...TIMES, ...options.times };
  const { intervalMs, proofMs } = times;
  const random = options.random ?? HALF;
  const tally = createPollTally();
  const checks = createChecks({ reader: graph, store, clock, random, log: silentLog, intervalMs, proofMs, tally });
  const coordinator = startCoordinator({
    checks,
    store,
    clock,
    log: silentLog,
    tally,
    times,
    limits: { watched: 10_000, watchedPerCaller: 5_000, watchedPerHost: 1_000, ...options.limits },
  });
  return {
    clock,
    graph,
    store,
    checks,
    coordinator,
    tally,
    life: (...moments) => stages(moments, startedAt),
    readTimes: () => graph.reads.map((read) => read.startedAt - startedAt),
    another: (otherStore = store) => gatewayIn(clock, graph, otherStore, options, startedAt),
  };
}

function stages(moments: readonly (number | OperationState)[], startedAt: number): Stage[] {
  return moments.flatMap((state, at) => {
    const ms = moments[at - 1];
    return typeof state === 'string' && typeof ms === 'number' ? [{ at: startedAt + ms, state }] : [];
  });
}
