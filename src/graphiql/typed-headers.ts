/** The headers in the pane of the open tab, for whatever runs there. */
export interface TypedHeaders {
  /** GraphiQL's word of the tab that is open, with each keystroke and each result. */
  tabIs(tab: OpenTab): void;
  /**
   * Tells of other headers of the tab that is open now, once nobody has typed any for a moment and where they can be
   * read. In another tab other headers count, and nothing more is told.
   *
   * @returns how to stop listening
   */
  follow(listener: (headers: Headers) => void): () => void;
}

export interface OpenTab {
  readonly id: string;
  /** As they were typed. */
  readonly headers?: string | null;
}

export interface TypedHeadersOptions {
  /** What a run makes of the text: undefined where it is empty. @throws where it is no JSON object */
  readonly parse: (text: string) => Record<string, unknown> | undefined;
  /** Calls `wake` once, after so long. The returned function cancels it. */
  readonly wakeIn: (ms: number, wake: () => void) => () => void;
}

/** A pause between two words, and not one between two letters. */
export const PAUSE_MS = 1_000;

export function createTypedHeaders({ parse, wakeIn }: TypedHeadersOptions): TypedHeaders {
  const listeners = new Set<(headers: Headers) => void>();
  let id: string | null = null;
  let text: string | null = null;
  let cancel = (): void => undefined;

  const tell = (): void => {
    const headers = read(text ?? '', parse);
    if (headers !== null) for (const listener of [...listeners]) listener(headers);
  };
  return {
    tabIs(tab) {
      const typed = tab.headers ?? '';
      const isOther = id !== null && tab.id !== id;
      if (!isOther && typed === text) return;
      [id, text] = [tab.id, typed];
      cancel();
      if (isOther) listeners.clear();
      else cancel = wakeIn(PAUSE_MS, tell);
    },
    follow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Null where the text is none, or none yet. */
function read(text: string, parse: TypedHeadersOptions['parse']): Headers | null {
  try {
    return new Headers(parse(text) as Record<string, string> | undefined);
  } catch {
    return null;
  }
}
