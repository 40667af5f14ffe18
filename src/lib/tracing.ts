/** What a span says of its work. Never a caller's text, but for the location of an operation. `error.type` says it failed. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A piece of work on its way. */
export interface Span {
  set(attributes: SpanAttributes): void;
}

/**
 * Where the time of a request goes, for those who look at traces. `noTracing` is for parts without a process around
 * them, and for a process in which nobody looks.
 */
export interface Tracing {
  /**
   * Does the work in a span, below the one that is running here. Where the work ends with an error, so does the span.
   * @param kind `server`: somebody asked us; `client`: we ask somebody; else it stays within
   */
  span<T>(
    name: string,
    attributes: SpanAttributes,
    work: (span: Span) => Promise<T>,
    kind?: 'server' | 'client',
  ): Promise<T>;
  /** A span of work that is over. It is described only for those who look. @param startedAt epoch ms */
  past(name: string, startedAt: number, describe: () => SpanAttributes): void;
  /** Work that belongs to nobody's request, whoever happened to start it. */
  apart<T>(work: () => T): T;
  /** Work that was asked for from outside, with the headers that came; a trace that they name goes on. */
  continued<T>(headers: Readonly<Record<string, string | readonly string[] | undefined>>, work: () => T): T;
  /** @returns a way to go on with what runs here from elsewhere */
  here(): (work: () => void) => void;
  /** Whoever waits for this waits for what runs here. */
  covers(work: Promise<unknown>): void;
  /** What runs here waits for this: its span gets a link to the one that covers it. */
  joins(work: Promise<unknown>): void;
  /** Headers that carry the trace on to whoever is asked. */
  headers(): Readonly<Record<string, string>>;
}

const ANYWHERE = (work: () => void): void => work();
const NO_SPAN: Span = { set() {} };

export const noTracing: Tracing = {
  span: (_name, _attributes, work) => work(NO_SPAN),
  past() {},
  apart: (work) => work(),
  continued: (_headers, work) => work(),
  here: () => ANYWHERE,
  covers() {},
  joins() {},
  headers: () => ({}),
};
