import { describe, expect, it } from '@jest/globals';
import { createEnvironmentReader, type Environment } from '../../src/config/environment.js';
import { readLimits, type Limits } from '../../src/config/limits.js';

function read(environment: Environment): { readonly limits: Limits; readonly problems: readonly string[] } {
  const reader = createEnvironmentReader(environment);
  return { limits: readLimits(reader), problems: reader.problems };
}

/** Each limit: its variable, what it is when nobody says, and the least that makes sense. */
const LIMITS: readonly (readonly [name: string, member: keyof Limits, standard: number, least: number])[] = [
  ['MAX_SOCKETS', 'sockets', 15_000, 1],
  ['MAX_SOCKETS_PER_ADDRESS', 'socketsPerAddress', 2_000, 1],
  ['MAX_CONNECTIONS', 'connections', 4_000, 1],
  ['MAX_SUBSCRIPTIONS', 'subscriptions', 200_000, 1],
  ['MAX_SUBSCRIPTIONS_PER_CALLER', 'subscriptionsPerCaller', 120_000, 1],
  ['MAX_SUBSCRIPTIONS_PER_SOCKET', 'subscriptionsPerSocket', 1_000, 1],
  ['MAX_OPERATIONS_PER_SECOND', 'operationsPerSecond', 100, 1],
  ['MAX_MESSAGE_BYTES', 'messageBytes', 262_144, 1_024],
  ['MAX_UNREAD_BYTES', 'unreadBytes', 4_194_304, 16_384],
  ['MAX_BODY_BYTES', 'bodyBytes', 1_048_576, 1_024],
  ['MAX_DOCUMENT_LENGTH', 'documentLength', 20_000, 100],
  ['MAX_DOCUMENT_DEPTH', 'documentDepth', 12, 1],
  ['MAX_DOCUMENT_ALIASES', 'documentAliases', 150, 0],
  ['MAX_DOCUMENT_DIRECTIVES', 'documentDirectives', 50, 0],
  ['MAX_DOCUMENT_TOKENS', 'documentTokens', 2_500, 10],
  ['MAX_DOCUMENT_COST', 'documentCost', 50_000, 1],
  ['MAX_DOCUMENTS_IN_USE', 'documentsInUse', 2_000_000, 100],
  ['MAX_DOCUMENTS_IN_USE_PER_CALLER', 'documentsInUsePerCaller', 200_000, 100],
  ['MAX_REFS', 'refs', 100, 1],
  ['MAX_IDS', 'ids', 100, 1],
  ['MAX_PAGE_SIZE', 'pageSize', 100, 20],
  ['MAX_WAITS', 'waits', 2_000, 1],
  ['MAX_WAITS_PER_CALLER', 'waitsPerCaller', 200, 1],
  ['MAX_WAIT_SECONDS', 'waitSeconds', 600, 60],
  ['MAX_WATCHED', 'watched', 400_000, 1],
  ['MAX_WATCHED_PER_CALLER', 'watchedPerCaller', 200_000, 1],
  ['MAX_WATCHED_PER_HOST', 'watchedPerHost', 2_000, 1],
];

describe('a limit', () => {
  it.each(LIMITS)('is set by %s: %s is %d unless told, and %d at least', (name, member, standard, least) => {
    expect(read({}).limits[member]).toBe(standard);
    expect(read({ [name]: String(least) })).toMatchObject({ limits: { [member]: least }, problems: [] });
    for (const value of [String(least - 1), '1.5', 'many', '']) {
      const { problems } = read({ [name]: value });
      expect(problems).toEqual(
        value === '' ? [] : [expect.stringMatching(`^${name} must be a whole number from ${least} to `)],
      );
    }
  });

  it('is for each that there is', () => {
    const derived = ['socketsPerLocalAddress', 'requestMs'];
    const members = LIMITS.map(([, member]): string => member).concat(derived);
    expect(Object.keys(read({}).limits).toSorted()).toEqual(members.toSorted());
  });

  it('of time is told in seconds', () => {
    expect(read({}).limits.requestMs).toBe(30_000);
    expect(read({ MAX_REQUEST_SECONDS: '2' }).limits.requestMs).toBe(2_000);
    expect(read({ MAX_REQUEST_SECONDS: '0' }).problems).toHaveLength(1);
  });

  it('of sockets from one address is none for this machine itself, unless it is set', () => {
    expect(read({}).limits.socketsPerLocalAddress).toBe(Infinity);
    expect(read({ MAX_SOCKETS_PER_ADDRESS: '7' }).limits.socketsPerLocalAddress).toBe(7);
  });
});
