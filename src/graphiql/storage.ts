import { type GraphiQLProps } from 'graphiql';

type GraphiqlStorage = NonNullable<GraphiQLProps['storage']>;

/** GraphiQL's own prefix of its keys; what else the origin has stored is not its business. */
const NAMESPACE = 'graphiql:';

/**
 * The browser's storage for tabs, history and settings, without request headers: they hold tokens, and GraphiQL's
 * history would write them down with each document that was run.
 */
export function createStorage(storage: Storage): GraphiqlStorage {
  const keys = (): string[] => Object.keys(storage).filter((key) => key.startsWith(NAMESPACE));
  return {
    getItem: (key) => storage.getItem(key),
    setItem: (key, value) => storage.setItem(key, withoutHeaders(value)),
    removeItem: (key) => storage.removeItem(key),
    clear: () => keys().forEach((key) => storage.removeItem(key)),
    get length() {
      return keys().length;
    },
  };
}

/** Whether GraphiQL has been here before, and will open the tabs it had. */
export function hasStoredTabs(storage: GraphiqlStorage): boolean {
  return storage.getItem(`${NAMESPACE}tabState`) !== null;
}

/** Tabs and history are JSON with `headers` in each entry; other values are plain text and stay as they are. */
function withoutHeaders(value: string): string {
  if (!value.startsWith('{')) return value;
  try {
    return JSON.stringify(JSON.parse(value), (key, inner: unknown) => (key === 'headers' ? null : inner));
  } catch {
    return value; // a document that starts with a brace
  }
}
