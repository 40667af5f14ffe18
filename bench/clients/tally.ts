/**
 * Who was told. Each subscription, by its number, is to be told once in each round, and of nothing else: what is missing,
 * comes twice, or comes unasked, makes the run void.
 */
export interface Tally {
  /** Takes up further subscriptions. @returns the number of the first */
  add(count: number): number;
  /** Begins a round in which these are to be told. */
  expect(from: number, to: number): void;
  /** @param at when, in milliseconds of the clock that all processes share */
  hear(subscription: number, at: number): void;
  /** Something that should not be. */
  fault(what: string): void;
  /** When each subscription was last told. */
  readonly heardAt: readonly number[];
  readonly missing: number;
  readonly faults: Faults;
  /** Resolves when nothing is missing any more, or after so many milliseconds. */
  complete(limitMs: number): Promise<void>;
}

/** What should not have been: how often, and the first few in words. */
export interface Faults {
  readonly count: number;
  readonly first: readonly string[];
}

const FAULTS_KEPT = 5;

export function createTally(): Tally {
  const isDue: boolean[] = [];
  const heardAt: number[] = [];
  const first: string[] = [];
  let count = 0;
  let missing = 0;
  let finish: () => void = () => undefined;

  const fault = (what: string): void => {
    count += 1;
    if (first.length < FAULTS_KEPT) first.push(what);
  };

  return {
    heardAt,
    add(further) {
      const from = isDue.length;
      for (let added = 0; added < further; added++) {
        isDue.push(false);
        heardAt.push(NaN);
      }
      return from;
    },
    expect(from, to) {
      if (missing > 0) fault(`${missing} messages of the round before are missing`);
      for (let each = from; each < to; each++) isDue[each] = true;
      missing = to - from;
    },
    hear(subscription, at) {
      if (isDue[subscription] !== true) {
        fault(`subscription ${subscription} was told twice, or of nothing that had changed`);
        return;
      }
      isDue[subscription] = false;
      heardAt[subscription] = at;
      missing -= 1;
      if (missing === 0) finish();
    },
    fault,
    get missing() {
      return missing;
    },
    get faults() {
      return { count, first };
    },
    async complete(limitMs) {
      if (missing === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs);
        finish = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      finish = () => undefined;
    },
  };
}
