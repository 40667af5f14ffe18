import { type GraphiQLProps } from 'graphiql';

type GraphiqlStorage = NonNullable<GraphiQLProps['storage']>;

/** GraphiQL's own prefix of its keys; what else the origin has stored is not its business. */
const NAMESPACE = 'graphiql:';
const TABS = `${NAMESPACE}tabState`;
/** What is JSON with `headers` in each entry. The rest is what was typed, letter by letter: another form of it is another tab. */
const WITH_HEADERS: ReadonlySet<string> = new Set([TABS, `${NAMESPACE}queries`, `${NAMESPACE}favorites`]);

/**
 * The browser's storage for tabs, history and settings, without request headers: they hold tokens, and GraphiQL's
 * history would write them down with each document that was run.
 */
export function createStorage(storage: Storage): GraphiqlStorage {
  const keys = (): string[] => Object.keys(storage).filter((key) => key.startsWith(NAMESPACE));
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => {
      if (key !== `${NAMESPACE}headers`) storage.setItem(key, WITH_HEADERS.has(key) ? withoutHeaders(value) : value);
    },
    removeItem: (key) => storage.removeItem(key),
    clear: () => keys().forEach((key) => storage.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}

/** The tab that was open when GraphiQL was here last; null where it was not, or cannot read what it wrote. */
export function readOpenTab(storage: GraphiqlStorage): Example | null {
  const { tabs, activeTabIndex } = parseTabs(storage.getItem(TABS));
  const tab = tabs?.[activeTabIndex ?? 0];
  return tab === undefined ? null : { query: tab.query ?? '', variables: tab.variables ?? '' };
}

/** As GraphiQL stores them. */
interface StoredTabs {
  readonly activeTabIndex?: number;
  readonly tabs?: readonly { readonly query?: string | null; readonly variables?: string | null }[];
}

function parseTabs(value: string | null): StoredTabs {
  try {
    return (JSON.parse(value ?? '{}') as StoredTabs | null) ?? {};
  } catch {
    return {}; // GraphiQL begins anew then, and so does the page
  }
}

function withoutHeaders(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), (key, inner: unknown) => (key === 'headers' ? null : inner));
  } catch {
    return '{}'; // it cannot be searched for a token
  }
}
