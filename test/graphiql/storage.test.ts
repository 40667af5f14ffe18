import { describe, expect, it } from '@jest/globals';
import { createStorage } from '../../src/graphiql/storage.js';

type BrowserStorage = NonNullable<ReturnType<Parameters<typeof createStorage>[0]>>;

/** What a browser's is like, with something in it that is none of GraphiQL's. */
function createBrowserStorage(): BrowserStorage {
  const values = new Map([['board', 'its list']]);
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

describe('what GraphiQL remembers', () => {
  it.each([
    { browser: 'keeps things', look: createBrowserStorage },
    {
      browser: 'throws at the mere word',
      look: () => {
        throw new Error('The operation is insecure.');
      },
    },
    { browser: 'has no storage', look: () => null },
  ])('is there until it is taken out, where the browser $browser', ({ look }) => {
    const storage = createStorage(look);
    expect(storage.getItem('graphiql:theme')).toBeNull();
    storage.setItem('graphiql:theme', 'dark');
    storage.setItem('graphiql:query', '{ __typename }');
    expect(storage.getItem('graphiql:theme')).toBe('dark');
    expect(storage.length).toBe(2);
    storage.removeItem('graphiql:theme');
    expect(storage.getItem('graphiql:theme')).toBeNull();
    storage.clear();
    expect(storage.length).toBe(0);
  });

  it('is cleared without what others have stored', () => {
    const browser = createBrowserStorage();
    const storage = createStorage(() => browser);
    for (const key of ['theme', 'query', 'variables']) storage.setItem(`graphiql:${key}`, 'x');
    storage.clear();
    expect(browser.getItem('graphiql:query')).toBeNull();
    expect(browser.getItem('board')).toBe('its list');
  });

  it('has no headers in it', () => {
    const browser = createBrowserStorage();
    const storage = createStorage(() => browser);
    storage.setItem('graphiql:headers', '{ "authorization": "x" }');
    storage.setItem('graphiql:tabState', '{"tabs":[{"query":"{ a }","headers":"x"}]}');
    storage.setItem('graphiql:queries', 'x, which cannot be read');
    storage.setItem('graphiql:variables', '{ "headers": "mine" }');
    expect(browser.getItem('graphiql:headers')).toBeNull();
    expect(browser.getItem('graphiql:tabState')).toBe('{"tabs":[{"query":"{ a }","headers":null}]}');
    expect(browser.getItem('graphiql:queries')).toBe('{}');
    expect(browser.getItem('graphiql:variables')).toBe('{ "headers": "mine" }');
  });
});
