import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomUUID,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compactVerify, decodeProtectedHeader, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { generate } from 'selfsigned';
import { secret } from './secrets.js';

/**
 * A token authority that speaks as Microsoft Entra does: discovery, keys that rotate, and a token endpoint that checks
 * what it is given, over real HTTP or HTTPS with real keys. It shares nothing with the gateway.
 */
export interface TokenServer {
  readonly url: URL;
  /** The certificate to believe; undefined where it speaks plain HTTP. */
  readonly ca: string | undefined;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What was asked so far. */
  readonly counts: Readonly<Record<Place, number>>;
  /** The forms of the token requests so far. */
  readonly tokenRequests: readonly URLSearchParams[];
  /** Resolves when so many requests have come to a place. */
  arrived(place: Place, count: number): Promise<void>;

  /** A token for the gateway, good in every way but for what is said; null leaves a claim out. */
  mint(claims?: Claims, header?: Readonly<Record<string, string>>): Promise<string>;
  /** The same, signed by something else than the server's key. */
  mintBy(forger: Forger, claims?: Claims, header?: Readonly<Record<string, string>>): Promise<string>;
  /** Signs with a new key from now on. The one before stays published for so long, or is withdrawn. */
  rotateKeys(before?: 'published' | 'withdrawn'): Promise<void>;

  /** What the next answers of a place are instead of the right ones; null makes it well again. */
  fail(place: Place, fault: Fault | null, times?: number): void;
  /** Of the tokens for Graph that are given out from now on. */
  setLife(seconds: number): void;
  /** Whose token for Graph this is; null for one that was not given out here. */
  ownerOf(graphToken: string): GraphTokenOwner | null;
  close(): Promise<void>;
}

export type Place = 'discovery' | 'keys' | 'token';

export type Claims = Readonly<Record<string, unknown>>;

/** `none`: nobody · `hs256`: whoever knows the public key · `stranger`: a key of somebody else, under the right name. */
export type Forger = 'none' | 'hs256' | 'stranger';

export type GraphTokenOwner = { readonly kind: 'app' } | { readonly kind: 'user'; readonly oid: string };

export type Fault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
    }
  /** Takes the request and says nothing. */
  | { readonly kind: 'hang' }
  /** The connection ends in the middle of the answer. */
  | { readonly kind: 'cut' };

export interface TokenServerOptions {
  /** What tokens are dated by; the machine's clock unless told. */
  readonly now?: () => number;
  readonly secure?: boolean;
  /** The client's certificate, PEM: then it must prove itself with that, and no secret will do. */
  readonly clientCertificate?: string;
  readonly tenantId?: string;
  readonly clientId?: string;
  /** Graph's root, whose `.default` scope must be asked for. */
  readonly graphUrl: URL;
  /** What the discovery document says instead of the right things. */
  readonly discovery?: Readonly<Record<string, unknown>>;
}

const CLIENT_SECRET = secret('token-server~client.secret-0123456789');
const TENANT_ID = '7e4a0000-0000-4000-8000-0000000000aa';
const CLIENT_ID = 'c11e0000-0000-4000-8000-0000000000bb';
export const USER_ID = secret('05e70000-0000-4000-8000-0000000000cc');

