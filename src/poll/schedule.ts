import { earliestOf, latestOf } from '../lib/times.js';

/**
 * When a host's reads are due. They may wait for company until `latestAt`: reads under one token share a `$batch`, and
 * waiting makes fewer requests of them. Times are epoch ms of one clock.
 */
export interface Due {
  readonly at: number;
  readonly latestAt: number;
  /** Whose token will be used; only reads under the same one can travel together. */
  readonly lane: string;
}

/**
 * Which hosts are to be read, and when. It keeps times and nothing else: no timer, no I/O, so a test may hand it any
 * moment it likes.
 */
export interface Schedule {
  put(key: string, due: Due): void;
  /** Forgets a host. One that is not held is no error: it may be out for its check. */
  remove(key: string): void;
  /** Takes out the hosts that are due at `now` and have waited for company long enough. */
  take(now: number): string[];
  /** When to wake next, or null while nothing is held. */
  nextWakeAt(): number | null;
}

/** A `$batch` takes 20 parts; so many reads wait for nobody. */
const FULL = 20;

/** Reads that travelled together come due again as far apart as this, at most. */
const TOGETHER_MS = 100;

export function createSchedule(): Schedule {
  const lanes = new Map<string, Map<string, Due>>();
  const laneOf = new Map<string, string>();

  const remove = (key: string): void => {
    const name = laneOf.get(key);
    if (name === undefined) return;
    const lane = lanes.get(name);
    laneOf.delete(key);
    lane?.delete(key);
    if (lane?.size === 0) lanes.delete(name);
  };

  return {
    put(key, due) {
      remove(key);
      laneOf.set(key, due.lane);
      lanes.set(due.lane, (lanes.get(due.lane) ?? new Map<string, Due>()).set(key, due));
    },
    remove,
    take(now) {
      const taken: string[] = [];
      for (const lane of [...lanes.values()]) {
        while (lane.size > 0 && departure(lane.values()) <= now) {
          const due = [...lane].filter(([, { at }]) => at <= now).sort(([, a], [, b]) => a.latestAt - b.latestAt);
          // What is left over of full batches may yet find company.
          const keys = due.slice(0, due.length < FULL ? FULL : due.length - (due.length % FULL)).map(([key]) => key);
          for (const key of keys) {
            remove(key);
            taken.push(key);
          }
        }
      }
      return taken;
    },
    // A scan and not a heap: a millisecond at 10,000 hosts, and removal stays a delete.
    nextWakeAt() {
      let earliest = Infinity;
      for (const lane of lanes.values()) earliest = Math.min(earliest, departure(lane.values()));
      return earliest === Infinity ? null : earliest;
    },
  };
}

/**
 * When a lane's next reads go: as soon as a batch is full, or with all who come in time for the least patient one. Where
 * there are more of those than one batch takes, and no fewer requests if they wait, they go as they come: else hosts
 * that are spread over the interval would hand their leftovers round and round, later each time.
 */
function departure(dues: Iterable<Due>): number {
  const all = [...dues];
  const leastPatient = earliestOf(all.map(({ latestAt }) => latestAt));
  const inTime = all.map(({ at }) => at).filter((at) => at <= leastPatient);
  if (inTime.length < FULL) return latestOf(inTime);
  const parties = partiesOf(inTime.sort((a, b) => a - b));
  const [first = []] = parties;
  const isWorthIt = requestsFor(inTime) < parties.reduce((sum, party) => sum + requestsFor(party), 0);
  return first.length < FULL && !isWorthIt ? latestOf(first) : (inTime[FULL - 1] ?? leastPatient);
}

/** Those who come due at about the same moment; sorted as the times are. */
function partiesOf(times: readonly number[]): number[][] {
  const parties: number[][] = [];
  for (const time of times) {
    const party = parties.at(-1);
    if (party?.[0] !== undefined && time - party[0] <= TOGETHER_MS) party.push(time);
    else parties.push([time]);
  }
  return parties;
}

function requestsFor({ length }: readonly unknown[]): number {
  return Math.ceil(length / FULL);
}
