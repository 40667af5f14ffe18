import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { certificateFor, oauthError, USER_ID } from '../support/token-server.js';
import { expectNothingOf, failureOf, reasonOf, ROLE, startIdentity, untilLogged } from './identities.js';

const START = Date.UTC(2026, 0, 1) / 1_000;
const MINUTE_MS = 60_000;
const WITH_ROLE = { roles: ['Something.Else', ROLE] };
const OTHER_USER_ID = '05e70000-0000-4000-8000-0000000000ee';

describe('a caller of a gateway that asks in its own name', () => {
  it('is let in with the role', async () => {
    const { caller, server } = await startIdentity('app');
    const known = await caller(await server.mint({ ...WITH_ROLE, exp: START + 600 }));
    expect(known.expiresAt).toBe((START + 600) * 1_000);
    expect(server.ownerOf(await known.accessToken())).toEqual({ kind: 'app' });
    expect(Object.fromEntries(server.tokenRequests[0] ?? [])).toMatchObject({
      grant_type: 'client_credentials',
      client_id: server.clientId,
      client_secret: server.clientSecret,
      scope: 'https://graph.test.example/.default',
    });
  });

  it.each<[string, object]>([
    ['no roles', {}],
    ['other roles', { roles: ['Operations.Read', `${ROLE}.Not`, ROLE.toLowerCase()] }],
    ['the role in a scope', { scp: ROLE }],
    ['the role in the place of roles', { roles: ROLE }],
  ])('is refused with %s', async (_what, claims) => {
    const { refusal, server } = await startIdentity('app');
    const error = await refusal(await server.mint({ ...claims }));
    expect(error.reason).toEqual({ kind: 'forbidden' });
    expect(error.message).toContain(`needs the role ${ROLE}`);
    expect(server.counts.token).toBe(0);
  });

  it('is refused with a token that is not believed, role or no role', async () => {
    const { refusal, server } = await startIdentity('app');
    expect((await refusal(await server.mintBy('stranger', WITH_ROLE))).reason).toEqual({ kind: 'unauthenticated' });
    expect((await refusal(await server.mintBy('none', WITH_ROLE))).reason).toEqual({ kind: 'unauthenticated' });
    expect((await refusal(await server.mint({ ...WITH_ROLE, aud: 'another' }))).reason).toEqual({
      kind: 'unauthenticated',
    });
  });

  it('may be an app itself', async () => {
    const { caller, server } = await startIdentity('app');
    await caller(await server.mint({ ...WITH_ROLE, scp: null, idtyp: 'app' }));
  });

  it('shares one authority with all others of the role, and counts for itself', async () => {
    const { caller, server } = await startIdentity('app');
    const one = await caller(await server.mint(WITH_ROLE));
    const again = await caller(await server.mint({ ...WITH_ROLE, jti: '2' }));
    const other = await caller(await server.mint({ ...WITH_ROLE, oid: OTHER_USER_ID }));
    expect(new Set([one.scope, again.scope, other.scope]).size).toBe(1);
    expect(again.subject).toBe(one.subject);
    expect(other.subject).not.toBe(one.subject);
    expect(new Set([one.credential, again.credential, other.credential]).size).toBe(3);
    expectNothingOf([USER_ID, server.clientSecret], one);
  });

  it('is let in no more when its token ends, which it was told when it came', async () => {
    const { caller, refusal, server, clock } = await startIdentity('app');
    const token = await server.mint({ ...WITH_ROLE, exp: START + 60 });
    expect(await caller(token)).toMatchObject({ expiresAt: (START + 60) * 1_000 });
    await clock.advance(59_999);
    await caller(token);
    await clock.advance(1);
    expect(await refusal(token)).toMatchObject({
      reason: { kind: 'unauthenticated' },
      message: 'The token has expired.',
    });
  });
});