interface SigningKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { tenantId = TENANT_ID, clientId = CLIENT_ID, now = () => Date.now(), secure = false } = options;
  let keysMade = 0;
  const nextKey = (): Promise<SigningKey> => keyAt(++keysMade);
  let current = await nextKey();
  let published = [current];
  let lifeSeconds = 3_600;
  const counts = { discovery: 0, keys: 0, token: 0 };
  const faults = new Map<Place, { readonly fault: Fault; left: number }>();
  const waiting = new Set<() => void>();
  const owners = new Map<string, GraphTokenOwner>();
  const tokenRequests: URLSearchParams[] = [];

  const pems = secure ? await certificateFor('127.0.0.1') : null;
  const listener: RequestListener = (request, response) => {
    handle(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  };
  const server =
    pems === null ? createServer(listener) : createSecureServer({ key: pems.key, cert: pems.certificate }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const issuer = `${url.origin}/${tenantId}/v2.0`;
  const tokenPath = `/${tenantId}/oauth2/v2.0/token`;
  const places: Readonly<Record<string, Place>> = {
    [`/${tenantId}/v2.0/.well-known/openid-configuration`]: 'discovery',
    [`/${tenantId}/discovery/v2.0/keys`]: 'keys',
    [tokenPath]: 'token',
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const place = places[request.url ?? ''];
    if (place === undefined) {
      send(response, 404, { error: 'invalid_resource' });
      return;
    }
    if (place === 'token') tokenRequests.push(new URLSearchParams(body));
    counts[place]++;
    for (const look of waiting) look();
    const planned = faults.get(place);
    if (planned !== undefined) {
      if (--planned.left === 0) faults.delete(place);
      misbehave(response, planned.fault);
    } else if (place === 'token') {
      const [status, answer] = await grant(new URLSearchParams(body));
      send(response, status, answer);
    } else {
      send(response, 200, place === 'discovery' ? discovery() : { keys: published.map(publicJwk) });
    }
  }

  const discovery = (): object => ({
    issuer,
    jwks_uri: `${url.origin}/${tenantId}/discovery/v2.0/keys`,
    token_endpoint: `${url.origin}${tokenPath}`,
    id_token_signing_alg_values_supported: ['RS256'],
    ...options.discovery,
  });

  async function grant(form: URLSearchParams): Promise<[status: number, body: object]> {
    const refused = await refuseClient(form);
    if (refused !== null) return refused;
    if (!(form.get('scope') ?? '').split(' ').includes(`${options.graphUrl.origin}/.default`)) {
      return [400, oauthError('invalid_scope', 70011)];
    }
    if (form.get('grant_type') === 'client_credentials') return [200, giveOut({ kind: 'app' })];
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      return [400, oauthError('unsupported_grant_type', 70003)];
    }
    if (form.get('requested_token_use') !== 'on_behalf_of') return [400, oauthError('invalid_request', 90014)];
    const oid = await assertedUser(form.get('assertion') ?? '');
    return oid === null ? [400, oauthError('invalid_grant', 50013)] : [200, giveOut({ kind: 'user', oid })];
  }

  /** @returns null for the gateway, proved as it must */
  async function refuseClient(form: URLSearchParams): Promise<[number, object] | null> {
    if (form.get('client_id') !== clientId) return [400, oauthError('unauthorized_client', 700016)];
    if (options.clientCertificate === undefined) {
      return form.get('client_secret') === CLIENT_SECRET ? null : [401, oauthError('invalid_client', 7000215)];
    }
    const { publicKey, fingerprint256 } = new X509Certificate(options.clientCertificate);
    const assertion = form.get('client_assertion') ?? '';
    if (assertion !== '') secret(assertion);
    try {
      await jwtVerify(assertion, publicKey, {
        algorithms: ['PS256'],
        issuer: clientId,
        subject: clientId,
        audience: `https://${url.host}${tokenPath}`,
        requiredClaims: ['exp', 'nbf', 'jti'],
        clockTolerance: 5, // MSAL rounds the present second up
      });
      const thumbprint = Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url');
      const named = decodeProtectedHeader(assertion)['x5t#S256'];
      return named === thumbprint ? null : [401, oauthError('invalid_client', 700027)];
    } catch {
      return [401, oauthError('invalid_client', 700027)];
    }
  }

  async function assertedUser(assertion: string): Promise<string | null> {
    try {
      const key = published.find(({ kid }) => kid === decodeProtectedHeader(assertion).kid);
      const { payload } = await compactVerify(assertion, key?.publicKey ?? current.publicKey, {
        algorithms: ['RS256'],
      });
      const { aud, exp = 0, oid } = JSON.parse(Buffer.from(payload).toString()) as JWTPayload & { oid?: string };
      const isOurs = aud === clientId || aud === `api://${clientId}`;
      return isOurs && exp * 1_000 > now() && oid !== undefined ? oid : null;
    } catch {
      return null;
    }
  }

  function giveOut(owner: GraphTokenOwner): object {
    const token = secret(`graph-token.${owners.size + 1}.${randomUUID()}`);
    owners.set(token, owner);
    return {
      token_type: 'Bearer',
      scope: 'Team.ReadBasic.All',
      expires_in: lifeSeconds,
      ext_expires_in: lifeSeconds,
      access_token: token,
      ...(owner.kind === 'user' && { refresh_token: secret(`refresh-token.${randomUUID()}`) }),
    };
  }

  const claimsWith = (claims: Claims): JWTPayload => {
    const seconds = Math.floor(now() / 1_000);
    const all: Claims = {
      ver: '2.0',
      iss: issuer,
      aud: `api://${clientId}`,
      tid: tenantId,
      oid: USER_ID,
      sub: 'a-subject-of-this-app',
      azp: 'f407e4d0-0000-4000-8000-0000000000dd',
      scp: 'access_as_user',
      iat: seconds,
      nbf: seconds,
      exp: seconds + 3_600,
      ...claims,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  };
  const sign = (key: KeyObject, claims: Claims, header: Readonly<Record<string, string>>): Promise<string> =>
    new SignJWT(claimsWith(claims))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: current.kid, ...header })
      .sign(key)
      .then(secret);

  return {
    url,
    ca: pems?.certificate,
    tenantId,
    clientId,
    clientSecret: CLIENT_SECRET,
    counts,
    tokenRequests,
    arrived: (place, count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (counts[place] < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    mint: (claims = {}, header = {}) => sign(current.privateKey, claims, header),
    async mintBy(forger, claims = {}, header = {}) {
      if (forger === 'stranger') return sign((await keyAt(0)).privateKey, claims, header);
      const alg = forger === 'none' ? 'none' : 'HS256';
      const words = [{ alg, typ: 'JWT', kid: current.kid, ...header }, claimsWith(claims)].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      const signed = words.join('.');
      if (forger === 'none') return secret(`${signed}.`);
      const publicPem = current.publicKey.export({ type: 'spki', format: 'pem' });
      return secret(`${signed}.${createHmac('sha256', publicPem).update(signed).digest('base64url')}`);
    },
    async rotateKeys(before = 'published') {
      current = await nextKey();
      published = before === 'published' ? [...published, current] : [current];
    },
    fail(place, fault, times = Infinity) {
      if (fault === null) faults.delete(place);
      else faults.set(place, { fault, left: times });
    },
    setLife: (seconds) => void (lifeSeconds = seconds),
    ownerOf: (token) => owners.get(token) ?? null,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An error as Entra writes them, with a sentence that nobody but its reader should see. */
export function oauthError(error: string, code: number, more: object = {}): object {
  return {
    error,
    error_description: `AADSTS${code}: A sentence that names alice@contoso.example. Trace ID: 1`,
    error_codes: [code],
    timestamp: '2026-01-01 00:00:00Z',
    trace_id: '71ace000-0000-4000-8000-000000000001',
    correlation_id: 'c0442e1a-0000-4000-8000-000000000002',
    ...more,
  };
}

/** A self-signed certificate with its key, PEM. */
export async function certificateFor(ip: string): Promise<{ certificate: string; key: string }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: ip }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip }] },
    ],
  });
  return { certificate: cert, key };
}

