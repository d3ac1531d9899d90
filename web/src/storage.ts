import type { ExampleTab } from './examples';

/**
 * GraphiQL's history keeps the headers of every request in localStorage, whatever
 * `shouldPersistHeaders` says. Ours hold an API key, so they are taken out on the way in.
 */
export function storageWithoutHeaders(inner: Storage): Storage {
  return {
    get length() {
      return inner.length;
    },
    key: (index) => inner.key(index),
    getItem: (key) => inner.getItem(key),
    setItem: (key, value) => inner.setItem(key, withoutHeaders(key, value)),
    removeItem: (key) => inner.removeItem(key),
    clear: () => inner.clear(),
  };
}

const HEADER_KEYS = ['graphiql:queries', 'graphiql:favorites', 'graphiql:tabState'];

function withoutHeaders(key: string, value: string): string {
  if (key === 'graphiql:headers') return '';
  if (!HEADER_KEYS.includes(key)) return value;
  return JSON.stringify(JSON.parse(value), (name, inside: unknown) =>
    name === 'headers' ? null : inside,
  );
}

/**
 * GraphiQL takes the first tab's variables from these two keys only and would show none. They are
 * written while nobody has used the page: after that GraphiQL keeps them itself.
 */
export function rememberFirstTab(storage: Storage, tab: ExampleTab | undefined): void {
  if (!tab || storage.getItem('graphiql:tabState') !== null) return;
  storage.setItem('graphiql:query', tab.query);
  storage.setItem('graphiql:variables', tab.variables ?? '');
}
