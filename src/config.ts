/** What the gateway is told by its environment, validated and frozen. Durations are milliseconds. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Graph's root without a version; null asks for the built-in sandbox. */
  readonly graphUrl: URL | null;
  readonly pollIntervalMs: number;
  readonly proofMs: number;
  readonly watchMaxAgeMs: number;
  readonly stopGraceMs: number;
  /** Reads per second, by what they count against; 0 is no bound. */
  readonly rates: { readonly tenant: number; readonly team: number; readonly chat: number };
  /** Origins besides the gateway's own whose pages may use it. */
  readonly allowedOrigins: readonly string[];
  readonly maxSockets: number;
  readonly maxSubscriptions: number;
  readonly maxSubscriptionsPerSocket: number;
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

/** Part of the contract of this gateway and not in this version: better refused than silently without effect. */
const NOT_YET = [
  'REDIS_URL',
  'TRUSTED_DOCUMENTS',
  'AUTHORITY_URL',
  'TENANT_ID',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'CLIENT_CERTIFICATE_FILE',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} that lists every problem at once */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const production = environment['NODE_ENV'] === 'production';
  /** An empty variable is one that is not set: that is what a compose file makes of a missing one. */
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const number = (name: string, standard: number, least: number, most: number, whole = false): number => {
    const value = text(name);
    if (value === undefined) return standard;
    const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (parsed >= least && parsed <= most && (!whole || Number.isInteger(parsed))) return parsed;
    problems.push(
      `${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}; it is ${JSON.stringify(value)}.`,
    );
    return standard;
  };
  const flag = (name: string, standard: boolean): boolean => {
    const value = text(name)?.toLowerCase();
    if (value === undefined) return standard;
    if (['on', 'true', '1', 'yes'].includes(value)) return true;
    if (['off', 'false', '0', 'no'].includes(value)) return false;
    problems.push(`${name} must be on or off; it is ${JSON.stringify(value)}.`);
    return standard;
  };

  for (const name of NOT_YET) if (text(name) !== undefined) problems.push(`${name} is not supported by this version.`);
  const graphAuth = text('GRAPH_AUTH') ?? 'forward';
  if (graphAuth !== 'forward') {
    problems.push(`GRAPH_AUTH must be forward, the only one in this version; it is ${JSON.stringify(graphAuth)}.`);
  }

  const graphUrl = readGraphUrl(text('GRAPH_URL'), problems);
  if (graphUrl === null && production && text('GRAPH_URL') === undefined) {
    problems.push(
      'GRAPH_URL must be set when NODE_ENV is production, for example https://graph.microsoft.com: the sandbox is never chosen there.',
    );
  }
  const isLocal = graphUrl === null || isLoopback(graphUrl.hostname);

  const intervalSeconds = number('POLL_INTERVAL_SECONDS', LEAST_INTERVAL_SECONDS, 0.05, 86_400);
  if (!isLocal && intervalSeconds < LEAST_INTERVAL_SECONDS) {
    problems.push(
      `POLL_INTERVAL_SECONDS must be at least ${LEAST_INTERVAL_SECONDS} for ${graphUrl.origin}; it is ${intervalSeconds}. ` +
        'Microsoft Graph asks for more than 30 s between two checks; only a loopback GRAPH_URL or the sandbox takes less.',
    );
  }
  const rate = (name: string, standard: number): number => {
    const value = number(name, standard, 0, 100_000);
    if (value === 0 && !isLocal) problems.push(`${name} may be 0, no bound, only for a loopback GRAPH_URL.`);
    return value;
  };
  const proofMinutes = number('PROOF_MINUTES', 5, 0, 1_440);
  if (proofMinutes * 60 < intervalSeconds) {
    problems.push(
      `PROOF_MINUTES must be at least POLL_INTERVAL_SECONDS (${intervalSeconds} s); it is ${proofMinutes} minutes.`,
    );
  }
  const logLevel = LOG_LEVELS.find((level) => level === (text('LOG_LEVEL') ?? 'info').toLowerCase());
  if (logLevel === undefined) problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`);

  const config: Config = {
    port: number('PORT', 4_000, 0, 65_535, true),
    host: text('HOST') ?? '127.0.0.1',
    graphUrl,
    pollIntervalMs: Math.round(intervalSeconds * 1_000),
    proofMs: Math.round(proofMinutes * 60_000),
    watchMaxAgeMs: Math.round(number('WATCH_MAX_AGE_HOURS', 24, 0.001, 720) * 3_600_000),
    stopGraceMs: Math.round(number('STOP_GRACE_SECONDS', 10, 0, 3_600) * 1_000),
    rates: {
      tenant: rate('GRAPH_RATE_PER_SECOND', 30),
      team: rate('GRAPH_RATE_PER_TEAM', 4),
      chat: rate('GRAPH_RATE_PER_CHAT', 1),
    },
    allowedOrigins: readOrigins(text('ALLOWED_ORIGINS'), problems),
    maxSockets: number('MAX_SOCKETS', 15_000, 1, 10_000_000, true),
    maxSubscriptions: number('MAX_SUBSCRIPTIONS', 200_000, 1, 100_000_000, true),
    maxSubscriptionsPerSocket: number('MAX_SUBSCRIPTIONS_PER_SOCKET', 1_000, 1, 1_000_000, true),
    introspection: flag('INTROSPECTION', !production),
    graphiql: flag('GRAPHIQL', !production),
    logLevel: logLevel ?? 'info',
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readGraphUrl(value: string | undefined, problems: string[]): URL | null {
  if (value === undefined) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  const example = 'for example https://graph.microsoft.com';
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    problems.push(`GRAPH_URL must be an http(s) address, ${example}; it is ${JSON.stringify(value)}.`);
    return null;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    problems.push(`GRAPH_URL must be an address alone, without credentials, query or fragment, ${example}.`);
  }
  if (/\/(v1\.0|beta)\/?$/i.test(url.pathname)) {
    problems.push(
      `GRAPH_URL must be Graph's root without a version, ${example}; each kind of operation knows its version.`,
    );
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    problems.push(`GRAPH_URL must be https unless it is a loopback address: tokens go there; it is ${url.origin}.`);
  }
  return url;
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function readOrigins(value: string | undefined, problems: string[]): readonly string[] {
  if (value === undefined) return [];
  return value.split(',').flatMap((part) => {
    const origin = part.trim();
    if (origin === '') return [];
    if (URL.canParse(origin) && new URL(origin).origin === origin.replace(/\/$/, '')) return [new URL(origin).origin];
    problems.push(
      `ALLOWED_ORIGINS must list origins with commas between, for example https://app.example.com; it has ${JSON.stringify(origin)}.`,
    );
    return [];
  });
}
