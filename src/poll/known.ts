import { type Clock } from '../lib/clock.js';
import { type GraphError } from '../operation/failure.js';
import { type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Held } from '../operation/snapshot.js';
import { isTerminal } from '../operation/state.js';
import { earliestRenewalAt, latestRenewalAt } from './dues.js';
import { remaining, type Failure, type Failures } from './failures.js';
import { type AtHand, type Snapshots } from './ports.js';
import { UNPROVED, type Proof, type Proofs } from './proofs.js';

/** What is known of an operation before Graph is asked, and what it is worth to one caller. */
export interface Known {
  readonly ref: OperationRef;
  readonly held: Held | null;
  /** When the caller's scope last read it itself, epoch ms; null where it never did. */
  readonly readAt: number | null;
  /** Whether the scope has a valid proof. */
  readonly isProved: boolean;
  /** Whether that proof is to be renewed: not yet, where a read can serve for it as well, or in any case. */
  readonly renewal: 'none' | 'welcome' | 'needed';
  /** Whether what is held is young enough to be told as the state now. */
  readonly isFresh: boolean;
  /** Whether the scope must not read it again yet. */
  readonly isEarly: boolean;
  /** What forbids the scope this read for now, or null. */
  readonly failure: Failure | null;
  /** The error that stands for a read that must not be made now; null when it may be. */
  readonly refusal: GraphError | null;
}

export interface KnownOptions {
  readonly snapshots: Snapshots;
  readonly atHand?: Pick<AtHand, 'held'> | undefined;
  readonly proofs: Proofs;
  readonly failures: Failures;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly proofMs: number;
}

/** One for each ref, in their order. */
export type LookUp = (caller: Caller, refs: readonly OperationRef[]) => Promise<readonly Known[]>;

/** What is held of an operation, where it is at hand, and may be told to the caller as the state now; else null. */
export type Glance = (caller: Caller, ref: OperationRef) => Held | null;

export function createLookUp(options: KnownOptions): LookUp {
  const { snapshots, atHand, proofs, failures, clock, intervalMs, proofMs } = options;

  const weigh = (caller: Caller, ref: OperationRef, held: Held | null, { readAt, provedAt }: Proof): Known => {
    const now = clock.now();
    const failure = failures.active(caller, ref.location);
    const isEarly = readAt !== null && readAt + intervalMs > now;
    const refusal =
      failure !== null
        ? remaining(failure, now)
        : isEarly && provedAt === null
          ? proofs.refusalOf(caller, ref.host, readAt)
          : null;
    return {
      ref,
      held,
      readAt,
      isProved: isProved({ readAt, provedAt }, now, proofMs),
      renewal:
        provedAt === null || latestRenewalAt(provedAt, options) <= now
          ? 'needed'
          : earliestRenewalAt(provedAt, options) <= now
            ? 'welcome'
            : 'none',
      isFresh: held !== null && isFresh(held, now, intervalMs),
      isEarly,
      failure,
      refusal,
    };
  };

  return async (caller, refs) => {
    if (atHand !== undefined) {
      return refs.map((ref) => weigh(caller, ref, atHand.held(ref.location), proofs.atHand(caller, ref) ?? UNPROVED));
    }
    const locations = refs.map(({ location }) => location);
    const [helds, proved] = await Promise.all([snapshots.get(locations), proofs.of(caller, refs)]);
    return refs.map((ref, at) => weigh(caller, ref, helds[at] ?? null, proved[at] ?? UNPROVED));
  };
}

export function createGlance({ atHand, proofs, clock, intervalMs, proofMs }: Omit<KnownOptions, 'failures'>): Glance {
  return (caller, ref) => {
    const held = atHand?.held(ref.location) ?? null;
    if (held === null) return null;
    const now = clock.now();
    const proof = isFresh(held, now, intervalMs) ? proofs.atHand(caller, ref) : null;
    return proof !== null && isProved(proof, now, proofMs) ? held : null;
  };
}

function isProved({ provedAt }: Proof, now: number, proofMs: number): boolean {
  return provedAt !== null && provedAt + proofMs > now;
}

/** Whether it is over, or was checked within the interval. */
export function isFresh({ snapshot }: Held, now: number, intervalMs: number): boolean {
  return isTerminal(snapshot.operation.state) || snapshot.checkedAt + intervalMs > now;
}
