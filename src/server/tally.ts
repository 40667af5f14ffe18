import { LIMIT_NAMES, type LimitName } from '../operation/failure.js';

/** Of a status, its first digit: that is all that is counted of answers. */
const STATUS_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx'] as const;

/** What the server counts since the start: plain numbers, looked at whenever somebody wants to know. */
export interface ServerTally {
  /** Answers over HTTP. */
  readonly answers: Record<(typeof STATUS_CLASSES)[number], number>;
  /** What a bound of the gateway refused. */
  readonly refused: Record<LimitName, number>;
}

export function createServerTally(): ServerTally {
  return {
    answers: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
    refused: Object.fromEntries(LIMIT_NAMES.map((limit) => [limit, 0])) as Record<LimitName, number>,
  };
}

export function countAnswer({ answers }: ServerTally, status: number): void {
  const name = STATUS_CLASSES[Math.floor(status / 100) - 1];
  if (name !== undefined) answers[name] += 1;
}
