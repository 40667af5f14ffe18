import { ErrorReply } from 'redis';

/**
 * Redis' words for what stands in the way of every command, or of every write: it is full, a copy, still loading, without
 * its other nodes, one of a cluster and used as if it were alone, busy, or closed to us. Before version 7 the word comes
 * behind the script's name.
 */
const REFUSES_ALL =
  /^(?:ERR Error running script.*?-)?(?:OOM|READONLY|LOADING|CLUSTERDOWN|MASTERDOWN|MOVED|ASK|CROSSSLOT|MISCONF|NOREPLICAS|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|ERR max number of clients)\b/;

/** What says only a node of a cluster, and to somebody who does not use it as one. */
const BELONGS_TO_CLUSTER = /^(?:MOVED|ASK|CROSSSLOT)\b/;

/** Whether it is an answer that refuses this one command, and says nothing of the next. */
export function refusesOne(error: unknown): boolean {
  return error instanceof ErrorReply && !REFUSES_ALL.test(error.message);
}

/** Whether the answer is one that only a node of a cluster gives. */
export function isOfCluster(error: unknown): boolean {
  return error instanceof ErrorReply && BELONGS_TO_CLUSTER.test(error.message);
}

/** One address led to a cluster, or to a part of one, and that cannot be used. */
export function unusableCluster(error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  const advice = 'REDIS_URL names a node of a cluster; name its nodes, with commas between, as they name each other';
  return new Error(`${reason} (${advice})`);
}

export function databaseInCluster(): Error {
  return new Error(
    'REDIS_URL names a node of a cluster, which has one database only; leave out the number behind the host',
  );
}
