import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { CODES } from '../api/errors.js';
import { refuse } from './graphql-http.js';
import { sendPageText } from './page-file.js';
import { wantsHtml } from './page-negotiation.js';

/** The end of an HTTP server: what was asked before it is answered, and so are probes; whatever else comes is sent away. */
export interface Draining {
  readonly hasBegun: boolean;
  /**
   * @param unanswered how many answers are due on each connection
   * @returns when all of them are given, or their connections gone
   */
  begin(unanswered: Iterable<readonly [Socket, number]>): Promise<void>;
  /** A request that came before the beginning has its answer. */
  answered(connection: Socket): void;
}

/** Whoever looks after the gateway asks these, to the end. */
export const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** What is said to what comes too late. Its code is that of failures that pass: clients ask again, and another one answers. */
export const STOPPING = {
  status: 503,
  message: 'The gateway is stopping: ask again in a moment.',
  code: CODES.unavailable,
} as const;

export function createDraining(): Draining {
  const due = new Map<Socket, number>();
  let hasBegun = false;
  let tellDone = (): void => undefined;
  const settle = (connection: Socket, left: number): void => {
    if (left > 0) due.set(connection, left);
    else due.delete(connection);
    if (due.size === 0) tellDone();
  };
  return {
    get hasBegun() {
      return hasBegun;
    },
    begin(unanswered) {
      hasBegun = true;
      for (const [connection, count] of unanswered) {
        if (count === 0 || connection.destroyed) continue;
        due.set(connection, count);
        connection.once('close', () => settle(connection, 0));
      }
      return new Promise((resolve) => {
        tellDone = resolve;
        if (due.size === 0) resolve();
      });
    },
    answered(connection) {
      const count = due.get(connection);
      if (count !== undefined) settle(connection, count - 1);
    },
  };
}

/** In the form of its path, once there is all of the request: a connection that closes while something comes loses the answer. */
export function sendAway(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  request.once('end', () => {
    if (wantsHtml(request)) sendPageText(request, response, STOPPING.status, STOPPING.message);
    else refuse(response, STOPPING.status, STOPPING.message, STOPPING.code);
  });
}