/** Keys take their time to make, so the servers of one process share them: the first of all is nobody's. */
const keyring: Promise<SigningKey>[] = [];

function keyAt(index: number): Promise<SigningKey> {
  return (keyring[index] ??= keyOfRun(index));
}

/** Whoever needs such a key first in a run of tests leaves it to the others, in the folder of the run: it ends with that. */
async function keyOfRun(index: number): Promise<SigningKey> {
  const folder = process.env['SECRETS_FOLDER'];
  const path = folder === undefined ? null : join(folder, `signing-key-${index}.json`);
  const left = path === null ? null : await readFile(path, 'utf8').catch(() => null);
  if (left !== null) {
    const { kid, pem } = JSON.parse(left) as { kid: string; pem: string };
    return { kid, publicKey: createPublicKey(pem), privateKey: createPrivateKey(pem) };
  }
  const key = { kid: randomUUID(), ...(await promisify(generateKeyPair)('rsa', { modulusLength: 2_048 })) };
  if (path !== null) {
    const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(`${path}.${key.kid}`, JSON.stringify({ kid: key.kid, pem }));
    await rename(`${path}.${key.kid}`, path); // whole, or not there
  }
  return key;
}

/** Without `alg`, as Entra's are. */
function publicJwk({ kid, publicKey }: SigningKey): object {
  return { kty: 'RSA', use: 'sig', kid, ...publicKey.export({ format: 'jwk' }) };
}

function misbehave(response: ServerResponse, fault: Fault): void {
  if (fault.kind === 'hang') return;
  if (fault.kind === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"access_token":"');
    response.destroy();
    return;
  }
  send(response, fault.status, fault.body, fault.headers);
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
