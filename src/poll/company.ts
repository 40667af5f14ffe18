import { type Clock } from '../lib/clock.js';
import { isJsonObject } from '../operation/json.js';
import { isTerminal } from '../operation/state.js';
import { MAX_PAGES } from './held-list.js';
import { type HostGroup } from './plan.js';

/**
 * What other processes watch of a host that is watched here too, by location. One list serves for theirs and for ours, so
 * it is worth reading as if all of it were watched here, and at a time when all of it is due.
 */
export type Company = Map<string, Companion>;

export interface Companion {
  /** When it was last checked, as far as was heard here; epoch ms. */
  readonly checkedAt: number;
  /** Whoever watches it says so before this, epoch ms; else it is watched no more. */
  readonly until: number;
}

/** What one process tells the others of. */
export interface CompanyNotice extends Readonly<Record<string, unknown>> {
  /** The host's location. */
  readonly host: string;
  /** Operations of it that somebody watches, and how long ago each was checked, because clocks differ. */
  readonly watched: readonly (readonly [location: string, ageMs: number])[];
}

/** For more operations than this a list is always worth it, so nobody needs to know of them. */
const MAX_TOLD = MAX_PAGES + 1;
/** Of all other processes together; what is told beyond that changes nothing either. */
const MAX_KEPT = 10 * MAX_TOLD;

/** @returns null where nothing is watched that still goes on */
export function printCompany({ host, watches }: HostGroup, clock: Clock): CompanyNotice | null {
  const watched: [string, number][] = [];
  for (const { ref, held, stands } of watches.values()) {
    if (watched.length === MAX_TOLD) break;
    if (held === null || isTerminal(held.snapshot.operation.state)) continue;
    if (![...stands.values()].some(({ seats }) => seats.size > 0)) continue;
    watched.push([ref.location, Math.max(clock.now() - held.snapshot.checkedAt, 0)]);
  }
  return watched.length === 0 ? null : { host: host.location, watched };
}

/** @returns null when it is none: another version of this gateway may write something else */
export function parseCompany(notice: unknown): CompanyNotice | null {
  if (!isJsonObject(notice)) return null;
  const { host, watched } = notice;
  if (typeof host !== 'string' || !Array.isArray(watched) || watched.length > MAX_TOLD) return null;
  return watched.every(isWatched) ? { host, watched } : null;
}

function isWatched(entry: unknown): entry is readonly [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]) && entry[1] >= 0;
}

/** Another process has told what it watches. @param keepMs how long that counts */
export function noteCompany(company: Company, { watched }: CompanyNotice, now: number, keepMs: number): void {
  for (const [location, { until }] of company) if (until <= now) company.delete(location);
  for (const [location, ageMs] of watched) {
    if (company.size >= MAX_KEPT && !company.has(location)) return;
    company.set(location, { checkedAt: now - ageMs, until: now + keepMs });
  }
}

/** When each operation of the host that somebody watches, here or elsewhere, may be checked again; epoch ms. */
export function* nextChecks(
  { watches, company }: HostGroup,
  now: number,
  intervalMs: number,
): Generator<readonly [location: string, at: number]> {
  for (const [location, { held }] of watches) {
    if (held === null || isTerminal(held.snapshot.operation.state)) continue;
    yield [location, held.snapshot.checkedAt + intervalMs];
  }
  for (const [location, { checkedAt, until }] of company) {
    if (until > now && !watches.has(location)) yield [location, checkedAt + intervalMs];
  }
}
