import { type Clock } from '../lib/clock.js';
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

/**
 * Leases of this process, which in Redis are the process's as a whole: inside it the local ones decide. So one whose
 * answer came too late is nobody's loss: it is taken again as if it were free.
 */
export function createSharedLeases({ local, link, names, clock, processId }: SharedLeasesOptions) {
  const release = async (keys: readonly string[]): Promise<void> => {
    const held = keys.filter((key) => local.isLeased(key));
    for (const key of held) local.release(key);
    if (held.length > 0) await link.ask((session) => session.run(RELEASE_LEASES, held.map(names.lease), [processId]));
  };

  return {
    leases: {
      async take(keys: readonly string[], forMs: number): Promise<readonly boolean[]> {
        const until = clock.now() + forMs;
        const free = keys.map((key) => local.lease(key, until));
        const asked = keys.filter((_, at) => free[at]);
        if (asked.length === 0) return free;
        const args = [processId, String(Math.ceil(forMs))];
        const answer = await link.ask((session) => session.run(TAKE_LEASES, asked.map(names.lease), args));
        if (!Array.isArray(answer)) return free; // alone: what is free here is ours
        const refused = new Set(asked.filter((_, at) => answer[at] !== 1));
        for (const key of refused) local.release(key);
        return keys.map((key, at) => free[at] === true && !refused.has(key));
      },
      async extend(keys: readonly string[], forMs: number): Promise<void> {
        const held = keys.filter((key) => local.isLeased(key));
        for (const key of held) local.extend(key, clock.now() + forMs);
        const args = [processId, String(Math.ceil(forMs))];
        if (held.length > 0) await link.ask((session) => session.run(EXTEND_LEASES, held.map(names.lease), args));
      },
      release,
    },

    /** What was taken while Redis was away, or what it has forgotten, is ours there too unless another was quicker. */
    async join(ask: Ask): Promise<boolean> {
      const now = clock.now();
      for (const [key, until] of [...local.leases()]) {
        const args = [processId, String(Math.ceil(until - now))];
        if (until <= now) continue;
        const answer = await ask((session) => session.run(TAKE_LEASES, [names.lease(key)], args));
        if (answer === undefined) return false;
      }
      return true;
    },
    releaseAll: (): Promise<void> => release([...local.leases()].map(([key]) => key)),
  };
}
