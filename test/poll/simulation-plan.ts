import fc from 'fast-check';
import { type Reason } from '../../src/operation/failure.js';
import { type OperationState } from '../../src/operation/state.js';

/** Who subscribes to what, and how many events it reads before it waits to be told to read on. */
export interface Client {
  readonly scope: string;
  readonly target: { readonly operations: readonly number[] } | { readonly host: number };
  readonly appetite: number;
}

export interface Trouble {
  /** Whose reads are hit; null means everybody's. */
  readonly of: string | null;
  /** All reads, those of one form, or those whose path has this in it. */
  readonly what: 'all' | 'lists' | 'items' | '/T' | '/C' | 'O0' | 'O1';
  readonly reason: Reason;
}

export type Action =
  | { readonly do: 'wait'; readonly ms: number }
  /** A new subscription that knows nothing. */
  | { readonly do: 'join'; readonly client: number }
  /** A lost connection is made again, with the cursor of the last event that was read. */
  | { readonly do: 'resume'; readonly client: number }
  | { readonly do: 'leave'; readonly client: number }
  | { readonly do: 'read'; readonly client: number; readonly events: number }
  | { readonly do: 'query'; readonly scope: string; readonly operations: readonly number[] }
  | { readonly do: 'list'; readonly scope: string; readonly host: number }
  | { readonly do: 'deny'; readonly scope: string; readonly host: number; readonly reason: Reason | null }
  | { readonly do: 'trouble'; readonly trouble: Trouble; readonly ms: number };

export interface Life {
  readonly host: number;
  /** In ms from the start, in order. */
  readonly moments: readonly { readonly ms: number; readonly state: OperationState }[];
}

/** One run, written down whole: the same plan always goes the same way. */
export interface Plan {
  readonly lives: readonly Life[];
  readonly clients: readonly Client[];
  readonly actions: readonly Action[];
  readonly pageSize: number;
  readonly latencyMs: number;
  readonly proofMs: number;
  /** What chance will say, over and over. */
  readonly chances: readonly number[];
}

const MAX_OPERATIONS = 5;

const scope = fc.constantFrom('anna', 'ben', 'cleo');
const host = fc.nat(1);
const operations = fc.uniqueArray(fc.nat(MAX_OPERATIONS - 1), { minLength: 1, maxLength: 4 });

const life = fc
  .record({
    host,
    beginsMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60_000 })),
    steps: fc.array(
      fc.record({
        ms: fc.integer({ min: 1, max: 60_000 }),
        state: fc.constantFrom<OperationState>('NOT_STARTED', 'RUNNING', 'UNKNOWN'),
      }),
      { maxLength: 3 },
    ),
    lastMs: fc.integer({ min: 1, max: 70_000 }),
    end: fc.constantFrom<OperationState>('SUCCEEDED', 'FAILED', 'CANCELLED'),
  })
  .map(({ host: of, beginsMs, steps, lastMs, end }): Life => {
    let ms = beginsMs;
    const moments: { ms: number; state: OperationState }[] = [{ ms, state: 'NOT_STARTED' }];
    for (const step of [...steps, { ms: lastMs, state: end }]) {
      ms += step.ms;
      moments.push({ ms, state: step.state });
    }
    return { host: of, moments };
  });

const target = fc.oneof(
  { weight: 3, arbitrary: operations.map((chosen) => ({ operations: chosen })) },
  { weight: 1, arbitrary: host.map((of) => ({ host: of })) },
);

const denial = fc.constantFrom<Reason | null>(
  { kind: 'forbidden' },
  { kind: 'unauthenticated' },
  { kind: 'notFound' },
  null,
);

const trouble = fc.record({
  of: fc.option(scope),
  what: fc.constantFrom<Trouble['what']>('all', 'lists', 'items', '/T', '/C', 'O0', 'O1'),
  reason: fc.oneof(
    fc.constantFrom<Reason>({ kind: 'unavailable' }, { kind: 'malformed', detail: 'not JSON' }),
    fc.integer({ min: 0, max: 90_000 }).map((retryAfterMs): Reason => ({ kind: 'throttled', retryAfterMs })),
    fc.integer({ min: 500, max: 5_000 }).map((retryAfterMs): Reason => ({ kind: 'overBudget', retryAfterMs })),
  ),
});

const waits = fc.oneof(
  fc.constantFrom(0, 1, 10, 5_000, 30_000, 120_000),
  fc.integer({ min: 0, max: 5_000 }),
  fc.integer({ min: 0, max: 60_000 }),
);

/** What clients and time do: nothing goes wrong. */
const calm = [
  { weight: 8, arbitrary: waits.map((ms): Action => ({ do: 'wait', ms })) },
  { weight: 4, arbitrary: fc.nat(3).map((client): Action => ({ do: 'join', client })) },
  { weight: 2, arbitrary: fc.nat(3).map((client): Action => ({ do: 'resume', client })) },
  { weight: 1, arbitrary: fc.nat(3).map((client): Action => ({ do: 'leave', client })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ client: fc.nat(3), events: fc.integer({ min: 1, max: 3 }) })
      .map((action): Action => ({ do: 'read', ...action })),
  },
  { weight: 2, arbitrary: fc.record({ scope, operations }).map((action): Action => ({ do: 'query', ...action })) },
  { weight: 1, arbitrary: fc.record({ scope, host }).map((action): Action => ({ do: 'list', ...action })) },
];

const denials = [
  {
    weight: 2,
    arbitrary: fc.record({ scope, host, reason: denial }).map((action): Action => ({ do: 'deny', ...action })),
  },
];

const troubles = [
  {
    weight: 2,
    arbitrary: fc
      .record({ trouble, ms: fc.integer({ min: 1, max: 120_000 }) })
      .map((action): Action => ({ do: 'trouble', ...action })),
  },
];

function plans(kinds: { weight: number; arbitrary: fc.Arbitrary<Action> }[]): fc.Arbitrary<Plan> {
  return fc.record({
    lives: fc.array(life, { minLength: 1, maxLength: MAX_OPERATIONS }),
    clients: fc.array(
      fc.record({
        scope,
        target,
        appetite: fc.oneof({ weight: 2, arbitrary: fc.constant(Infinity) }, { weight: 1, arbitrary: fc.nat(3) }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    actions: fc.array(fc.oneof(...kinds), { minLength: 2, maxLength: 18 }),
    pageSize: fc.constantFrom(2, 100),
    latencyMs: fc.constantFrom(0, 0, 400),
    proofMs: fc.constantFrom(60_000, 100_000, 300_000),
    chances: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 4 }),
  });
}

/** Graph answers every read. */
export const calmPlans = plans(calm);
/** Callers lose rights and get them back. */
export const deniedPlans = plans([...calm, ...denials]);
/** Reads fail, for a while. */
export const troubledPlans = plans([...calm, ...troubles]);
/** All of it. */
export const wildPlans = plans([...calm, ...denials, ...troubles]);
