import DataLoader from 'dataloader';
import { type Clock } from '../lib/clock.js';
import { GraphError } from '../operation/failure.js';
import { type OperationRef } from '../operation/ref.js';
import { type Caller } from '../operation/scope.js';
import { type Authority } from '../poll/authority.js';
import { type Checks } from '../poll/checks.js';
import { type Seen } from '../poll/seen.js';
import { type Coordinator } from '../poll/coordinator.js';
import { type Cost } from '../poll/reads.js';
import { unauthenticated } from './errors.js';
import { type ApiLimits } from './limits.js';
import { type Viewpoint } from './views.js';
import { type Waits } from './waits.js';

/** What resolvers may reach, for as long as the gateway runs. */
export interface ApiServices {
  readonly checks: Checks;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly graphRoot: URL;
  readonly limits: ApiLimits;
  readonly waits: Waits;
}

/** What resolvers know of one request. */
export interface ApiContext extends ApiServices {
  /** Whose request it is, see Caller; null when it does not say. */
  readonly subject: () => string | null;
  /** @throws UNAUTHENTICATED when the request came without a token and needs one */
  readonly caller: () => Caller;
  /** The same for what goes on: a caller who may come back with another token meanwhile. @throws likewise */
  readonly authority: () => Authority;
  /** What is at hand, at once; else it gathers what one tick of a request asks for, so that it goes up together. */
  readonly operations: { load(ref: OperationRef): Seen | Promise<Seen> };
  readonly cost: Cost;
  /** Aborts when the client has gone. It is made for whoever listens, which few requests do. */
  readonly signal: () => AbortSignal;
  /** Where a client that comes back says it stands, in words of its transport; `after` counts for nothing then. */
  readonly lastEventId: string | undefined;
  readonly viewpoint: () => Viewpoint;
}

/** @param who on whose right; null when the request does not say, an error when it says it wrongly */
export function createContext(
  services: ApiServices,
  who: Authority | GraphError | null,
  signal: () => AbortSignal,
  lastEventId?: string,
): ApiContext {
  const { checks, coordinator, clock, graphRoot, limits, waits } = services;
  const cost: Cost = { requests: 0, reads: 0, snapshots: 0 };
  const authority = (): Authority => {
    if (who === null) throw unauthenticated();
    if (who instanceof GraphError) throw who;
    return who;
  };
  const caller = (): Caller => authority().caller;
  /** Each operation is looked at once for a request, however often it is asked for. */
  const seen = new Map<string, Seen | Promise<Seen>>();
  let loader: DataLoader<OperationRef, Seen> | null = null;
  const createLoader = () =>
    new DataLoader<OperationRef, Seen>(async (refs) => [...(await checks.look(caller(), refs, cost))], {
      cache: false,
    });
  const load = (ref: OperationRef): Seen | Promise<Seen> => {
    const known = seen.get(ref.location);
    if (known !== undefined) return known;
    const found = checks.glance(caller(), ref, cost) ?? (loader ??= createLoader()).load(ref);
    seen.set(ref.location, found);
    return found;
  };
  return {
    subject: () => (who === null || who instanceof GraphError ? null : who.caller.subject),
    caller,
    authority,
    cost,
    signal,
    lastEventId,
    operations: { load },
    viewpoint: () => ({ now: clock.now(), nextCheckAt: (location) => coordinator.nextCheckAt(location) }),
    // One by one: a spread takes ten times as long, and there is one of these for each request.
    checks,
    coordinator,
    clock,
    graphRoot,
    limits,
    waits,
  };
}
