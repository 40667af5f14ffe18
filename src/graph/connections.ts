import { Pool } from 'undici';

/** Keep-alive connections to one origin. */
export interface Connections {
  current(): Pool;
  /** Leaves the connections of a pool behind, unless others have done so already: the next request opens a new one. */
  leave(pool: Pool): void;
  /** Ends every connection at once; a request that is under way fails. */
  close(): Promise<void>;
}

export function openConnections(origin: string, maxConnections: number, maxResponseBytes: number): Connections {
  const open = (): Pool =>
    new Pool(origin, {
      connections: maxConnections,
      headersTimeout: 0, // the whole request has one time limit, and our clock keeps it
      bodyTimeout: 0,
      maxResponseSize: maxResponseBytes,
    });
  let current = open();
  const left = new Set<Pool>();

  return {
    current: () => current,
    leave(pool) {
      if (pool !== current) return;
      current = open();
      left.add(pool);
      // What is under way on them may finish.
      pool.close(() => void left.delete(pool));
    },
    async close() {
      await Promise.all([current, ...left].map((pool) => pool.destroy()));
    },
  };
}
