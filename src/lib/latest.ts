/**
 * A stream that holds at most one value per key: a reader that is slower than the writer misses what was overwritten,
 * never the last one, and the writer never remembers more for it than one value per key.
 *
 * It is an object with its own `next` and `return` and not an `async function*`: a generator that is parked on an
 * `await` cannot be returned, so a closed socket would never leave.
 */
export interface Latest<K, V> extends AsyncIterableIterator<V> {
  /** Puts a value behind all others. One of the same key that was not read yet is taken out and handed to `merge`. */
  put(key: K, value: V): void;
  /** No value comes after those that are held; the reader gets them, then the end. */
  end(): void;
  next(): Promise<IteratorResult<V, undefined>>;
  return(): Promise<IteratorResult<V, undefined>>;
}

export interface LatestOptions<V> {
  /** What stands for an unread value and the one that overtakes it. */
  readonly merge: (unread: V, newer: V) => V;
  /** Runs once, when the reader leaves before the end or has read to it. */
  readonly onDone: () => void;
}

export function createLatest<K, V>({ merge, onDone }: LatestOptions<V>): Latest<K, V> {
  const unread = new Map<K, V>();
  let waiting: ((result: IteratorResult<V, undefined>) => void) | null = null;
  let ended = false;
  let done = false;

  const finish = (): IteratorResult<V, undefined> => {
    if (!done) {
      done = true;
      unread.clear();
      onDone();
    }
    return { value: undefined, done: true };
  };
  const takeFirst = (): IteratorResult<V, undefined> | null => {
    for (const [key, value] of unread) {
      unread.delete(key);
      return { value, done: false };
    }
    return ended || done ? finish() : null;
  };
  /** Hands on what there is, if somebody waits for it. */
  const serve = (): void => {
    if (waiting === null) return;
    const result = takeFirst();
    if (result === null) return;
    const resolve = waiting;
    waiting = null;
    resolve(result);
  };

  return {
    put(key, value) {
      if (done || ended) return;
      const overtaken = unread.get(key);
      unread.delete(key); // so that the order of the map is the order of the values
      unread.set(key, overtaken === undefined ? value : merge(overtaken, value));
      serve();
    },
    end() {
      ended = true;
      serve();
    },
    next() {
      const result = takeFirst();
      if (result !== null) return Promise.resolve(result);
      return new Promise((resolve) => (waiting = resolve));
    },
    return() {
      const result = finish();
      waiting?.(result);
      waiting = null;
      return Promise.resolve(result);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
