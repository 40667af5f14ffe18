import { X509Certificate } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConfidentialClientApplication } from '@azure/msal-node';
import { describe, expect, it } from '@jest/globals';
import { certificateFor, oauthError, USER_ID, type Claims, type Fault } from '../support/token-server.js';
import { expectNothingOf, failureOf, reasonOf, startIdentity, untilLogged } from './identities.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

type AskOnBehalfOf = ConfidentialClientApplication['acquireTokenOnBehalfOf'];

const START = Date.UTC(2026, 0, 1) / 1_000;
const MINUTE_MS = 60_000;
const OTHER_USER_ID = '05e70000-0000-4000-8000-0000000000ee';
/** A token that outlives what is had for it. */
const LATE = { exp: START + 86_400 };

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}): Fault => ({
  kind: 'answer',
  status,
  body,
  headers,
});

describe('a caller on whose behalf the gateway asks', () => {
  it('is asked for with a token of its own for Graph', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const token = await server.mint();
    const graphToken = await (await caller(token)).accessToken();
    expect(server.ownerOf(graphToken)).toEqual({ kind: 'user', oid: USER_ID });

    expect(Object.fromEntries(server.tokenRequests[0] ?? [])).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      assertion: token,
      client_id: server.clientId,
      client_secret: server.clientSecret,
      scope: expect.stringMatching(/^https:\/\/graph\.test\.example\/\.default /),
    });
  });

  it('is one authority with whatever token it comes, and each token is one credential', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const [one, again, renewed, other] = [
      await server.mint({ jti: '1' }),
      await server.mint({ jti: '1' }),
      await server.mint({ jti: '2' }),
      await server.mint({ oid: OTHER_USER_ID }),
    ];
    const first = await caller(one);
    expect(first.subject).toBe(first.scope);
    expect(await caller(again)).toMatchObject({ scope: first.scope, credential: first.credential });
    const second = await caller(renewed);
    expect(second.scope).toBe(first.scope);
    expect(second.credential).not.toBe(first.credential);
    expect((await caller(other)).scope).not.toBe(first.scope);
  });

  it('without an object id is told from one whose object id reads like its subject', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const bySubject = await caller(await server.mint({ oid: null, sub: 'someone' }));
    const byObject = await caller(await server.mint({ oid: 'someone' }));
    expect(bySubject.scope).not.toBe(byObject.scope);
  });

  it.each<[string, Claims]>([
    ['without scopes', { scp: null, roles: ['Operations.Read.All'] }],
    ['with scopes that are none', { scp: '' }],
    ['with scopes in a list', { scp: ['access_as_user'] }],
    ['that says so', { idtyp: 'app' }],
  ])('is a user: an app’s own token is refused before any exchange, one %s', async (_what, claims) => {
    const { refusal, server } = await startIdentity('on-behalf-of');
    const token = await server.mint(claims);
    for (let n = 0; n < 2; n++) {
      const error = await refusal(token);
      expect(error.reason).toEqual({ kind: 'unauthenticated' });
      expect(error.message).toMatch(/of an app and of no user.*a token with scopes \(scp\)/);
    }
    expect(server.counts.token).toBe(0);
  });

  it('may have a token that says it is a user’s', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const known = await caller(await server.mint({ idtyp: 'user' }));
    expect(server.ownerOf(await known.accessToken())).toEqual({ kind: 'user', oid: USER_ID });
  });

  it('shows nothing of its token to whoever looks at it', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const token = await server.mint();
    const known = await caller(token);
    const graphToken = await known.accessToken();
    expectNothingOf([token, graphToken, USER_ID, server.clientSecret], known);
  });

  it('has one exchange for all who ask at once, and none for those who ask later', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const token = await server.mint();
    const known = await Promise.all(Array.from({ length: 100 }, () => caller(token)));
    const tokens = await Promise.all(known.map((one) => one.accessToken()));
    expect(await (await caller(token)).accessToken()).toBe(tokens[0]);
    expect(new Set(tokens).size).toBe(1);
    expect(server.counts.token).toBe(1);
  });

  it('gets no token that was had for another', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const [one, other] = await Promise.all(
      [USER_ID, OTHER_USER_ID].map(async (oid) => (await caller(await server.mint({ oid }))).accessToken()),
    );
    expect(server.ownerOf(one ?? '')).toEqual({ kind: 'user', oid: USER_ID });
    expect(server.ownerOf(other ?? '')).toEqual({ kind: 'user', oid: OTHER_USER_ID });
  });

  it('has its token for Graph renewed five minutes before it ends, and waits for neither', async () => {
    const { caller, server, clock, log } = await startIdentity('on-behalf-of');
    const known = await caller(await server.mint(LATE));
    const first = await known.accessToken();

    await clock.advance(55 * MINUTE_MS - 1);
    expect(await known.accessToken()).toBe(first);
    expect(server.counts.token).toBe(1);
    await clock.advance(1);
    expect(await known.accessToken()).toBe(first);
    await untilLogged(log, 'authority request', 4);
    const second = await known.accessToken();
    expect(second).not.toBe(first);
    expect(server.counts.token).toBe(2);
  });

  it('keeps the old token for Graph while a new one cannot be had, and not beyond its end', async () => {
    const { caller, server, clock, log } = await startIdentity('on-behalf-of');
    const known = await caller(await server.mint(LATE));
    const first = await known.accessToken();
    server.fail('token', answer(500));
    await clock.advance(56 * MINUTE_MS);
    expect(await known.accessToken()).toBe(first);
    await untilLogged(log, 'authority request', 4);
    expect(await known.accessToken()).toBe(first);
    await clock.advance(4 * MINUTE_MS);
    expect(await reasonOf(known)).toEqual({ kind: 'unavailable' });
  });

  it('has a short-lived token for Graph renewed in its last tenth', async () => {
    const { caller, server, clock, log } = await startIdentity('on-behalf-of');
    server.setLife(100);
    const known = await caller(await server.mint(LATE));
    const first = await known.accessToken();
    await clock.advance(89_999);
    await known.accessToken();
    expect(server.counts.token).toBe(1);
    await clock.advance(1);
    await known.accessToken();
    await untilLogged(log, 'authority request', 4);
    expect(await known.accessToken()).not.toBe(first);
  });

  it('is done when its own token ends, whatever Graph would say to the other', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    const known = await caller(await server.mint({ exp: START + 60 }));
    await known.accessToken();
    await clock.advance(59_999);
    await known.accessToken();
    await clock.advance(1);
    expect(await reasonOf(known)).toEqual({ kind: 'unauthenticated' });
    expect(server.counts.token).toBe(1);
  });

  it('gets another token when Graph refuses the one it has, but not one for every refusal', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    const known = await caller(await server.mint());
    const first = await known.accessToken();
    known.discardToken?.('another token');
    expect(await known.accessToken()).toBe(first);

    known.discardToken?.(first);
    const second = await known.accessToken();
    expect(second).not.toBe(first);
    known.discardToken?.(first); // by somebody who had it still under way
    known.discardToken?.(second);
    expect(await known.accessToken()).toBe(second);

    await clock.advance(30_000);
    known.discardToken?.(second);
    expect(await known.accessToken()).not.toBe(second);
    expect(server.counts.token).toBe(3);
  });

  it('may be served by a gateway that proves itself with a certificate', async () => {
    const { certificate, key } = await certificateFor('127.0.0.1');
    const { caller, server } = await startIdentity('on-behalf-of', {
      secure: true,
      clientCertificate: certificate,
      credential: credentialOf(certificate, key),
    });
    const graphToken = await (await caller(await server.mint())).accessToken();
    expect(server.ownerOf(graphToken)).toEqual({ kind: 'user', oid: USER_ID });
    expect(server.tokenRequests[0]?.get('client_secret')).toBeNull();
  });
});

