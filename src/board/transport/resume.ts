/** What a subscription is asked for with. */
export interface Payload {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** An answer, or one event of a stream. */
export interface Told {
  readonly data?: unknown;
}

/**
 * A subscription that goes on where it was when its socket breaks. graphql-ws writes the payload out anew each time that
 * it connects; `after` is read at that moment, and is the newest cursor then. Whoever watches never hears of it.
 */
export function resumable({ query, variables }: Payload): {
  readonly payload: { query: string; variables: Record<string, unknown> };
  /** Takes note of how far the stream has come. */
  readonly note: (told: Told) => void;
} {
  let after: unknown = variables?.['after'];
  return {
    payload: {
      query,
      variables: {
        ...variables,
        get after() {
          return after;
        },
      },
    },
    note({ data }) {
      after = cursorIn(data) ?? after;
    },
  };
}

/** Of the one field that a subscription has. */
function cursorIn(data: unknown): string | null {
  if (typeof data !== 'object' || data === null) return null;
  const [event] = Object.values(data) as unknown[];
  if (typeof event !== 'object' || event === null || !('cursor' in event)) return null;
  return typeof event.cursor === 'string' ? event.cursor : null;
}
