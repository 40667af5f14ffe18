/** How many there are of each name, and of all. A name of which there are none is not kept. */
export interface Counts {
  of(name: string): number;
  add(name: string): void;
  remove(name: string): void;
  readonly all: number;
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    of: (name) => counts.get(name) ?? 0,
    add(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1);
      all += 1;
    },
    remove(name) {
      const left = (counts.get(name) ?? 0) - 1;
      all -= 1;
      if (left > 0) counts.set(name, left);
      else counts.delete(name);
    },
    get all() {
      return all;
    },
  };
}
