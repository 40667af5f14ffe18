import { createEnvironmentReader, type Environment } from './config/environment.js';
import { readAuth, readScopeKey, type Auth } from './config/auth.js';
import { readLimits, type Limits } from './config/limits.js';
import { isLoopback } from './config/loopback.js';
import { readOperatorToken } from './config/operator.js';
import { readTrustedProxies } from './config/proxies.js';
import { readRedisUrls, scopeKeyFrom } from './config/redis.js';
import { readTrustedDocuments, type Manifest } from './config/trusted-documents.js';

/** What the gateway is told by its environment, validated and frozen. Durations are milliseconds. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Graph's root without a version; null asks for the built-in sandbox. */
  readonly graphUrl: URL | null;
  readonly auth: Auth;
  /** What keys the hashes that name callers, the same for all who share a Redis; null makes a key at the start. */
  readonly scopeKey: (() => Buffer) | null;
  /** The Redis that replicas share, or the nodes of its cluster; null keeps everything in the process. */
  readonly redisUrls: (() => readonly string[]) | null;
  readonly pollIntervalMs: number;
  readonly proofMs: number;
  readonly watchMaxAgeMs: number;
  readonly stopGraceMs: number;
  /** Reads per second, by what they count against; 0 is no bound. */
  readonly rates: { readonly tenant: number; readonly team: number; readonly chat: number };
  /** Origins besides the gateway's own whose pages may use it. */
  readonly allowedOrigins: readonly string[];
  /** Whose X-Forwarded-For is believed: addresses and ranges. */
  readonly trustedProxies: readonly string[];
  readonly limits: Limits;
  /** The documents that may run; null where any may. */
  readonly trustedDocuments: Manifest | null;
  readonly metrics: boolean;
  /** What operators show to see what is watched; null where nobody may. */
  readonly operatorToken: (() => string) | null;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  readonly logLevel: LogLevel;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** Graph asks for more than 30 s between two checks of one operation; the spare second covers an early timer. */
const LEAST_INTERVAL_SECONDS = 31;

/** Graph's own limits for reads in a second: of an app in a tenant, of one team, of one chat. Source: Microsoft Graph throttling limits. */
const GRAPH_LIMITS = { tenant: 30, team: 4, chat: 1 };

/** @throws {ConfigError} that lists every problem at once */
export function readConfig(environment: Environment): Config {
  const reader = createEnvironmentReader(environment);
  const { text, number, wholeNumber, flag, refuse } = reader;
  const production = environment['NODE_ENV'] === 'production';

  const graphUrl = readGraphUrl(text('GRAPH_URL'), refuse);
  if (graphUrl === null && production && text('GRAPH_URL') === undefined) {
    refuse(
      'GRAPH_URL must be set when NODE_ENV is production, for example https://graph.microsoft.com: the sandbox is never chosen there.',
    );
  }
  const isLocal = graphUrl === null || isLoopback(graphUrl.hostname);

  const intervalSeconds = number('POLL_INTERVAL_SECONDS', LEAST_INTERVAL_SECONDS, 0.05, 86_400);
  if (!isLocal && intervalSeconds < LEAST_INTERVAL_SECONDS) {
    refuse(
      `POLL_INTERVAL_SECONDS must be at least ${LEAST_INTERVAL_SECONDS} for ${graphUrl.origin}; it is ${intervalSeconds}. ` +
        'Microsoft Graph asks for more than 30 s between two checks; only a loopback GRAPH_URL or the sandbox takes less.',
    );
  }
  const rate = (name: string, limit: number): number => {
    const value = number(name, limit, 0, 100_000);
    if (!isLocal && (value === 0 || value > limit)) {
      refuse(
        `${name} must be more than 0 and at most ${limit} for ${graphUrl.origin}; it is ${value}. ` +
          `Microsoft Graph takes ${limit} in a second; only a loopback GRAPH_URL or the sandbox takes more, or 0 for no bound.`,
      );
    }
    return value;
  };
  const proofMinutes = number('PROOF_MINUTES', 5, 0, 1_440);
  if (proofMinutes * 60 < intervalSeconds) {
    refuse(
      `PROOF_MINUTES must be at least POLL_INTERVAL_SECONDS (${intervalSeconds} s); it is ${proofMinutes} minutes.`,
    );
  }
  const logLevel = LOG_LEVELS.find((level) => level === (text('LOG_LEVEL') ?? 'info').toLowerCase());
  if (logLevel === undefined) refuse(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`);

  const redisUrls = readRedisUrls(reader);
  const config: Config = {
    port: wholeNumber('PORT', 4_000, 0, 65_535),
    host: text('HOST') ?? '127.0.0.1',
    graphUrl,
    auth: readAuth(reader, graphUrl),
    scopeKey: readScopeKey(reader) ?? (redisUrls && (() => scopeKeyFrom(redisUrls()))),
    redisUrls,
    pollIntervalMs: Math.round(intervalSeconds * 1_000),
    proofMs: Math.round(proofMinutes * 60_000),
    watchMaxAgeMs: Math.round(number('WATCH_MAX_AGE_HOURS', 24, 0.001, 720) * 3_600_000),
    stopGraceMs: Math.round(number('STOP_GRACE_SECONDS', 10, 0, 3_600) * 1_000),
    rates: {
      tenant: rate('GRAPH_RATE_PER_SECOND', GRAPH_LIMITS.tenant),
      team: rate('GRAPH_RATE_PER_TEAM', GRAPH_LIMITS.team),
      chat: rate('GRAPH_RATE_PER_CHAT', GRAPH_LIMITS.chat),
    },
    allowedOrigins: readOrigins(text('ALLOWED_ORIGINS'), refuse),
    trustedProxies: readTrustedProxies(reader),
    limits: readLimits(reader),
    trustedDocuments: readTrustedDocuments(reader),
    metrics: flag('METRICS', true),
    operatorToken: readOperatorToken(reader),
    introspection: flag('INTROSPECTION', !production),
    graphiql: flag('GRAPHIQL', !production),
    logLevel: logLevel ?? 'info',
  };
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return Object.freeze(config);
}

function readGraphUrl(value: string | undefined, refuse: (problem: string) => void): URL | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const example = 'for example https://graph.microsoft.com';
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    refuse(`GRAPH_URL must be an http(s) address, ${example}; it is ${JSON.stringify(value)}.`);
    return null;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    refuse(`GRAPH_URL must be an address alone, without credentials, query or fragment, ${example}.`);
  }
  if (/\/(v1\.0|beta)\/?$/i.test(url.pathname)) {
    refuse(`GRAPH_URL must be Graph's root without a version, ${example}; each kind of operation knows its version.`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    refuse(`GRAPH_URL must be https unless it is a loopback address: tokens go there; it is ${url.origin}.`);
  }
  return url;
}

function readOrigins(value: string | undefined, refuse: (problem: string) => void): readonly string[] {
  if (value === undefined) return [];
  return value.split(',').flatMap((part) => {
    const origin = part.trim();
    if (origin === '') return [];
    if (URL.canParse(origin) && new URL(origin).origin === origin.replace(/\/$/, '')) return [new URL(origin).origin];
    refuse(
      `ALLOWED_ORIGINS must list origins with commas between, for example https://app.example.com; it has ${JSON.stringify(origin)}.`,
    );
    return [];
  });
}
