import { type Held } from '../operation/snapshot.js';
import { type Local } from './local.js';

/** What those who listen here were told, and what they wait for. */
export interface Tellings {
  tell(location: string, held: Held, isElsewhere: boolean): void;
  /** Tells what is held as it was at this stamp: what is newer is known here, and its own publication is yet to come. */
  tellUpTo(stamp: number, location: string, held: Held, isElsewhere: boolean): void;
  /** Tells what is held of these and was not told yet, in the order of the stamps over all of them. */
  catchUp(locations: readonly string[], isElsewhere: boolean): void;
  /** The publication with this stamp has come. */
  hasHeard(location: string, stamp: number): void;
  /** Resolves when the publication with this stamp, or a later one, has come, or when nobody listens any more. */
  heard(location: string, stamp: number): Promise<true>;
  /** Nobody listens any more. */
  forget(location: string): void;
}

interface Told {
  stamp: number;
  checkedAt: number;
  /** Of the last publication. */
  heard: number;
}

interface Waiting {
  readonly stamp: number;
  readonly resolve: (isTrue: true) => void;
}

export function createTellings(local: Local): Tellings {
  const tolds = new Map<string, Told>();
  const waitings = new Map<string, Waiting[]>();

  const toldOf = (location: string): Told => {
    const told = tolds.get(location) ?? { stamp: -Infinity, checkedAt: -Infinity, heard: -Infinity };
    tolds.set(location, told);
    return told;
  };
  const tell = (location: string, held: Held, isElsewhere: boolean): void => {
    if (!local.isListened(location)) return; // nor is anything remembered of it, which nobody would forget
    const told = toldOf(location);
    told.stamp = Math.max(told.stamp, held.transitions.at(-1)?.stamp ?? 0);
    told.checkedAt = Math.max(told.checkedAt, held.snapshot.checkedAt);
    local.tell(location, { held, isElsewhere });
  };
  const release = (location: string, upTo: number): void => {
    const waiting = waitings.get(location);
    if (waiting === undefined) return;
    const rest = waiting.filter(({ stamp }) => stamp > upTo);
    if (rest.length > 0) waitings.set(location, rest);
    else waitings.delete(location);
    for (const { stamp, resolve } of waiting) if (stamp <= upTo) resolve(true);
  };

  return {
    tell,
    tellUpTo(stamp, location, held, isElsewhere) {
      const then = asOf(held, stamp);
      if (then !== null) tell(location, then, isElsewhere);
    },
    catchUp(locations, isElsewhere) {
      const steps = locations.flatMap((location) => {
        const held = local.held(location);
        return held === null || !local.isListened(location)
          ? []
          : stepsOf(held, toldOf(location)).map((step) => ({ location, step }));
      });
      steps.sort((a, b) => endOf(a.step) - endOf(b.step));
      for (const { location, step } of steps) tell(location, step, isElsewhere);
    },
    hasHeard(location, stamp) {
      const told = toldOf(location);
      told.heard = Math.max(told.heard, stamp);
      release(location, stamp);
    },
    heard(location, stamp) {
      if ((tolds.get(location)?.heard ?? -Infinity) >= stamp) return Promise.resolve(true);
      return new Promise((resolve) => {
        waitings.set(location, [...(waitings.get(location) ?? []), { stamp, resolve }]);
      });
    },
    forget(location) {
      tolds.delete(location);
      release(location, Infinity);
    },
  };
}

function endOf(held: Held): number {
  return held.transitions.at(-1)?.stamp ?? 0;
}

/** What is held, as it was after each transition that was not told; the last one is what is held now. */
function stepsOf(held: Held, told: Told): Held[] {
  const untold = held.transitions.filter(({ stamp }) => stamp > told.stamp);
  if (untold.length === 0) return held.snapshot.checkedAt > told.checkedAt ? [held] : [];
  if (told.stamp === -Infinity) return [held]; // whoever has just come here looks at what is held itself
  return untold.flatMap(({ stamp }) => asOf(held, stamp) ?? []);
}

/** What is held, as it was at this stamp; null where that is no longer known. */
function asOf(held: Held, stamp: number): Held | null {
  const transitions = held.transitions.filter((each) => each.stamp <= stamp);
  const last = transitions.at(-1);
  if (last === undefined) return null;
  if (transitions.length === held.transitions.length) return held;
  return { ...held, snapshot: { operation: last.operation, checkedAt: last.observedAt }, transitions };
}
