import { hkdfSync } from 'node:crypto';
import { type EnvironmentReader } from './environment.js';

const EXAMPLE = 'redis://127.0.0.1:6379 or rediss://user:password@redis.example.com:6380/0';

/**
 * Reads REDIS_URL: one address, or with commas between them several of one cluster. It may hold a password, so no problem
 * repeats it, and the addresses are behind a function that no log of the configuration calls.
 */
export function readRedisUrls({ text, refuse }: EnvironmentReader): (() => readonly string[]) | null {
  const parts =
    text('REDIS_URL')
      ?.split(',')
      .map((part) => part.trim()) ?? [];
  const urls = parts.filter((part) => part !== '');
  if (urls.length === 0) return null;
  const problem = problemOf(urls);
  if (problem !== null) refuse(`REDIS_URL ${problem}.`);
  return () => urls;
}

/**
 * Replicas that are given the same REDIS_URL, and no SCOPE_KEY, know their callers by the same hashes. Whoever knows that
 * address can tell whether a hash is of a caller whom he can name: with a password in it, only the replicas do.
 */
export function scopeKeyFrom(urls: readonly string[]): Buffer {
  return Buffer.from(hkdfSync('sha256', urls.join(','), '', 'graph-operations-gateway scope key', 32));
}

function problemOf(urls: readonly string[]): string | null {
  const parsed = urls.map((url) => (URL.canParse(url) ? new URL(url) : null)).filter((url) => url !== null);
  const [first, ...others] = parsed;
  if (first === undefined || parsed.length < urls.length || parsed.some((url) => !isRedis(url))) {
    return `must be an address such as ${EXAMPLE}, or with commas between them several of one cluster`;
  }
  if (parsed.some((url) => url.search !== '' || url.hash !== '')) return 'must have no query and no fragment';
  if (parsed.some((url) => !/^\/?\d{0,4}$/.test(url.pathname))) {
    return 'may have the number of a database behind the host, and nothing else';
  }
  if (parsed.some(({ username, password }) => !isEncoded(username + password))) {
    return 'must have its user and password percent-encoded';
  }
  if (others.length > 0 && parsed.some((url) => Number(url.pathname.slice(1)) > 0)) {
    return 'must not name a database where it names several nodes: a cluster has one';
  }
  const isLikeFirst = (url: URL): boolean =>
    (['protocol', 'username', 'password'] as const).every((part) => url[part] === first[part]);
  if (!others.every(isLikeFirst)) return 'must have the same scheme, user and password for all nodes of a cluster';
  return null;
}

function isRedis({ protocol, hostname }: URL): boolean {
  return ['redis:', 'rediss:'].includes(protocol) && hostname !== '';
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false; // What else it may hold is nobody's to see.
  }
}
