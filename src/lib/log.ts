/**
 * Where events go. One line is one event with fields, never a token and never a body. pino has this shape; so does
 * `silentLog`, for parts that are used without a process around them.
 */
export interface Log {
  debug(fields: object, event: string): void;
  info(fields: object, event: string): void;
  warn(fields: object, event: string): void;
  error(fields: object, event: string): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