describe('an exchange that fails', () => {
  it('for want of more proof hands the challenge on, as Graph would write it', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    const claims = '{"access_token":{"capolids":{"essential":true,"values":["b0-é"]}}}';
    server.fail('token', answer(400, oauthError('interaction_required', 50079, { claims, suberror: 'basic_action' })));
    const token = await server.mint();
    const error = await failureOf(await caller(token), token, server.clientSecret, 'alice@contoso.example');
    expect(error.reason).toEqual({ kind: 'unauthenticated', claims: Buffer.from(claims).toString('base64') });
    expect(error.message).toMatch(/AADSTS50079/);
    expect(error.answer).toEqual({
      status: 400,
      code: 'AADSTS50079',
      requestId: '71ace000-0000-4000-8000-000000000001',
    });
  });

  it.each([`{"a":"${'x'.repeat(8_192)}"}`, 'not JSON', '"text"', 7])(
    'hands on no challenge that is none: %#',
    async (claims) => {
      const { caller, server } = await startIdentity('on-behalf-of');
      server.fail('token', answer(400, oauthError('invalid_grant', 50079, { claims })));
      expect(await reasonOf(await caller(await server.mint()))).toEqual({ kind: 'unauthenticated' });
    },
  );

  it('because the authority does not take the token says so, by its code and not in its words', async () => {
    const { caller, server } = await startIdentity('on-behalf-of');
    server.fail('token', answer(400, oauthError('invalid_grant', 65001)));
    const token = await server.mint();
    const error = await failureOf(await caller(token), token, server.clientSecret, 'alice@contoso.example');
    expect(error.reason).toEqual({ kind: 'unauthenticated' });
    expect(error.message).toMatch(/not exchanged.*AADSTS65001/);
  });

  it('is not tried again at once, but with a new token it is', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    server.fail('token', answer(400, oauthError('invalid_grant', 50013)), 1);
    const known = await caller(await server.mint({ jti: '1' }));
    for (let n = 0; n < 20; n++) expect(await reasonOf(known)).toEqual({ kind: 'unauthenticated' });
    await clock.advance(59_999);
    expect(await reasonOf(known)).toEqual({ kind: 'unauthenticated' });
    expect(server.counts.token).toBe(1);

    await (await caller(await server.mint({ jti: '2' }))).accessToken();
    expect(server.counts.token).toBe(2);
    await clock.advance(1);
    await known.accessToken();
    expect(server.counts.token).toBe(3);
  });

  it('with 429 leaves the authority alone for as long as it says, in everybody’s name', async () => {
    const { caller, server, clock, log } = await startIdentity('on-behalf-of');
    const [one, other] = [await caller(await server.mint()), await caller(await server.mint({ oid: OTHER_USER_ID }))];
    server.fail('token', answer(429, oauthError('temporarily_unavailable', 90055), { 'retry-after': '7' }), 1);
    expect(await reasonOf(one)).toEqual({ kind: 'throttled', retryAfterMs: 7_000 });
    await clock.advance(2_000);
    expect(await reasonOf(other)).toEqual({ kind: 'throttled', retryAfterMs: 5_000 });
    await clock.advance(4_999);
    expect(await reasonOf(one)).toEqual({ kind: 'throttled', retryAfterMs: 1 });
    expect(server.counts.token).toBe(1);
    await clock.advance(1);
    await one.accessToken();
    await other.accessToken();
    expect(log.filter(({ level }) => level === 'error')).toEqual([]); // no operator can help it
  });

  it('with 503 and a time is a throttle, and with 429 and none ever longer pauses', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    const known = await caller(await server.mint(LATE));
    server.fail('token', answer(503, '', { 'retry-after': '2' }), 1);
    expect(await reasonOf(known)).toEqual({ kind: 'throttled', retryAfterMs: 2_000 });
    await clock.advance(2_000);

    server.fail('token', answer(429));
    const before = server.counts.token;
    for (let second = 0; second < 600; second++) {
      expect(await reasonOf(known)).toMatchObject({ kind: 'throttled' });
      await clock.advance(1_000);
    }
    expect(server.counts.token - before).toBeLessThan(20);
    expect(server.counts.token - before).toBeGreaterThan(8);
  });

  it('of one caller holds up no other, when the authority has an error of its own', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    const [one, other] = [await caller(await server.mint()), await caller(await server.mint({ oid: OTHER_USER_ID }))];
    server.fail('token', answer(500, '<html>'), 1);
    expect(await reasonOf(one)).toEqual({ kind: 'unavailable' });
    await other.accessToken();
    expect(await reasonOf(one)).toEqual({ kind: 'unavailable' });
    expect(server.counts.token).toBe(2);
    await clock.advance(2_000);
    await one.accessToken();
  });

  it.each<[string, Fault]>([
    ['500', answer(500)],
    ['502 in HTML', answer(502, '<html>')],
    ['400 that passes', answer(400, oauthError('temporarily_unavailable', 90033))],
    ['a redirect', answer(302, '', { location: 'https://evil.example/' })],
    ['HTML', answer(200, '<html>')],
    ['no token', answer(200, { token_type: 'Bearer', expires_in: 3_600 })],
    ['no life', answer(200, { token_type: 'Bearer', access_token: 'abc' })],
    ['a token that is none', answer(200, { token_type: 'Bearer', access_token: 'a\r\nb: c', expires_in: 3_600 })],
    ['a list', answer(200, [])],
    ['an endless body', answer(200, 'x'.repeat(2 ** 20 + 1))],
    ['half a body', { kind: 'cut' }],
  ])('with %s is no fault of the caller', async (_what, fault) => {
    const { caller, server } = await startIdentity('on-behalf-of');
    server.fail('token', fault);
    const token = await server.mint();
    const error = await failureOf(await caller(token), token, server.clientSecret, 'alice@contoso.example');
    expect(error.reason).toEqual({ kind: 'unavailable' });
    expect(server.counts.token).toBe(1);
  });

  it('for want of any answer fails in time', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    server.fail('token', { kind: 'hang' });
    const known = await caller(await server.mint());
    const waiting = reasonOf(known);
    await server.arrived('token', 1);
    await clock.advance(10_000);
    expect(await waiting).toEqual({ kind: 'unavailable' });
  });

  it.each([
    ['unauthorized_client', 400, 'unauthenticated', [7_000_114]],
    ['unauthorized_client', 400, 'unauthenticated', [50_053]],
    ['invalid_client', 401, 'unauthenticated', [70_002, 50_013]],
    ['unauthorized_client', 400, 'unavailable', [1]],
    ['unauthorized_client', 400, 'unavailable', undefined],
    ['invalid_request', 400, 'unavailable', [50_027]],
    ['access_denied', 403, 'unavailable', [53_003]],
    ['a_fault_of_tomorrow', 418, 'unavailable', [1]],
    [undefined, 404, 'unavailable', undefined],
  ])('of one caller stops no other: %s, %i is %s, %j', async (error, status, kind, codes) => {
    const { caller, server, clock, log } = await startIdentity('on-behalf-of');
    const [one, other] = [await caller(await server.mint()), await caller(await server.mint({ oid: OTHER_USER_ID }))];
    server.fail('token', answer(status, { ...oauthError('', 0), error, error_codes: codes }), 1);
    expect(await reasonOf(one)).toEqual({ kind });
    await other.accessToken();
    expect(await reasonOf(one)).toEqual({ kind }); // in its own pause
    expect(server.counts.token).toBe(2);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
    await clock.advance(60_000);
    await one.accessToken();
  });

  it.each([
    ['invalid_client', 401, 7_000_215],
    ['invalid_client', 401, 7_000_222],
    ['invalid_client', 401, 700_027],
    ['unauthorized_client', 400, 700_016],
    ['unauthorized_client', 400, 7_000_112],
    ['invalid_request', 400, 90_002],
    ['invalid_scope', 400, 70_011],
    ['invalid_resource', 400, 500_011],
    ['unsupported_grant_type', 400, 70_003],
  ])('for the gateway’s own fault is told to its operator: %s', async (error, status, code) => {
    const { caller, server, clock, log } = await startIdentity('on-behalf-of');
    const token = await server.mint();
    const [one, other] = [await caller(token), await caller(await server.mint({ oid: OTHER_USER_ID }))];
    server.fail('token', answer(status, oauthError(error, code)), 1);
    const failure = await failureOf(one, token, server.clientSecret, 'alice@contoso.example');
    expect(failure.reason).toEqual({ kind: 'unavailable' });
    expect(await reasonOf(other)).toEqual({ kind: 'unavailable' }); // who would be told the same
    expect(server.counts.token).toBe(1);
    const told = log.filter(({ level }) => level === 'error');
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).toContain(`AADSTS${code}`);
    expectNothingOf([token, server.clientSecret, 'alice@contoso.example'], ...log);
    await clock.advance(2_000);
    await one.accessToken();
  });

  it('is what a wrong secret makes of every exchange', async () => {
    const { caller, server } = await startIdentity('on-behalf-of', {
      credential: { kind: 'secret', secret: () => 'not-the-secret-of-this-gateway' },
    });
    const error = await failureOf(await caller(await server.mint()), 'not-the-secret-of-this-gateway');
    expect(error.message).toMatch(/does not accept this gateway \(401, AADSTS7000215\)/);
  });

  it('is what a certificate of somebody else makes of every exchange', async () => {
    const [own, other] = [await certificateFor('127.0.0.1'), await certificateFor('127.0.0.1')];
    const { caller, server } = await startIdentity('on-behalf-of', {
      clientCertificate: own.certificate,
      credential: credentialOf(other.certificate, other.key),
    });
    const error = await failureOf(await caller(await server.mint()), other.key);
    expect(error.message).toMatch(/AADSTS700027/);
  });
});

