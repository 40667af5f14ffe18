import { type Random } from '../lib/random.js';
import { type World } from './call.js';
import { createLimiter, GRAPH_LIMITS, type Limits } from './limits.js';
import { type Life } from './lives.js';
import { createPeople } from './people.js';
import { createTenant } from './tenant.js';

export interface WorldOptions {
  readonly random: Random;
  readonly pageSize?: number;
  readonly limits?: Partial<Limits> | 'none';
  readonly invisibleForMs?: number;
  readonly chatItemLagMs?: number;
  readonly life?: Life;
}

const PAGE_SIZE = 20;

export function createWorld({ random, life, limits, ...options }: WorldOptions): World {
  return {
    random,
    people: createPeople(),
    tenant: createTenant(),
    limiter: createLimiter(limits === 'none' ? limits : { ...GRAPH_LIMITS, ...limits }),
    pageSize: options.pageSize ?? PAGE_SIZE,
    invisibleForMs: options.invisibleForMs ?? 0,
    chatItemLagMs: options.chatItemLagMs ?? 0,
    nextLife: () => life ?? drawLife(random),
  };
}

/** Of eight operations six go well, one of these at the second attempt, one fails and one stalls. */
function drawLife(random: Random): Life {
  const startsAfterMs = between(3_000, 8_000, random);
  const endsAfterMs = between(20_000, 90_000, random);
  const fate = Math.floor(random() * 8);
  if (fate === 0) return { startsAfterMs, stalls: true };
  if (fate === 1) return { startsAfterMs, failsAfterMs: endsAfterMs };
  if (fate === 2) return { startsAfterMs, retriesAfterMs: [Math.floor(endsAfterMs / 2)], succeedsAfterMs: endsAfterMs };
  return { startsAfterMs, succeedsAfterMs: endsAfterMs };
}

function between(least: number, most: number, random: Random): number {
  return Math.floor(least + random() * (most - least));
}
