import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { readRedisUrls } from '../../src/config/redis.js';

function read(value: string): { urls: readonly string[] | null; problems: readonly string[] } {
  const reader = createEnvironmentReader({ REDIS_URL: value });
  const urls = readRedisUrls(reader);
  return { urls: urls && urls(), problems: reader.problems };
}

describe('REDIS_URL', () => {
  it('may be missing', () => {
    for (const value of ['', ' ', ' , ']) expect(read(value)).toEqual({ urls: null, problems: [] });
  });

  it.each([
    'redis://127.0.0.1',
    'redis://localhost:6379/2',
    'rediss://user:p%25ss@redis.example.com:6380',
    'redis://:word@[::1]:6379/0',
  ])('may be %s', (url) => {
    expect(read(url)).toEqual({ urls: [url], problems: [] });
  });

  it('may name several nodes of a cluster', () => {
    const urls = ['redis://u:p@a:7000', 'redis://u:p@b:7000', 'redis://u:p@c:7001/0'];
    expect(read(urls.join(' , '))).toEqual({ urls, problems: [] });
  });

  it.each([
    ['hush', /must be an address such as redis:/],
    ['http://user:hush@127.0.0.1', /must be an address such as redis:/],
    ['redis://', /must be an address such as redis:/],
    ['redis:hush', /must be an address such as redis:/],
    ['redis://127.0.0.1,hush', /must be an address such as redis:/],
    ['redis://127.0.0.1/hush', /may have the number of a database/],
    ['redis://127.0.0.1?password=hush', /no query/],
    ['redis://127.0.0.1#hush', /no query/],
    ['redis://:hush%zz@127.0.0.1', /percent-encoded/],
    ['redis://a/1,redis://b/1', /must not name a database/],
    ['redis://a,rediss://b', /the same scheme, user and password/],
    ['redis://u:hush@a,redis://b', /the same scheme, user and password/],
  ])('may not be %s, which is said in one line that does not repeat it', (value, problem) => {
    const { problems } = read(value);
    expect(problems).toEqual([expect.stringMatching(/^REDIS_URL [^\n]+\.$/)]);
    expect(problems[0]).toMatch(problem);
    expect(problems[0]).not.toContain('hush');
  });

  it('gives replicas that have no SCOPE_KEY one key by which they all know a caller', () => {
    const keyOf = (environment: Record<string, string>) => readConfig(environment).scopeKey?.().toString('hex');
    const [one, same, other] = ['hush', 'hush', 'mum'].map((password) =>
      keyOf({ REDIS_URL: `redis://:${password}@redis.example.com` }),
    );
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(same).toBe(one);
    expect(other).not.toBe(one);
    const SCOPE_KEY = 'a key of thirty-two characters and more';
    expect(keyOf({ REDIS_URL: 'redis://redis.example.com', SCOPE_KEY })).toBe(Buffer.from(SCOPE_KEY).toString('hex'));
    expect(keyOf({})).toBeUndefined();
  });

  it('is not told by the configuration that is written down', () => {
    const urls = readRedisUrls(createEnvironmentReader({ REDIS_URL: 'redis://:hush@127.0.0.1' }));
    expect(JSON.stringify({ urls }) + String(urls)).not.toContain('hush');
  });
});
