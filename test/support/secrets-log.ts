import { pino } from 'pino';
import { LOG_FORMAT } from '../../src/lib/log-format.js';
import { type Log } from '../../src/lib/log.js';
import { heard } from './secrets.js';

/** Writes what was logged as the process would, but for the net under it: that would hide who let a token fall. */
const log = pino(
  { ...LOG_FORMAT, hooks: {}, level: 'trace', timestamp: false },
  { write: (line: string) => heard('log', line.trimEnd()) },
);

export function hearLogLine(line: {
  readonly level: keyof Log;
  readonly event: string;
  readonly fields: object;
}): void {
  log[line.level](line.fields, line.event);
}
