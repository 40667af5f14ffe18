import { type GraphError } from '../operation/failure.js';
import { type Caller, type Scope } from '../operation/scope.js';
import { type ListStand } from './host-group.js';
import { type Stand } from './watch.js';

/** All that one scope watches, so that what befalls its token reaches every place where that is used. */
export interface ScopeStands {
  readonly stands: Set<Stand>;
  readonly lists: Set<ListStand>;
}

/** Stands by scope. */
export interface StandIndex {
  add(stand: Stand | ListStand): void;
  remove(stand: Stand | ListStand): void;
  readonly of: (scope: Scope) => ScopeStands;
}

const NONE: ScopeStands = { stands: new Set(), lists: new Set() };

export function createStandIndex(): StandIndex {
  const scopes = new Map<Scope, ScopeStands>();
  return {
    add(stand) {
      const { scope } = stand.caller;
      const known = scopes.get(scope) ?? { stands: new Set<Stand>(), lists: new Set<ListStand>() };
      scopes.set(scope, known);
      if ('seats' in stand) known.stands.add(stand);
      else known.lists.add(stand);
    },
    remove(stand) {
      const known = scopes.get(stand.caller.scope);
      if (known === undefined) return;
      if ('seats' in stand) known.stands.delete(stand);
      else known.lists.delete(stand);
      if (known.stands.size + known.lists.size === 0) scopes.delete(stand.caller.scope);
    },
    of: (scope) => scopes.get(scope) ?? NONE,
  };
}

/** Takes over the token of one more caller of the scope where it serves longer, or where the one in use is refused. */
export function adopt(stand: Stand | ListStand, caller: Caller): void {
  if (caller.credential === stand.caller.credential || stand.refused.has(caller.credential)) return;
  if (stand.suspended === null && lastsUntil(caller) <= lastsUntil(stand.caller)) return;
  use(stand, caller);
}

/** Takes in one more caller of the scope. The token of one who has left is not shown again where another one is there. */
export function admit(stand: Stand | ListStand, caller: Caller, seated: number): void {
  if (seated === 0 && !stand.refused.has(caller.credential)) use(stand, caller);
  else adopt(stand, caller);
}

/** Lets go of a caller's token when nobody who remains has brought it. */
export function forget(stand: Stand | ListStand, leaving: Caller, remaining: Iterable<Caller>): void {
  if (stand.caller.credential !== leaving.credential) return;
  let best: Caller | null = null;
  for (const caller of remaining) {
    if (caller.credential === leaving.credential) return;
    if (stand.refused.has(caller.credential)) continue;
    if (best === null || lastsUntil(caller) > lastsUntil(best)) best = caller;
  }
  if (best !== null) use(stand, best);
}

/**
 * Graph refuses a token of the scope. It is not shown again, and where it is the one in use the stand goes on with
 * another one that somebody has brought, or waits for one.
 */
export function refuse(
  stand: Stand | ListStand,
  credential: string,
  error: GraphError,
  brought: Iterable<Caller>,
): void {
  stand.refused.add(credential);
  if (stand.caller.credential !== credential) return;
  stand.suspended = error;
  for (const caller of brought) adopt(stand, caller);
}

function use(stand: Stand | ListStand, caller: Caller): void {
  stand.caller = caller;
  stand.suspended = null;
}

function lastsUntil({ expiresAt }: Caller): number {
  return expiresAt ?? Infinity;
}

/** As whom the seats of a stand are taken; an authority may have another caller by now, who stands elsewhere. */
export function* callersIn({ seats }: Stand): Generator<Caller> {
  for (const { place } of seats) if (place !== null) yield place.caller;
}