describe('the gateway’s own token', () => {
  const LATE = { ...WITH_ROLE, exp: START + 86_400 };

  it('is one for all, asked for once', async () => {
    const { caller, server } = await startIdentity('app');
    const callers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => caller(await server.mint({ ...WITH_ROLE, oid: `${USER_ID}${n}` }))),
    );
    const tokens = await Promise.all(callers.map((one) => one.accessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(server.counts.token).toBe(1);
  });

  it('is had for all in the name of one whose own token has ended, held or asked for anew', async () => {
    const { caller, server, clock } = await startIdentity('app');
    const ended = await caller(await server.mint({ ...WITH_ROLE, exp: START + 60 }));
    const first = await ended.accessToken();
    await clock.advance(60_000);
    const other = await caller(await server.mint({ ...LATE, oid: OTHER_USER_ID }));
    expect(await ended.accessToken()).toBe(first);
    expect(await other.accessToken()).toBe(first);
    ended.discardToken?.(first);
    const second = await ended.accessToken();
    expect(second).not.toBe(first);
    expect(await other.accessToken()).toBe(second);
    expect(server.counts.token).toBe(2);
  });

  it('is renewed before it ends, and kept while that fails', async () => {
    const { caller, server, clock, log } = await startIdentity('app');
    const known = await caller(await server.mint(LATE));
    const first = await known.accessToken();
    server.fail('token', { kind: 'answer', status: 500 }, 1);
    await clock.advance(55 * MINUTE_MS);
    expect(await known.accessToken()).toBe(first);
    await untilLogged(log, 'authority request', 4);
    expect(await known.accessToken()).toBe(first);

    await clock.advance(2_000);
    expect(await known.accessToken()).toBe(first);
    await untilLogged(log, 'authority request', 5);
    expect(await known.accessToken()).not.toBe(first);
    expect(server.counts.token).toBe(3);
  });

  it('is another one after Graph refused it', async () => {
    const { caller, server } = await startIdentity('app');
    const known = await caller(await server.mint(WITH_ROLE));
    const first = await known.accessToken();
    known.discardToken?.(first);
    expect(await known.accessToken()).not.toBe(first);
  });

  it('is asked for by nobody while the authority wants a pause', async () => {
    const { caller, server, clock } = await startIdentity('app');
    server.fail('token', { kind: 'answer', status: 429, headers: { 'retry-after': '30' } }, 1);
    const callers = await Promise.all(
      [USER_ID, OTHER_USER_ID].map(async (oid) => caller(await server.mint({ ...WITH_ROLE, oid }))),
    );
    for (const one of callers) expect(await reasonOf(one)).toEqual({ kind: 'throttled', retryAfterMs: 30_000 });
    await clock.advance(29_999);
    for (const one of callers) expect(await reasonOf(one)).toEqual({ kind: 'throttled', retryAfterMs: 1 });
    expect(server.counts.token).toBe(1);
    await clock.advance(1);
    for (const one of callers) await one.accessToken();
    expect(server.counts.token).toBe(2);
  });

  it.each([
    ['unauthorized_client', 700_016],
    ['invalid_grant', 53_003],
    ['invalid_request', 900_144],
    ['a_fault_of_tomorrow', 1],
  ])('is refused for no caller’s fault, and its operator is told: %s', async (error, code) => {
    const { caller, server, log } = await startIdentity('app');
    server.fail('token', { kind: 'answer', status: 400, body: oauthError(error, code) });
    for (const oid of [USER_ID, OTHER_USER_ID]) {
      expect(await reasonOf(await caller(await server.mint({ ...WITH_ROLE, oid })))).toEqual({ kind: 'unavailable' });
    }
    expect(server.counts.token).toBe(1);
    expect(log.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { reason: expect.stringContaining(`does not accept this gateway (400, AADSTS${code})`) } },
    ]);
  });

  it('may be had with a certificate, over TLS', async () => {
    const { certificate, key } = await certificateFor('127.0.0.1');
    const thumbprintSha256 = new X509Certificate(certificate).fingerprint256.replaceAll(':', '');
    const { caller, server } = await startIdentity('app', {
      secure: true,
      clientCertificate: certificate,
      credential: { kind: 'certificate', thumbprintSha256, chain: certificate, privateKey: () => key },
    });
    expect(server.ownerOf(await (await caller(await server.mint(WITH_ROLE))).accessToken())).toEqual({ kind: 'app' });
    const [request] = server.tokenRequests;
    expect(request?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    expect(request?.get('client_secret')).toBeNull();
  });

  it('is not to be had with a wrong secret, which is told to nobody', async () => {
    const wrong = 'not-the-secret-of-this-gateway';
    const { caller, server, log } = await startIdentity('app', { credential: { kind: 'secret', secret: () => wrong } });
    const error = await failureOf(await caller(await server.mint(WITH_ROLE)), wrong);
    expect(error.reason).toEqual({ kind: 'unavailable' });
    expectNothingOf([wrong], ...log);
  });
});
