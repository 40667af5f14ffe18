import { type Clock } from '../lib/clock.js';
import { GraphError, type Reason } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';
import { type Scope } from '../operation/scope.js';

/** Graph told a scope that something is not for it: one operation, all of a host, or everything. */
export interface Denial {
  readonly scope: Scope;
  /** Of the operation or the host; null where the token itself is refused. */
  readonly location: string | null;
  /** Of the token that was shown, as a keyed hash. */
  readonly credential: string;
  /** When the read was sent that found out, epoch ms; one that was answered later still counts. */
  readonly sentAt: number;
  readonly error: GraphError;
}

/** A denial as one process tells the others. Its age, because their clocks differ. It holds hashes and no token. */
export interface DenialNotice extends Readonly<Record<string, unknown>> {
  readonly scope: string;
  readonly location: string | null;
  readonly credential: string;
  readonly ageMs: number;
  readonly kind: DenialKind;
  readonly claims?: string;
  readonly message: string;
  readonly requestId?: string;
}

const DENIALS = ['unauthenticated', 'forbidden', 'notFound'] as const satisfies readonly Reason['kind'][];
type DenialKind = (typeof DENIALS)[number];

/** @returns null for what no other process has to know */
export function printDenial({ scope, location, credential, sentAt, error }: Denial, clock: Clock): DenialNotice | null {
  const { reason, message, answer } = error;
  const kind = DENIALS.find((each) => each === reason.kind);
  if (kind === undefined) return null;
  return {
    scope,
    location,
    credential,
    ageMs: clock.now() - sentAt,
    kind,
    message,
    ...('claims' in reason && { claims: reason.claims }),
    ...(answer.requestId !== undefined && { requestId: answer.requestId }),
  };
}

/** @returns null when it is none: another version of this gateway may write something else */
export function parseDenial(notice: unknown, clock: Clock): Denial | null {
  if (!isJsonObject(notice)) return null;
  const { scope, location, credential, ageMs, claims, message, requestId } = notice;
  const kind = DENIALS.find((each) => each === notice['kind']);
  if (kind === undefined || typeof scope !== 'string' || typeof credential !== 'string') return null;
  if (typeof ageMs !== 'number' || !Number.isFinite(ageMs) || typeof message !== 'string') return null;
  if (location !== null && typeof location !== 'string') return null;
  const reason: Reason = kind === 'notFound' ? { kind } : typeof claims === 'string' ? { kind, claims } : { kind };
  return {
    scope: scope as Scope,
    location,
    credential,
    sentAt: clock.now() - ageMs,
    error: new GraphError(reason, message, typeof requestId === 'string' ? { requestId } : {}),
  };
}
