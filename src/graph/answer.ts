import { type GraphAnswer } from '../operation/failure.js';
import { isJsonObject } from '../operation/json.js';

/** What Graph answered to one read: an HTTP response, or one part of a batch's. */
export interface Answer {
  readonly status: number;
  /** By lower-case name; Graph writes them in any case, more so in batches. */
  readonly headers: ReadonlyMap<string, string>;
  /** Parsed JSON; undefined where there was none. */
  readonly body: unknown;
}

/** What there is to say of an answer. Member by member: this is made twice for each read, and spreads take ten times as long. */
export function saidBy(
  status: number | null,
  requestId: string | undefined,
  clientRequestId: string | undefined,
): GraphAnswer {
  const said: { -readonly [Name in keyof GraphAnswer]: GraphAnswer[Name] } = {};
  if (status !== null) said.status = status;
  if (requestId !== undefined) said.requestId = requestId;
  if (clientRequestId !== undefined) said.clientRequestId = clientRequestId;
  return said;
}

export function isSuccess({ status }: Pick<Answer, 'status'>): boolean {
  return status >= 200 && status < 300;
}

/** Headers as undici and a batch's part give them: texts, or lists of texts, by name. Anything else is left out. */
export function readHeaders(headers: unknown): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  if (!isJsonObject(headers)) return read;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string') read.set(name.toLowerCase(), value);
    else if (Array.isArray(value)) read.set(name.toLowerCase(), value.join(', '));
  }
  return read;
}