describe('callers who are gone', () => {
  it('leave nothing behind in the library that asked for their tokens', async () => {
    const applications: WeakRef<object>[] = [];
    const { prototype } = ConfidentialClientApplication;
    const ask = Object.getOwnPropertyDescriptor(prototype, 'acquireTokenOnBehalfOf')?.value as AskOnBehalfOf;
    prototype.acquireTokenOnBehalfOf = function (request) {
      applications.push(new WeakRef(this));
      return ask.call(this, request);
    };
    const { caller, server } = await startIdentity('on-behalf-of');
    for (let n = 0; n < 10; n++) await (await caller(await server.mint({ jti: String(n) }))).accessToken();
    prototype.acquireTokenOnBehalfOf = ask;
    expect(server.counts.token).toBe(10);
    expect(applications).toHaveLength(10);
    await new Promise((resolve) => setImmediate(resolve)); // what was looked at is held until then
    collectGarbage();
    // The last one may still be on the stack of the promises that had it.
    expect(applications.filter((one) => one.deref() !== undefined).length).toBeLessThanOrEqual(1);
  });

  it('are forgotten when their tokens have ended', async () => {
    const { caller, server, clock } = await startIdentity('on-behalf-of');
    for (let n = 0; n < 20; n++) {
      const known = await caller(await server.mint({ jti: String(n) }));
      if (n % 2 === 0) server.fail('token', answer(500), 1);
      await known.accessToken().catch(() => null);
    }
    expect(clock.pending).toBeGreaterThan(0);
    await clock.advance(62 * MINUTE_MS);
    expect(clock.pending).toBe(0); // whatever is held of anybody has a sweep before it
  });
});

it('an identity that was closed asks for nothing more', async () => {
  const { caller, identity, server } = await startIdentity('on-behalf-of');
  const known = await caller(await server.mint());
  server.fail('token', { kind: 'hang' });
  const waiting = reasonOf(known);
  await server.arrived('token', 1);
  await identity.close();
  expect(await waiting).toEqual({ kind: 'unavailable' });
  expect(await reasonOf(await caller(await server.mint({ jti: '2' })))).toEqual({ kind: 'unavailable' });
});

function credentialOf(certificate: string, key: string) {
  const thumbprintSha256 = new X509Certificate(certificate).fingerprint256.replaceAll(':', '');
  return { kind: 'certificate' as const, thumbprintSha256, chain: certificate, privateKey: () => key };
}
