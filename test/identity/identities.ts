import { inspect } from 'node:util';
import { afterEach, expect } from '@jest/globals';
import { type Auth, type ClientCredential } from '../../src/identity/auth.js';
import { createIdentity } from '../../src/identity/create-identity.js';
import { type Identity } from '../../src/identity/identity.js';
import { createKeyedHash } from '../../src/identity/keyed-hash.js';
import { type Log } from '../../src/lib/log.js';
import { GraphError, type Reason } from '../../src/operation/failure.js';
import { type Caller } from '../../src/operation/scope.js';
import { createFakeClock, settle, type FakeClock } from '../support/fake-clock.js';
import { heard } from '../support/secrets.js';
import { startTokenServer, type TokenServer, type TokenServerOptions } from '../support/token-server.js';

export const GRAPH = new URL('https://graph.test.example');
export const ROLE = 'Operations.Read.All';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.close();
});

export function closeAfterTest<T extends { close(): Promise<void> }>(one: T): T {
  running.push(one);
  return one;
}

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: object;
}

/** An identity before a token server of its own, by a clock that stands still. */
export interface TestIdentity {
  readonly identity: Identity;
  readonly server: TokenServer;
  readonly clock: FakeClock;
  readonly log: readonly LogLine[];
  /** @throws when it is refused */
  readonly caller: (token: string) => Promise<Caller>;
  /** @throws when it is not refused */
  readonly refusal: (token: string) => Promise<GraphError>;
}

export interface TestIdentityOptions extends Partial<Omit<TokenServerOptions, 'now'>> {
  readonly credential?: ClientCredential;
  /** As configured, where that differs from what the server calls itself. */
  readonly configuredTenantId?: string;
  readonly audiences?: readonly string[];
  readonly believed?: boolean;
}

export async function startIdentity(
  mode: Exclude<Auth['mode'], 'forward'>,
  { credential, configuredTenantId, audiences, believed = true, ...options }: TestIdentityOptions = {},
): Promise<TestIdentity> {
  const clock = createFakeClock();
  const server = closeAfterTest(await startTokenServer({ graphUrl: GRAPH, ...options, now: () => clock.now() }));
  const { log, lines } = keepLog();
  const entra = {
    authorityUrl: server.url,
    tenantId: configuredTenantId ?? server.tenantId,
    clientId: server.clientId,
    credential: credential ?? { kind: 'secret' as const, secret: () => server.clientSecret },
    audiences: audiences ?? [server.clientId, `api://${server.clientId}`],
  };
  const identity = closeAfterTest(
    await createIdentity({
      auth: mode === 'app' ? { mode, ...entra, requiredRole: ROLE } : { mode, ...entra },
      graphRoot: GRAPH,
      standInToken: 'stand-in',
      keyedHash: createKeyedHash(Buffer.alloc(32, 1)),
      clock,
      random: () => 0.5,
      log,
      userAgent: 'graph-operations-gateway/0.0.0-test',
      ...(believed && server.ca !== undefined && { ca: server.ca }),
    }),
  );
  const secrets = [server.clientSecret, 'alice@contoso.example'];
  return {
    identity,
    server,
    clock,
    log: lines,
    async caller(token) {
      const caller = await identity.identify(`Bearer ${token}`);
      if (caller === null || caller instanceof GraphError) throw new Error(`No caller: ${String(caller)}`);
      return caller;
    },
    async refusal(token) {
      const refusal = await identity.identify(`Bearer ${token}`);
      if (!(refusal instanceof GraphError)) throw new Error('It was not refused.');
      expectNothingOf([...secrets, token], refusal, lines);
      return refusal;
    },
  };
}

/** Why a caller can have no token for Graph. @throws when it has one */
export async function failureOf(caller: Caller, ...secrets: readonly string[]): Promise<GraphError> {
  const error: unknown = await caller.accessToken().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GraphError)) throw new Error(`Not a GraphError: ${String(error)}`);
  expectNothingOf(secrets, error);
  return error;
}

export async function reasonOf(caller: Caller): Promise<Reason> {
  return (await failureOf(caller)).reason;
}

/** Looks into everything of it, hidden members and causes included; of tokens also at each part. */
export function expectNothingOf(secrets: readonly string[], ...shown: readonly unknown[]): void {
  const text = shown
    .map(
      (one) =>
        `${inspect(one, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null })}${JSON.stringify(one)}`,
    )
    .join();
  for (const secret of secrets.flatMap((one) => [one, ...one.split('.')]).filter((part) => part.length > 12)) {
    expect(text).not.toContain(secret);
  }
}

/** Resolves when so many lines of an event were logged, and all that follows from it without the world is done. */
export async function untilLogged(log: readonly LogLine[], event: string, count: number): Promise<void> {
  while (log.filter((line) => line.event === event).length < count) await settle();
  await settle();
}

function keepLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (fields: object, event: string) => {
    lines.push({ level, event, fields });
    heard('log', `${level} ${event} ${inspect(fields, { depth: 9 })}`);
  };
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}
