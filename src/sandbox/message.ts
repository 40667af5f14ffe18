/** What is asked of the sandbox: one HTTP request, or one part of a batch, which is treated alike. */
export interface GraphRequest {
  readonly method: string;
  /** Path and query as received: `/v1.0/teams/{id}/operations?$top=5`. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON of the body; undefined when there is none, `NOT_JSON` when it is something else. */
  readonly body: unknown;
  /** The address it was called on, `http://127.0.0.1:4010`: absolute links start with it. */
  readonly origin: string;
  /** Counts the HTTP requests from 1; the parts of a batch share the number of the post that brought them. */
  readonly number: number;
  readonly part: boolean;
  /** Whether it takes nothing of what others may still ask: Graph's limits pass it over. */
  readonly isUncounted: boolean;
}

/** Stands for a body that is not JSON. */
export const NOT_JSON = Symbol('not JSON');

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Text goes out as it is, anything else as JSON; undefined is no body at all. */
  readonly body?: unknown;
  /** What becomes of it on the way: nothing is ever sent, the connection is cut, or half of the body arrives. */
  readonly wire?: 'hang' | 'reset' | 'truncated';
}

/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
