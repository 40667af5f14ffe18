import { describe, expect, it } from '@jest/globals';
import { openAuthorityHttp } from '../../src/identity/authority-http.js';
import { createKeyedHash } from '../../src/identity/keyed-hash.js';
import { createSigningKeys } from '../../src/identity/signing-keys.js';
import { createVerifiedTokens } from '../../src/identity/verified-tokens.js';
import { silentLog } from '../../src/lib/log.js';
import { GraphError } from '../../src/operation/failure.js';
import { createFakeClock } from '../support/fake-clock.js';
import { oauthError, startTokenServer, USER_ID, type Claims, type Fault } from '../support/token-server.js';
import { closeAfterTest, GRAPH, startIdentity, untilLogged } from './identities.js';

const MINUTE_MS = 60_000;

/** Seconds since 1970 at the start of a test, as claims have them. */
const START = Date.UTC(2026, 0, 1) / 1_000;

describe('a token for this gateway', () => {
  it('is believed until it expires, and says so', async () => {
    const { caller, server, clock, refusal } = await startIdentity('on-behalf-of');
    const token = await server.mint({ exp: START + 600 });
    expect(await caller(token)).toMatchObject({ expiresAt: (START + 600) * 1_000 });

    await clock.advance(600_000 - 1);
    expect(await caller(token)).toMatchObject({ expiresAt: (START + 600) * 1_000 });
    await clock.advance(1);
    expect((await refusal(token)).message).toBe('The token has expired.');
  });

  it('is verified once, however often it comes', async () => {
    const { verified, server, clock } = await startVerifying();
    const token = await server.mint({ exp: START + 86_400 });
    const times = Array.from({ length: 1_000 });
    expect(new Set(await Promise.all(times.map(() => verified.verify(token))))).toEqual(new Set([1]));
    expect(server.counts).toEqual({ discovery: 1, keys: 1, token: 0 });

    await clock.advance(30 * MINUTE_MS);
    expect(new Set(await Promise.all(times.map(() => verified.verify(token))))).toEqual(new Set([1]));
    expect(await verified.verify(await server.mint())).toBe(2);
    expect(server.counts).toEqual({ discovery: 1, keys: 1, token: 0 });
  });

  it('is verified again when as many others as are remembered have come since, and not when fewer have', async () => {
    const { verified, server } = await startVerifying({ maxVerified: 20 });
    const mint = (n: number): Promise<string> => server.mint({ jti: String(n) });
    const [first = '', last = '', ...others] = await Promise.all(Array.from({ length: 21 }, (_, n) => mint(n)));
    expect(await verified.verify(first)).toBe(1);
    await Promise.all(others.map((token) => verified.verify(token)));
    expect(await verified.verify(first)).toBe(1);
    expect(await verified.verify(last)).toBe(21);
    expect(await verified.verify(first)).toBe(22);
    expect(await verified.verify(last)).toBe(21);
  });

  it('is not looked for at the authority before somebody brings one', async () => {
    const { identity, server } = await startIdentity('on-behalf-of');
    expect(await identity.identify(undefined)).toBeNull();
    expect(await identity.identify('Basic abc')).toBeInstanceOf(GraphError);
    expect(server.counts).toEqual({ discovery: 0, keys: 0, token: 0 });
  });

  it('may be a few seconds ahead of our clock', async () => {
    const { caller, refusal, server } = await startIdentity('on-behalf-of');
    await caller(await server.mint({ nbf: START + 60 }));
    expect((await refusal(await server.mint({ nbf: START + 61 }))).message).toBe('The token is not valid yet.');
  });

  it.each<[string, Claims, RegExp]>([
    ['has expired', { exp: START }, /has expired/],
    ['has expired a moment ago', { exp: START - 30 }, /has expired/],
    ['never expires', { exp: null }, /lacks the claim exp/],
    ['expires at no time', { exp: 'tomorrow' }, /claim exp/],
    ['is for somebody else', { aud: 'api://another-app' }, /another audience; its audience must be c11e/],
    ['is for nobody', { aud: null }, /another audience/],
    ['is for Graph', { aud: GRAPH.origin }, /is for Microsoft Graph/],
    ['is for Graph, in version 2.0', { aud: '00000003-0000-0000-c000-000000000000' }, /is for Microsoft Graph/],
    ['is of nobody we know', { iss: 'https://issuer.example/' }, /another issuer/],
    ['names no issuer', { iss: null }, /lacks the claim iss/],
    [
      'is of another tenant',
      { iss: 'https://login.microsoftonline.com/0/v2.0', tid: '7e4a0000-0000-4000-8000-0000000000ff' },
      /another tenant/,
    ],
    ['is of another tenant under our issuer’s name', { tid: '7e4a0000-0000-4000-8000-0000000000ff' }, /another tenant/],
    ['names no tenant', { tid: null }, /another tenant/],
    ['names nobody', { oid: null, sub: null }, /names nobody/],
    ['is an id token', { scp: null, azp: null, nonce: 'a-nonce' }, /not an access token/],
  ])('is refused when it %s', async (_how, claims, message) => {
    const { refusal, server } = await startIdentity('on-behalf-of');
    const error = await refusal(await server.mint(claims));
    expect(error.reason).toEqual({ kind: 'unauthenticated' });
    expect(error.message).toMatch(message);
  });

  it.each<[forger: 'none' | 'hs256' | 'stranger', header: Record<string, string>, message: RegExp]>([
    ['none', {}, /algorithm that is not allowed; it must be RS256/],
    ['hs256', {}, /algorithm that is not allowed/],
    ['stranger', {}, /signature that is not right/],
    ['stranger', { kid: 'a-key-of-nobody' }, /key that its issuer does not have/],
    ['stranger', { alg: 'RS512' }, /algorithm that is not allowed/],
    ['stranger', { alg: 'PS256' }, /algorithm that is not allowed/],
  ])('is refused when it is signed by %s, with %j', async (forger, header, message) => {
    const { refusal, server } = await startIdentity('on-behalf-of');
    const error = await refusal(await server.mintBy(forger, {}, header));
    expect(error.reason).toEqual({ kind: 'unauthenticated' });
    expect(error.message).toMatch(message);
  });

  it('is refused when a word of it was changed', async () => {
    const { refusal, server } = await startIdentity('on-behalf-of');
    const [header, , signature] = (await server.mint()).split('.');
    const [, claims] = (await server.mintBy('none', { roles: ['Everything'] })).split('.');
    expect((await refusal([header, claims, signature].join('.'))).message).toMatch(/signature that is not right/);
  });

  it.each(['opaque-words-that-are-no-token', 'a.b.c', 'e30.e30.e30', 'e30.e30', 'e30.W10.e30', '....'])(
    'is refused when it is none: %s',
    async (token) => {
      const { refusal, server } = await startIdentity('on-behalf-of');
      expect((await refusal(token)).message).toMatch(/JSON Web Token|algorithm/);
      expect(server.counts.keys).toBe(0);
    },
  );

  it('may name its tenant in capital letters, and its user', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const loud = await caller(
      await server.mint({ tid: server.tenantId.toUpperCase(), oid: USER_ID.toUpperCase(), jti: 'loud' }),
    );
    expect(loud.scope).toBe((await caller(await server.mint())).scope);
  });

  it('belongs to the tenant that a domain name stands for', async () => {
    const { caller, refusal, server } = await startIdentity('on-behalf-of', {
      tenantId: 'contoso.example',
      discovery: { issuer: 'https://login.microsoftonline.com/7E4A0000-0000-4000-8000-0000000000AA/v2.0' },
    });
    const claims = {
      iss: 'https://login.microsoftonline.com/7E4A0000-0000-4000-8000-0000000000AA/v2.0',
      tid: '7e4a0000-0000-4000-8000-0000000000aa',
    };
    await caller(await server.mint(claims));
    await caller(await server.mint({ ...claims, iss: `https://sts.windows.net/${claims.tid}/` }));
    await refusal(await server.mint({ ...claims, tid: '7e4a0000-0000-4000-8000-0000000000ab' }));
  });
});

