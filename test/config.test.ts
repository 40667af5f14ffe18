import { describe, expect, it } from '@jest/globals';
import { createEnvironmentReader } from '../src/config/environment.js';
import { readLimits } from '../src/config/limits.js';
import { isLoopback } from '../src/config/loopback.js';
import { ConfigError, readConfig, type Config } from '../src/config.js';

/** What is wrong with an environment, one line each. */
function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const GRAPH = 'https://graph.microsoft.com';
const LOOPBACK = 'http://127.0.0.1:4010';

describe('the configuration', () => {
  it('needs no variable at all', () => {
    expect(readConfig({})).toEqual({
      port: 4_000,
      host: '127.0.0.1',
      graphUrl: null,
      redisUrls: null,
      pollIntervalMs: 31_000,
      proofMs: 300_000,
      watchMaxAgeMs: 86_400_000,
      stopGraceMs: 10_000,
      rates: { tenant: 30, team: 4, chat: 1 },
      allowedOrigins: [],
      auth: { mode: 'forward' },
      scopeKey: null,
      trustedProxies: [],
      trustedDocuments: null,
      metrics: true,
      operatorToken: null,
      limits: readLimits(createEnvironmentReader({})),
      introspection: true,
      graphiql: true,
      logLevel: 'info',
    } satisfies Config);
  });

  it('does not change once it is read', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });

  it('takes an empty variable for one that is not set', () => {
    const names = ['PORT', 'HOST', 'GRAPH_URL', 'GRAPH_AUTH', 'POLL_INTERVAL_SECONDS', 'ALLOWED_ORIGINS', 'REDIS_URL'];
    expect(readConfig(Object.fromEntries([...names, 'GRAPHIQL', 'LOG_LEVEL'].map((name) => [name, ' '])))).toEqual(
      readConfig({}),
    );
  });

  it.each<[name: string, value: string, config: Partial<Config>]>([
    ['PORT', '0', { port: 0 }],
    ['PORT', ' 65535 ', { port: 65_535 }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['GRAPH_URL', GRAPH, { graphUrl: new URL(GRAPH) }],
    ['GRAPH_URL', LOOPBACK, { graphUrl: new URL(LOOPBACK) }],
    ['GRAPH_AUTH', 'forward', {}],
    ['POLL_INTERVAL_SECONDS', '0.5', { pollIntervalMs: 500 }],
    ['POLL_INTERVAL_SECONDS', '60', { pollIntervalMs: 60_000 }],
    ['PROOF_MINUTES', '1.5', { proofMs: 90_000 }],
    ['WATCH_MAX_AGE_HOURS', '0.5', { watchMaxAgeMs: 1_800_000 }],
    ['STOP_GRACE_SECONDS', '0', { stopGraceMs: 0 }],
    ['GRAPH_RATE_PER_SECOND', '12.5', { rates: { tenant: 12.5, team: 4, chat: 1 } }],
    ['GRAPH_RATE_PER_TEAM', '0', { rates: { tenant: 30, team: 0, chat: 1 } }],
    ['GRAPH_RATE_PER_CHAT', '2', { rates: { tenant: 30, team: 4, chat: 2 } }],
    [
      'ALLOWED_ORIGINS',
      'https://app.example.com, http://localhost:3000/,',
      { allowedOrigins: ['https://app.example.com', 'http://localhost:3000'] },
    ],
    ...['off', 'false', '0', 'no', 'OFF'].map((word): [string, string, Partial<Config>] => [
      'INTROSPECTION',
      word,
      { introspection: false },
    ]),
    ['GRAPHIQL', 'off', { graphiql: false }],
    ['METRICS', 'off', { metrics: false }],
    ...['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', 'loopback', 'linklocal', 'uniquelocal'].map(
      (range): [string, string, Partial<Config>] => ['TRUSTED_PROXIES', range, { trustedProxies: [range] }],
    ),
    ['TRUSTED_PROXIES', 'loopback, 10.0.0.0/8,', { trustedProxies: ['loopback', '10.0.0.0/8'] }],
    ['LOG_LEVEL', 'WARN', { logLevel: 'warn' }],
  ])('takes %s=%j', (name, value, config) => {
    expect(readConfig({ [name]: value })).toEqual({ ...readConfig({}), ...config });
  });

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '80.5'],
    ['PORT', '4000a'],
    ['GRAPH_URL', 'graph.microsoft.com'],
    ['GRAPH_URL', 'ftp://graph.microsoft.com'],
    ['GRAPH_URL', 'http://graph.microsoft.com'],
    ['GRAPH_URL', `${GRAPH}/v1.0`],
    ['GRAPH_URL', `${GRAPH}/beta/`],
    ['GRAPH_URL', `${GRAPH}?$top=1`],
    ['GRAPH_URL', `${GRAPH}#here`],
    ['GRAPH_URL', 'https://user:word@graph.microsoft.com'],
    ['GRAPH_AUTH', 'nobody'],
    ['SCOPE_KEY', 'hush'],
    ['OPERATOR_TOKEN', 'open-sesame'],
    ['OPERATOR_TOKEN', 'a long one with spaces'],
    ['POLL_INTERVAL_SECONDS', 'often'],
    ['POLL_INTERVAL_SECONDS', '0'],
    ['POLL_INTERVAL_SECONDS', '1e3'],
    ['PROOF_MINUTES', '0.5'],
    ['WATCH_MAX_AGE_HOURS', '0'],
    ['STOP_GRACE_SECONDS', '-1'],
    ['STOP_GRACE_SECONDS', 'Infinity'],
    ['GRAPH_RATE_PER_SECOND', '-1'],
    ['GRAPH_RATE_PER_TEAM', 'many'],
    ['GRAPH_RATE_PER_CHAT', 'NaN'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'app.example.com'],
    ['ALLOWED_ORIGINS', 'https://app.example.com/path'],
    ['ALLOWED_ORIGINS', 'null'],
    ['MAX_SOCKETS', '0'],
    ['MAX_SUBSCRIPTIONS', '1.5'],
    ['MAX_SUBSCRIPTIONS_PER_SOCKET', 'none'],
    ['INTROSPECTION', 'maybe'],
    ['GRAPHIQL', '2'],
    ['LOG_LEVEL', 'loud'],
    ['REDIS_URL', '127.0.0.1:6379'],
    ['TRUSTED_DOCUMENTS', '/nowhere/documents.json'],
    ['TRUSTED_DOCUMENTS', '.'],
    ['TRUSTED_DOCUMENTS', 'README.md'],
    ['TRUSTED_PROXIES', 'proxy.example.com'],
    ['TRUSTED_PROXIES', '10.0.0.0/33'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['TRUSTED_PROXIES', '::/0'],
    ['TRUSTED_PROXIES', '*'],
    ['METRICS', 'some'],
    ['AUTHORITY_URL', 'https://login.microsoftonline.com'],
    ['TENANT_ID', 'contoso'],
    ['CLIENT_ID', '1'],
    ['CLIENT_SECRET', 'hush'],
    ['CLIENT_CERTIFICATE_FILE', 'cert.pem'],
  ])('refuses %s=%j in one line that names it', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} [^\\n]+\\.$`))]);
  });

  it.each(['CLIENT_SECRET', 'SCOPE_KEY', 'REDIS_URL'])('does not repeat what %s holds', (name) => {
    expect(problemsOf({ [name]: 'hush' }).join()).not.toContain('hush');
  });

  it('does not repeat the credentials in an address', () => {
    expect(problemsOf({ GRAPH_URL: 'https://user:hush@graph.microsoft.com' }).join()).not.toContain('hush');
  });

  it('lists every problem at once', () => {
    const environment = {
      NODE_ENV: 'production',
      PORT: 'none',
      GRAPH_AUTH: 'nobody',
      POLL_INTERVAL_SECONDS: '-5',
      ALLOWED_ORIGINS: 'one, https://app.example.com, two',
      INTROSPECTION: 'perhaps',
      LOG_LEVEL: 'loud',
    };
    const named = problemsOf(environment).map((problem) => problem.split(' ', 1)[0]);
    expect(named.toSorted()).toEqual(
      ['ALLOWED_ORIGINS', ...Object.keys(environment).filter((name) => name !== 'NODE_ENV'), 'GRAPH_URL'].toSorted(),
    );
  });

  describe('in production', () => {
    const production = { NODE_ENV: 'production' };

    it('never chooses the sandbox', () => {
      expect(problemsOf(production)).toEqual([expect.stringMatching(/^GRAPH_URL must be set/)]);
      expect(problemsOf({ ...production, GRAPH_URL: '' })).toHaveLength(1);
      expect(problemsOf({ ...production, GRAPH_URL: 'nonsense' })).toHaveLength(1);
    });

    it('has neither introspection nor GraphiQL unless told', () => {
      expect(readConfig({ ...production, GRAPH_URL: GRAPH })).toMatchObject({ introspection: false, graphiql: false });
      expect(readConfig({ ...production, GRAPH_URL: GRAPH, INTROSPECTION: 'on', GRAPHIQL: 'yes' })).toMatchObject({
        introspection: true,
        graphiql: true,
      });
    });
  });

  describe('before a Graph on another machine', () => {
    it.each([
      ['POLL_INTERVAL_SECONDS', '30.9'],
      ['GRAPH_RATE_PER_SECOND', '0'],
      ['GRAPH_RATE_PER_TEAM', '0'],
      ['GRAPH_RATE_PER_CHAT', '0'],
      ['GRAPH_RATE_PER_SECOND', '30.1'],
      ['GRAPH_RATE_PER_TEAM', '5'],
      ['GRAPH_RATE_PER_CHAT', '100'],
    ])('refuses %s=%s, which a loopback address may have', (name, value) => {
      expect(problemsOf({ GRAPH_URL: GRAPH, [name]: value })).toEqual([expect.stringContaining(name)]);
      expect(problemsOf({ GRAPH_URL: LOOPBACK, [name]: value })).toEqual([]);
      expect(problemsOf({ [name]: value })).toEqual([]);
    });

    it('takes budgets up to Graph’s own limits, and says of each one above them what would be right', () => {
      const most = { GRAPH_RATE_PER_SECOND: '30', GRAPH_RATE_PER_TEAM: '4', GRAPH_RATE_PER_CHAT: '1' };
      const more = { GRAPH_RATE_PER_SECOND: '31', GRAPH_RATE_PER_TEAM: '4.5', GRAPH_RATE_PER_CHAT: '2' };
      const half = { GRAPH_RATE_PER_SECOND: '15', GRAPH_RATE_PER_TEAM: '2.5', GRAPH_RATE_PER_CHAT: '0.5' };
      expect(readConfig({ GRAPH_URL: GRAPH, ...most }).rates).toEqual({ tenant: 30, team: 4, chat: 1 });
      expect(readConfig({ GRAPH_URL: GRAPH, ...half }).rates).toEqual({ tenant: 15, team: 2.5, chat: 0.5 });
      expect(readConfig({ GRAPH_URL: LOOPBACK, ...more }).rates).toEqual({ tenant: 31, team: 4.5, chat: 2 });
      expect(problemsOf({ GRAPH_URL: GRAPH, ...more })).toEqual([
        expect.stringMatching(/^GRAPH_RATE_PER_SECOND must be more than 0 and at most 30 for https:.*; it is 31\./),
        expect.stringMatching(/^GRAPH_RATE_PER_TEAM must be more than 0 and at most 4 for https:.*; it is 4\.5\./),
        expect.stringMatching(/^GRAPH_RATE_PER_CHAT must be more than 0 and at most 1 for https:.*; it is 2\./),
      ]);
    });

    it('takes the least interval that Graph asks for', () => {
      expect(readConfig({ GRAPH_URL: GRAPH, POLL_INTERVAL_SECONDS: '31' }).pollIntervalMs).toBe(31_000);
    });
  });
});

it.each([
  ['http://localhost:1', true],
  ['http://127.0.0.1', true],
  ['http://127.255.0.9', true],
  ['http://127.1', true],
  ['http://[::1]:80', true],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['http://128.0.0.1', false],
  ['http://[::2]', false],
  ['http://0.0.0.0', false],
])('of %s it is %s that it is a loopback address', (address, expected) => {
  expect(isLoopback(new URL(address).hostname)).toBe(expected);
});
