/** What GraphiQL needs of a storage, under names of its own. */
export interface GraphiqlStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  clear(): void;
  /** How much of it is GraphiQL's. */
  readonly length: number;
}

/** What a browser's storage has, and a page's memory too. */
type Keeper = Pick<GraphiqlStorage, 'getItem' | 'setItem' | 'removeItem' | 'length'> & {
  key(index: number): string | null;
};

/** GraphiQL's own prefix of its keys; what else the origin has stored is not its business. */
const NAMESPACE = 'graphiql:';
export const TABS = `${NAMESPACE}tabState`;
/** What is JSON with `headers` in each entry. The rest is what was typed, letter by letter: another form of it is another tab. */
const WITH_HEADERS: ReadonlySet<string> = new Set([TABS, `${NAMESPACE}queries`, `${NAMESPACE}favorites`]);

/**
 * The browser's storage for tabs, history and settings, without request headers: they hold tokens, and GraphiQL's
 * history would write them down with each document that was run.
 *
 * @param look finds the browser's storage; a browser that is told to keep nothing throws at the mere word, or has none,
 *   and then the page remembers by itself until it is left
 */
export function createStorage(look: () => Keeper | null): GraphiqlStorage {
  const keeper = find(look) ?? createMemory();
  const keys = (): string[] =>
    Array.from({ length: keeper.length }, (_, index) => keeper.key(index) ?? '').filter((key) =>
      key.startsWith(NAMESPACE),
    );
  return {
    getItem: (key) => keeper.getItem(key),
    setItem: (key, value) => {
      if (key !== `${NAMESPACE}headers`) keeper.setItem(key, WITH_HEADERS.has(key) ? withoutHeaders(value) : value);
    },
    removeItem: (key) => keeper.removeItem(key),
    clear: () => keys().forEach((key) => keeper.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}

function find(look: () => Keeper | null): Keeper | null {
  try {
    return look();
  } catch {
    return null;
  }
}

function createMemory(): Keeper {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
    key: (index) => [...values.keys()][index] ?? null,
    get length() {
      return values.size;
    },
  };
}

function withoutHeaders(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), (key, inner: unknown) => (key === 'headers' ? null : inner));
  } catch {
    return '{}'; // it cannot be searched for a token
  }
}
