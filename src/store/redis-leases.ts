import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Local } from './local.js';
import { type Ask, type Link } from './redis-link.js';
import { type Names } from './redis-names.js';
import { EXTEND_LEASES, RELEASE_LEASES, TAKE_LEASES } from './redis-scripts.js';

export interface SharedLeasesOptions {
  readonly local: Local;
  readonly link: Pick<Link, 'ask'>;
  readonly names: Names;
  readonly clock: Clock;
  readonly processId: string;
}

/** In one script. */
const AT_ONCE = 500;

/**
 * Leases of this process, which in Redis are the process's as a whole: inside it the local ones decide. So one whose
 * answer came too late is nobody's loss: it is taken again as if it were free.
 */
export function createSharedLeases({ local, link, names, clock, processId }: SharedLeasesOptions) {
  /** Those that may be ours in Redis, and until when, epoch ms: also where the answer never came. */
  const there = createExpiringMap<string, number>({ clock });
  /** Until when Redis was asked for each since it is there again, epoch ms; another may have been quicker. */
  let brought = new Map<string, number>();

  const take = (ask: Ask, keys: readonly string[], until: number) => {
    for (const key of keys) there.set(key, until, until);
    const args = [processId, String(Math.ceil(until - clock.now()))];
    return ask((session) => session.run(TAKE_LEASES, keys.map(names.lease), args));
  };
  const giveBack = async (ask: Ask, keys: readonly string[]): Promise<boolean> => {
    const untils = keys.map((key) => there.get(key));
    for (const key of keys) {
      there.delete(key);
      brought.delete(key);
    }
    const answer = await ask((session) => session.run(RELEASE_LEASES, keys.map(names.lease), [processId]));
    if (answer !== undefined) return true;
    for (const [at, key] of keys.entries()) {
      const until = untils[at];
      if (until !== undefined && there.get(key) === undefined) there.set(key, until, until);
    }
    return false;
  };

  const release = async (keys: readonly string[]): Promise<void> => {
    const held = keys.filter((key) => local.isLeased(key));
    for (const key of held) local.release(key);
    if (held.length > 0) await giveBack(link.ask, held);
  };

  const missing = () => [...local.leases()].filter(([key, until]) => (brought.get(key) ?? 0) < until);
  const surplus = () => [...there.entries()].map(([key]) => key).filter((key) => !local.isLeased(key));
  /** Until what is leased here and what is ours in Redis are the same. */
  const saveRest = async (ask: Ask): Promise<boolean> => {
    for (;;) {
      const [lacking, over] = [missing(), surplus()];
      if (lacking.length + over.length === 0) return true;
      for (const [key, until] of lacking) {
        brought.set(key, until);
        if ((await take(ask, [key], until)) === undefined) return false;
      }
      for (let from = 0; from < over.length; from += AT_ONCE) {
        if (!(await giveBack(ask, over.slice(from, from + AT_ONCE)))) return false;
      }
    }
  };

  return {
    leases: {
      async take(keys: readonly string[], forMs: number): Promise<readonly boolean[]> {
        const until = clock.now() + forMs;
        const free = keys.map((key) => local.lease(key, until));
        const asked = keys.filter((_, at) => free[at]);
        if (asked.length === 0) return free;
        const answer = await take(link.ask, asked, until);
        if (!Array.isArray(answer)) return free; // alone: what is free here is ours
        const refused = new Set(asked.filter((_, at) => answer[at] !== 1));
        for (const key of refused) {
          local.release(key);
          there.delete(key);
        }
        return keys.map((key, at) => free[at] === true && !refused.has(key));
      },
      /** @returns whether all of them are still ours; while Redis is away, by what is known here */
      async extend(keys: readonly string[], forMs: number): Promise<boolean> {
        const until = clock.now() + forMs;
        const held = keys.filter((key) => local.extend(key, until));
        if (held.length === 0) return keys.length === 0;
        for (const key of held) if (there.get(key) !== undefined) there.set(key, until, until);
        const args = [processId, String(Math.ceil(forMs))];
        const answer = await link.ask((session) => session.run(EXTEND_LEASES, held.map(names.lease), args));
        return held.length === keys.length && (answer === undefined || Number(answer) === held.length);
      },
      release,
    },

    /** What was taken while Redis was away, or what it has forgotten, is ours there too unless another was quicker. */
    join(ask: Ask): Promise<boolean> {
      brought = new Map();
      return saveRest(ask);
    },
    /** What was taken or given back while joining. @returns whether it is all done */
    saveRest,
    get isSaved() {
      return missing().length + surplus().length === 0;
    },
    giveUp: (): Promise<void> => release([...local.leases()].map(([key]) => key)),
    clear: (): void => there.clear(),
  };
}
