/** Where values are put by whoever has them. */
export interface Inlet<T> {
  readonly put: (value: T) => void;
  /** No value comes after those that were put; then the reader is told of the failure, if it was one. */
  readonly end: (failure?: unknown) => void;
}

/** Read with `for await`. */
export interface Pulled<T> extends AsyncIterableIterator<T, undefined, undefined> {
  /** Whoever reads it has left: nothing more is wanted of where the values are from. */
  return(): Promise<IteratorResult<T, undefined>>;
  /** Ends it at once, from outside: what was not read is dropped, and the reader gets the failure, if it is one. */
  cut(failure?: unknown): void;
}

export interface PullOptions<T> {
  /** Runs when the first value is asked for. @returns how to leave again */
  readonly begin: (inlet: Inlet<T>) => () => void;
  /** Runs once, when nothing more will be put. */
  readonly onOver?: () => void;
  /** Makes fewer of many values that nobody has read yet. */
  readonly squeeze?: (unread: readonly T[]) => T[];
  readonly signal?: AbortSignal | undefined;
}

/** More than anybody leaves unread who reads at all. */
const MAX_UNREAD = 1_000;

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (failure: unknown) => void;
}

const DONE = { done: true, value: undefined } as const;

/**
 * Values that come by themselves, read one after the other. It is not an `async function*`: one that waits cannot be
 * left, and whoever leaves would stay until the next value.
 */
export function pull<T>({ begin, onOver, squeeze, signal }: PullOptions<T>): Pulled<T> {
  let unread: T[] = [];
  let squeezeAt = MAX_UNREAD;
  const waiting: Waiting<T>[] = [];
  let leave: (() => void) | null = null;
  let isOver = false;
  let failure: { readonly reason: unknown } | null = null;

  const serve = (): void => {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      if (unread.length === 0 && !isOver) return;
      waiting.shift();
      answer(first);
    }
  };
  const answer = ({ resolve, reject }: Waiting<T>): void => {
    const [value] = unread;
    if (value !== undefined) {
      unread.shift();
      resolve({ done: false, value });
    } else if (failure === null) resolve(DONE);
    else {
      reject(failure.reason);
      failure = null; // it is told once; after it there is nothing
    }
  };

  const end = (reason?: unknown): void => {
    if (isOver) return;
    isOver = true;
    if (reason !== undefined) failure = { reason };
    signal?.removeEventListener('abort', abort);
    leave?.();
    onOver?.();
    serve();
  };
  const cut = (reason?: unknown): void => {
    if (isOver) failure = null;
    unread = [];
    end(reason);
  };
  const abort = (): void => cut(signal?.reason);
  const put = (value: T): void => {
    if (isOver) return;
    unread.push(value);
    if (squeeze !== undefined && unread.length >= squeezeAt) {
      unread = squeeze(unread);
      squeezeAt = Math.max(MAX_UNREAD, 2 * unread.length); // so that it is not tried with each value
    }
    serve();
  };

  const start = (): void => {
    if (signal?.aborted === true) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    leave = () => undefined; // it may end while it begins
    const left = begin({ put, end });
    leave = left;
    if (isOver) left();
  };

  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (leave === null && !isOver) start();
        waiting.push({ resolve, reject });
        serve();
      }),
    return() {
      cut();
      return Promise.resolve(DONE);
    },
    cut,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
