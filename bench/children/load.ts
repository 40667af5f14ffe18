import { Pool } from 'undici';
import { answerParent } from './child.js';
import { QUERY, refOf, type World } from '../world.js';

/** A client of HTTP servers. It keeps 16 connections busy, each with one request at a time. */

/** One HTTP request, by what it asks for. */
export type Ask =
  | { readonly type: 'query'; readonly sameOperation: boolean }
  /** The read of the same operation of Graph itself. */
  | { readonly type: 'read' };

export type LoadCommands = {
  /** Sends so many. @throws at the first answer that is an error */
  send: (input: { readonly url: string; readonly ask: Ask; readonly count: number }) => Promise<void>;
  /** The text of one answer. */
  answer: (input: { readonly url: string; readonly ask: Ask }) => Promise<string>;
};

const CONNECTIONS = 16;
/** One operation per team. */
const EVERY_TEAM: World = { hosts: 1_000_000, operationsPerHost: 1 };

const pools = new Map<string, Pool>();
let asked = 0;

async function send(pool: Pool, ask: Ask): Promise<string> {
  const ref = refOf(ask.type === 'query' && ask.sameOperation ? 0 : ++asked, EVERY_TEAM);
  const headers = { authorization: 'Bearer bench', 'content-type': 'application/json' };
  const response = await pool.request(
    ask.type === 'read'
      ? { method: 'GET', path: `/v1.0/teams/${ref.hostId}/operations/${ref.operationId}`, headers }
      : {
          method: 'POST',
          path: '/graphql',
          headers,
          body: JSON.stringify({ query: QUERY, variables: { ref: { team: ref } } }),
        },
  );
  const text = await response.body.text();
  if (response.statusCode !== 200 || text.includes('"errors"') || !/"archiveTeam"|"ARCHIVE_TEAM"/.test(text)) {
    throw new Error(`The answer was ${response.statusCode} ${text.slice(0, 500)}`);
  }
  return text;
}

function poolOf(url: string): Pool {
  const pool = pools.get(url) ?? new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  pools.set(url, pool);
  return pool;
}

const commands: LoadCommands = {
  async send({ url, ask, count }) {
    const pool = poolOf(url);
    let sent = 0;
    const work = async (): Promise<void> => {
      while (sent++ < count) await send(pool, ask);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  },
  answer: ({ url, ask }) => send(poolOf(url), ask),
};
answerParent('', commands);
