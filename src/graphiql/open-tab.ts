import { type GraphiqlStorage, TABS } from './storage.js';

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
