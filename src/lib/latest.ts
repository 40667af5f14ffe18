/**
 * A stream that holds at most one value per key: a reader that is slower than the writer misses what was overwritten,
 * never the last one, and the writer never remembers more for it than one value per key.
 *
 * It is read in one of two ways. A reader that waits takes `next`; one that has much else to read says who is to be told
 * of news, and takes what there is without a promise.
 *
 * It is an object with its own `next` and `return` and not an `async function*`: a generator that is parked on an
 * `await` cannot be returned, so a closed socket would never leave.
 */
export interface Latest<K, V> extends AsyncIterableIterator<V> {
  /** Puts a value behind all others. One of the same key that was not read yet is taken out and handed to `merge`. */
  put(key: K, value: V): void;
  /** No value comes after those that are held; the reader gets them, then the end. */
  end(): void;
  /** The oldest value that was not read; undefined where there is none, or no more. */
  read(): V | undefined;
  /** No value will be read any more, and `onDone` has run. */
  readonly isOver: boolean;
  /** Tells this one whenever something was put or has ended, and at once if that is so already. */
  listen(reader: NewsReader): void;
  next(): Promise<IteratorResult<V, undefined>>;
  return(): Promise<IteratorResult<V, undefined>>;
}

/** An object, because there are very many of them, and one that is there anyhow costs nothing. */
export interface NewsReader {
  hasNews(): void;
}

export interface LatestOptions<V> {
  /** What stands for an unread value and the one that overtakes it. */
  merge(unread: V, newer: V): V;
  /** Runs once, when the reader leaves before the end or has read to it. */
  onDone(): void;
}

export function createLatest<K, V>(options: LatestOptions<V>): Latest<K, V> {
  return new LatestValues(options);
}

/** A class, because there is one for each subscription: closures of its own would take several times the memory. */
class LatestValues<K, V> implements Latest<K, V> {
  /**
   * The oldest value and its key. Most streams hold one at most, and nothing for most of the time. They are no object of
   * their own: one that lives until it is read would be copied by the garbage collector, and there is one for each stream.
   */
  private firstKey: K | undefined = undefined;
  private firstValue: V | undefined = undefined;
  /** Those behind it, in their order. */
  private others: Map<K, V> | null = null;
  private waiting: ((result: IteratorResult<V, undefined>) => void) | null = null;
  private reader: NewsReader | null = null;
  private hasEnded = false;
  isOver = false;

  constructor(private readonly options: LatestOptions<V>) {}

  put(key: K, value: V): void {
    if (this.isOver || this.hasEnded) return;
    if (this.firstValue === undefined) this.putFirst(key, value);
    else if (this.firstKey === key) {
      const merged = this.options.merge(this.firstValue, value);
      if (this.others === null) this.firstValue = merged;
      else {
        this.dropFirst();
        this.putBehind(key, merged);
      }
    } else {
      const overtaken = this.others?.get(key);
      this.putBehind(key, overtaken === undefined ? value : this.options.merge(overtaken, value));
    }
    this.serve();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.serve();
  }

  read(): V | undefined {
    const { firstValue } = this;
    if (firstValue !== undefined) this.dropFirst();
    else if (this.hasEnded) this.finish();
    return firstValue;
  }

  listen(reader: NewsReader): void {
    this.reader = reader;
    if (this.firstValue !== undefined || this.hasEnded) reader.hasNews();
  }

  next(): Promise<IteratorResult<V, undefined>> {
    const result = this.takeFirst();
    if (result !== null) return Promise.resolve(result);
    return new Promise((resolve) => (this.waiting = resolve));
  }

  return(): Promise<IteratorResult<V, undefined>> {
    this.finish();
    const result = { value: undefined, done: true } as const;
    this.waiting?.(result);
    this.waiting = null;
    return Promise.resolve(result);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private finish(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.putFirst(undefined, undefined);
    this.others = null;
    this.reader = null;
    this.options.onDone();
  }

  private takeFirst(): IteratorResult<V, undefined> | null {
    const value = this.read();
    if (value !== undefined) return { value, done: false };
    return this.isOver ? { value: undefined, done: true } : null;
  }

  /** Hands on what there is, if somebody waits for it. */
  private serve(): void {
    this.reader?.hasNews();
    if (this.waiting === null) return;
    const result = this.takeFirst();
    if (result === null) return;
    const resolve = this.waiting;
    this.waiting = null;
    resolve(result);
  }

  private dropFirst(): void {
    this.putFirst(undefined, undefined);
    if (this.others === null) return;
    for (const [key, value] of this.others) {
      this.others.delete(key);
      this.putFirst(key, value);
      break;
    }
    if (this.others.size === 0) this.others = null;
  }

  private putFirst(key: K | undefined, value: V | undefined): void {
    this.firstKey = key;
    this.firstValue = value;
  }

  private putBehind(key: K, value: V): void {
    this.others ??= new Map();
    this.others.delete(key); // so that the order of the map is the order of the values
    this.others.set(key, value);
  }
}
