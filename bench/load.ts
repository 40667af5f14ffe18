import { Pool } from 'undici';

/** One HTTP request. */
export interface Ask {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

export const CONNECTIONS = 16;

/** A client of one server: it keeps 16 connections busy, each with one request at a time. */
export interface Load {
  /** Sends `count` requests, made by number. @throws at the first answer that is an error: a run with one is void */
  send(count: number, make: (number: number) => Ask): Promise<void>;
  close(): Promise<void>;
}

export function createLoad(url: string): Load {
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  let sent = 0;

  const ask = async ({ method, path, body }: Ask): Promise<void> => {
    const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
    const response = await pool.request({ method, path, headers, ...(body !== undefined && { body }) });
    const text = await response.body.text();
    if (response.statusCode !== 200 || text.includes('"errors"')) {
      throw new Error(`The run is void: ${url} answered ${response.statusCode} ${text.slice(0, 500)}`);
    }
  };

  return {
    async send(count, make) {
      const until = sent + count;
      const work = async (): Promise<void> => {
        while (sent < until) await ask(make(sent++));
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, work));
    },
    close: () => pool.close(),
  };
}
