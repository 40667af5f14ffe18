import { isJsonObject } from '../operation/json.js';
import { type Pause } from './throttle.js';

/** The longest that one process may silence the others for, whatever it says, ms; Graph has never asked for as much. */
const LONGEST_MS = 3_600_000;

/** A pause as one process tells the others. @returns null when it is none */
export function parsePause(notice: unknown): Pause | null {
  if (!isJsonObject(notice)) return null;
  const { host, forMs } = notice;
  if (host !== null && typeof host !== 'string') return null;
  if (typeof forMs !== 'number' || !(forMs > 0)) return null;
  return { host, forMs: Math.min(forMs, LONGEST_MS) };
}
