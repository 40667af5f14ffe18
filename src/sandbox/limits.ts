import { Refusal } from './envelope.js';
import { type Host, type HostKind } from './tenant.js';

/** Requests per second; a part of a batch counts like any other. `Infinity` lifts one of them. */
export interface Limits {
  readonly perTenant: number;
  readonly perTeam: number;
  readonly perChat: number;
}

/** Source: service-specific throttling limits of Microsoft Graph, the rows of Microsoft Teams. */
export const GRAPH_LIMITS: Limits = { perTenant: 30, perTeam: 4, perChat: 1 };

const WINDOW_MS = 1_000;

export interface Limiter {
  /**
   * Counts one request, also one that is refused: a client that does not wait as told is not served sooner.
   * @throws {Refusal} 429 with Retry-After, in whole seconds
   */
  count(host: Host | null, now: number): void;
}

export function createLimiter(limits: Limits | 'none'): Limiter {
  if (limits === 'none') return { count() {} };
  const perHost: Record<HostKind, number> = { team: limits.perTeam, chat: limits.perChat };
  const tenant: number[] = [];
  /** The last requests on each host, as many as its limit. */
  const hosts = new WeakMap<Host, number[]>();

  return {
    count(host, now) {
      const freeAt = [pass(tenant, limits.perTenant, now)];
      if (host !== null) {
        const times = hosts.get(host) ?? [];
        hosts.set(host, times);
        freeAt.push(pass(times, perHost[host.kind], now));
      }
      const waitMs = Math.max(...freeAt) - now;
      if (waitMs > 0) throw throttled(Math.ceil(waitMs / 1_000));
    },
  };
}

/** @returns when the request may be made, epoch ms; now or earlier when at once */
function pass(times: number[], limit: number, now: number): number {
  if (limit === Infinity) return now;
  const freeAt = times.length < limit ? now : (times.shift() ?? now) + WINDOW_MS;
  times.push(now);
  return freeAt;
}

function throttled(seconds: number): Refusal {
  return new Refusal(429, 'TooManyRequests', 'Please retry again later.', { 'Retry-After': String(seconds) });
}