describe('the keys of the authority', () => {
  it('rotate without a restart, and the one before serves as long as it is published', async () => {
    const { caller, refusal, server, clock } = await startIdentity('on-behalf-of');
    const before = await server.mint({ jti: '1' });
    await caller(await server.mint());

    await server.rotateKeys();
    await clock.advance(30_000);
    await caller(await server.mint());
    await caller(before);
    expect(server.counts.keys).toBe(2);

    await server.rotateKeys('withdrawn');
    await clock.advance(30_000);
    await caller(await server.mint({ jti: '2' }));
    await server.rotateKeys('withdrawn');
    await clock.advance(90 * MINUTE_MS);
    const late = { nbf: START, exp: START + 86_400 };
    await refusal(await server.mintBy('stranger', late));
    await caller(await server.mint(late));
  });

  it('are looked at once in half a minute, whatever names callers make up', async () => {
    const { caller, refusal, server, clock } = await startIdentity('on-behalf-of');
    await caller(await server.mint());
    await clock.advance(30_000);
    for (let n = 0; n < 50; n++) await refusal(await server.mint({}, { kid: `made-up-${n}` }));
    expect(server.counts.keys).toBe(2);

    await clock.advance(29_999);
    await refusal(await server.mint({}, { kid: 'made-up' }));
    expect(server.counts.keys).toBe(2);
    await clock.advance(1);
    await refusal(await server.mint({}, { kid: 'made-up' }));
    expect(server.counts.keys).toBe(3);
  });

  it('are looked at no more for a token that could not be right with any key', async () => {
    const { refusal, server } = await startIdentity('on-behalf-of');
    await refusal(await server.mint({ aud: 'another' }, { kid: 'made-up' }));
    await refusal(await server.mintBy('none'));
    expect(server.counts).toEqual({ discovery: 0, keys: 0, token: 0 });
  });

  it('are looked at again after an hour, in which one may have been withdrawn', async () => {
    const { caller, refusal, server, clock, log } = await startIdentity('on-behalf-of');
    const late = { exp: START + 86_400 };
    const [withdrawn, other] = [await server.mint({ ...late, jti: '1' }), await server.mint({ ...late, jti: '2' })];
    await caller(await server.mint());
    await server.rotateKeys('withdrawn');

    await clock.advance(60 * MINUTE_MS);
    await caller(withdrawn); // what is held is served while the newer ones are fetched
    await untilLogged(log, 'authority request', 3);
    expect((await refusal(other)).message).toMatch(/key that its issuer does not have/);
  });

  it('serve on for a day while the authority is away', async () => {
    const { caller, refusal, server, clock } = await startIdentity('on-behalf-of');
    await caller(await server.mint());
    for (const place of ['discovery', 'keys'] as const) server.fail(place, { kind: 'answer', status: 503 });
    await clock.advance(24 * 60 * MINUTE_MS - 1);
    await caller(await server.mint());
    await clock.advance(1);
    expect((await refusal(await server.mint())).reason.kind).toBe('unavailable');
  });

  it('are no other tenant’s', async () => {
    const { refusal, server } = await startIdentity('on-behalf-of');
    const token = await server.mint();
    const response = await fetch(new URL(`/${server.tenantId}/discovery/v2.0/keys`, server.url));
    const { keys } = (await response.json()) as { keys: object[] };
    const issuer = 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0';
    server.fail('keys', { kind: 'answer', status: 200, body: { keys: keys.map((key) => ({ ...key, issuer })) } });
    expect((await refusal(token)).message).toMatch(/key that its issuer does not have/);
  });

  it.each<[what: string, place: 'discovery' | 'keys', fault: Fault]>([
    ['an error', 'discovery', { kind: 'answer', status: 500 }],
    ['no such tenant', 'discovery', { kind: 'answer', status: 400, body: oauthError('invalid_tenant', 90002) }],
    ['HTML', 'discovery', { kind: 'answer', status: 200, body: '<html>' }],
    ['a list', 'discovery', { kind: 'answer', status: 200, body: [] }],
    ['nothing', 'discovery', { kind: 'answer', status: 200, body: {} }],
    ['half an answer', 'discovery', { kind: 'cut' }],
    ['a redirect', 'discovery', { kind: 'answer', status: 302, headers: { location: 'https://evil.example/' } }],
    ['an error', 'keys', { kind: 'answer', status: 503 }],
    ['a word', 'keys', { kind: 'answer', status: 200, body: { keys: 'none' } }],
    ['no objects', 'keys', { kind: 'answer', status: 200, body: { keys: [1, null] } }],
    ['an endless answer', 'keys', { kind: 'answer', status: 200, body: `{"keys":[],"x":"${'x'.repeat(2 ** 20)}"}` }],
    ['half an answer', 'keys', { kind: 'cut' }],
  ])('that cannot be had make nobody wrong: %s instead of the %s', async (_what, place, fault) => {
    const { caller, refusal, server, clock, log } = await startIdentity('on-behalf-of');
    server.fail(place, fault);
    const token = await server.mint();
    expect((await refusal(token)).reason).toEqual({ kind: 'unavailable' });
    expect(log).toContainEqual(expect.objectContaining({ level: 'warn', event: 'token authority' }));

    const asked = server.counts[place];
    for (let n = 0; n < 20; n++) await refusal(await server.mint());
    expect(server.counts[place]).toBe(asked);

    server.fail(place, null);
    await clock.advance(30_000);
    await caller(token);
  });

  it('that do not come in time make nobody wait for ever', async () => {
    const { refusal, server, clock } = await startIdentity('on-behalf-of');
    server.fail('discovery', { kind: 'hang' });
    const waiting = refusal(await server.mint());
    await server.arrived('discovery', 1);
    await clock.advance(10_000);
    expect((await waiting).reason).toEqual({ kind: 'unavailable' });
  });

  it.each([
    { jwks_uri: 'https://evil.example/keys' },
    { jwks_uri: 'not an address' },
    { issuer: 'https://login.microsoftonline.com/7e4a0000-0000-4000-8000-0000000000ff/v2.0' },
    { issuer: 'https://issuer.example/' },
    { issuer: null },
  ])('are taken from nowhere else: %j', async (discovery) => {
    const { refusal, server } = await startIdentity('on-behalf-of', { discovery });
    expect((await refusal(await server.mint())).reason).toEqual({ kind: 'unavailable' });
    expect(server.counts.keys).toBe(0);
  });

  it('are fetched over TLS from a server that is believed, and from no other', async () => {
    const believed = await startIdentity('on-behalf-of', { secure: true });
    await believed.caller(await believed.server.mint());
    const doubted = await startIdentity('on-behalf-of', { secure: true, believed: false });
    expect((await doubted.refusal(await doubted.server.mint())).message).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/);
  });
});

/** Verifies, and gives to each token the number of verifications that there were so far. */
async function startVerifying(bounds: { readonly maxVerified?: number } = {}) {
  const clock = createFakeClock();
  const server = closeAfterTest(await startTokenServer({ graphUrl: GRAPH, now: () => clock.now() }));
  const { url: authorityUrl, tenantId } = server;
  const http = closeAfterTest(openAuthorityHttp({ authorityUrl, clock, log: silentLog, userAgent: 'test' }));
  let verifications = 0;
  const verified = createVerifiedTokens({
    keys: createSigningKeys({ http, authorityUrl, tenantId, clock, log: silentLog }),
    audiences: [`api://${server.clientId}`],
    graphRoot: GRAPH,
    keyedHash: createKeyedHash(),
    clock,
    log: silentLog,
    keep: () => ++verifications,
    ...bounds,
  });
  return { verified, server, clock };
}
