import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readAuth, readScopeKey } from '../../src/config/auth.js';
import { createEnvironmentReader } from '../../src/config/environment.js';
import { certificateFor } from '../support/token-server.js';

const TENANT_ID = '7e4a0000-0000-4000-8000-0000000000aa';
const CLIENT_ID = 'c11e0000-0000-4000-8000-0000000000bb';
const SECRET = 'hush~this.is-the-secret';
const ENTRA = { GRAPH_URL: 'https://graph.microsoft.com', TENANT_ID, CLIENT_ID, CLIENT_SECRET: SECRET };
const ON_BEHALF_OF = { GRAPH_AUTH: 'on-behalf-of', ...ENTRA };
const APP = { GRAPH_AUTH: 'app', ...ENTRA };

function read(environment: Readonly<Record<string, string>>) {
  const reader = createEnvironmentReader(environment);
  const graphUrl = environment['GRAPH_URL'] === undefined ? null : new URL(environment['GRAPH_URL']);
  return { auth: readAuth(reader, graphUrl), scopeKey: readScopeKey(reader), problems: reader.problems };
}

function without(environment: Readonly<Record<string, string>>, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([other]) => other !== name));
}

/** What is wrong, of which nothing may quote a secret. */
function problemsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  const { problems } = read(environment);
  expect(problems.join()).not.toContain(SECRET);
  for (const problem of problems) expect(problem).toMatch(/^[A-Z_]+ [^\n]+\.$/);
  return problems;
}

describe('whose token Graph sees', () => {
  it('is the caller’s unless told', () => {
    expect(read({})).toEqual({ auth: { mode: 'forward' }, scopeKey: null, problems: [] });
  });

  it('may be one on behalf of the caller', () => {
    const { auth, problems } = read(ON_BEHALF_OF);
    expect(problems).toEqual([]);
    expect(auth).toEqual({
      mode: 'on-behalf-of',
      authorityUrl: new URL('https://login.microsoftonline.com'),
      tenantId: TENANT_ID,
      clientId: CLIENT_ID,
      credential: { kind: 'secret', secret: expect.any(Function) },
      audiences: [CLIENT_ID, `api://${CLIENT_ID}`],
    });
    expect(auth.mode === 'on-behalf-of' && auth.credential.kind === 'secret' && auth.credential.secret()).toBe(SECRET);
  });

  it('may be the gateway’s, for callers with a role', () => {
    expect(read(APP)).toMatchObject({ auth: { mode: 'app', requiredRole: 'Operations.Read.All' }, problems: [] });
    expect(read({ ...APP, REQUIRED_ROLE: 'Tasks.See' })).toMatchObject({ auth: { requiredRole: 'Tasks.See' } });
  });

  it('shows no secret to whoever looks at it', () => {
    const { auth, scopeKey } = read({ ...APP, SCOPE_KEY: SECRET.repeat(2) });
    for (const shown of [
      inspect({ auth, scopeKey }, { depth: 9, showHidden: true }),
      JSON.stringify({ auth, scopeKey }),
    ]) {
      expect(shown).not.toContain(SECRET);
    }
  });

  it.each([
    ['https://graph.microsoft.com', 'https://login.microsoftonline.com'],
    ['https://graph.microsoft.us', 'https://login.microsoftonline.us'],
    ['https://dod-graph.microsoft.us', 'https://login.microsoftonline.us'],
    ['https://microsoftgraph.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
  ])('comes for %s from %s', (graph, authority) => {
    expect(read({ ...APP, GRAPH_URL: graph })).toMatchObject({
      auth: { authorityUrl: new URL(authority) },
      problems: [],
    });
    expect(problemsOf({ ...APP, GRAPH_URL: graph, AUTHORITY_URL: authority })).toEqual([]);
  });

  it.each<[name: string, value: string | null, graphUrl?: string]>([
    ['GRAPH_AUTH', 'nobody'],
    ['TENANT_ID', null],
    ['TENANT_ID', 'common'],
    ['TENANT_ID', 'Organizations'],
    ['TENANT_ID', 'consumers'],
    ['TENANT_ID', 'contoso'],
    ['TENANT_ID', 'contoso.example/../common'],
    ['CLIENT_ID', null],
    ['CLIENT_ID', 'my-app'],
    ['CLIENT_SECRET', null],
    ['CLIENT_CERTIFICATE_FILE', '/nowhere/certificate.pem'],
    ['AUTHORITY_URL', 'login.microsoftonline.com'],
    ['AUTHORITY_URL', 'ftp://login.microsoftonline.com'],
    ['AUTHORITY_URL', 'http://login.microsoftonline.com'],
    ['AUTHORITY_URL', `https://login.microsoftonline.com/${TENANT_ID}`],
    ['AUTHORITY_URL', 'https://login.microsoftonline.com?a=b'],
    ['AUTHORITY_URL', 'https://user:hush@login.microsoftonline.com'],
    ['AUTHORITY_URL', 'https://login.microsoftonline.us'],
    ['AUTHORITY_URL', 'https://login.chinacloudapi.cn'],
    ['AUTHORITY_URL', 'https://login.microsoftonline.com', 'https://graph.microsoft.us'],
    ['AUTHORITY_URL', null, 'http://127.0.0.1:4010'],
    ['AUTHORITY_URL', null, 'https://graph.contoso.example'],
    ['TOKEN_AUDIENCES', ','],
    ['TOKEN_AUDIENCES', 'api://this, 00000003-0000-0000-c000-000000000000'],
    ['TOKEN_AUDIENCES', 'https://graph.microsoft.com/'],
    ['REQUIRED_ROLE', 'two words'],
    ['SCOPE_KEY', 'too-short'],
  ])('is refused with %s=%j in one line that names it', (name, value, graphUrl = ENTRA.GRAPH_URL) => {
    const others = without({ ...APP, GRAPH_URL: graphUrl }, name);
    const problems =
      name === 'CLIENT_CERTIFICATE_FILE'
        ? problemsOf({ ...others, [name]: value ?? '' }).filter((problem) => !/both set/.test(problem))
        : problemsOf({ ...others, ...(value !== null && { [name]: value }) });
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  it('may be asked for at an authority on this machine without TLS, and of a tenant by its domain', () => {
    const environment = { ...APP, GRAPH_URL: 'http://127.0.0.1:1', AUTHORITY_URL: 'http://127.0.0.1:2' };
    expect(problemsOf({ ...environment, TENANT_ID: 'contoso.onmicrosoft.com' })).toEqual([]);
    expect(problemsOf({ ...APP, AUTHORITY_URL: 'https://contoso.ciamlogin.com' })).toEqual([]);
  });

  it('needs a Graph that is no sandbox', () => {
    expect(problemsOf(without(APP, 'GRAPH_URL'))).toEqual([
      expect.stringMatching(/^GRAPH_URL must be set with GRAPH_AUTH=app/),
    ]);
  });

  it('lists what has no effect where the caller’s token is forwarded', () => {
    const idle = {
      AUTHORITY_URL: 'https://login.microsoftonline.com',
      TENANT_ID,
      CLIENT_ID,
      CLIENT_SECRET: SECRET,
      CLIENT_CERTIFICATE_FILE: '/nowhere',
      TOKEN_AUDIENCES: 'api://this',
      REQUIRED_ROLE: 'Tasks.See',
    };
    expect(problemsOf(idle)).toEqual(
      Object.keys(idle).map((name) =>
        expect.stringMatching(new RegExp(`^${name} has no effect with GRAPH_AUTH=forward`)),
      ),
    );
    expect(problemsOf({ ...ON_BEHALF_OF, REQUIRED_ROLE: 'Tasks.See' })).toEqual([
      'REQUIRED_ROLE has no effect with GRAPH_AUTH=on-behalf-of.',
    ]);
  });

  it('lists every problem at once', () => {
    const named = problemsOf({ GRAPH_AUTH: 'app', AUTHORITY_URL: 'x' }).map((problem) => problem.split(' ', 1)[0]);
    expect(named).toEqual(['GRAPH_URL', 'TENANT_ID', 'CLIENT_ID', 'AUTHORITY_URL', 'CLIENT_SECRET']);
  });

  it('takes a key for names of callers that is long enough', () => {
    expect(read({ SCOPE_KEY: 'k'.repeat(32) }).scopeKey?.()).toEqual(Buffer.from('k'.repeat(32)));
  });
});

describe('a certificate of the gateway', () => {
  let directory: string;
  let own: { certificate: string; key: string };
  let other: { certificate: string; key: string };

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certificates-'));
    [own, other] = await Promise.all([certificateFor('127.0.0.1'), certificateFor('127.0.0.2')]);
  });
  afterAll(() => rm(directory, { recursive: true }));

  async function readFileOf(pem: string) {
    const path = join(directory, 'certificate.pem');
    await writeFile(path, pem);
    return read({ ...without(APP, 'CLIENT_SECRET'), CLIENT_CERTIFICATE_FILE: path });
  }

  it('is read with its key, and comes before those that vouch for it', async () => {
    const { auth, problems } = await readFileOf(`${other.certificate}\n${own.key}\n${own.certificate}`);
    expect(problems).toEqual([]);
    if (auth.mode !== 'app' || auth.credential.kind !== 'certificate') throw new Error('No certificate.');
    expect(auth.credential.thumbprintSha256).toMatch(/^[0-9A-F]{64}$/);
    const [first, second] = auth.credential.chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
    const plain = (pem = ''): string => pem.replace(/\s/g, '');
    expect([plain(first), plain(second)]).toEqual([plain(own.certificate), plain(other.certificate)]);
    expect(auth.credential.privateKey()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(inspect(auth, { depth: 9, showHidden: true })).not.toContain('PRIVATE KEY');
  });

  it.each<[string, () => string, RegExp]>([
    ['is empty', () => '', /holds no certificate/],
    ['has no key', () => own.certificate, /holds no private key/],
    ['has no certificate', () => own.key, /holds no certificate/],
    ['has the key of another', () => own.certificate + other.key, /belongs to none/],
    [
      'has a broken certificate',
      () => own.certificate.replace('MI', 'MJ') + own.key,
      /certificate that cannot be read/,
    ],
    ['has a broken key', () => own.certificate + own.key.replace('MI', 'MJ'), /private key that cannot be read/],
    ['has an encrypted key', () => own.certificate + encryptedKey(), /encrypted/],
    ['has a key of another kind', () => own.certificate + ellipticKey(), /RSA/],
  ])('is refused when its file %s', async (_how, pem, message) => {
    const { problems } = await readFileOf(pem());
    expect(problems).toEqual([expect.stringMatching(/^CLIENT_CERTIFICATE_FILE [^\n]+\.$/)]);
    expect(problems[0]).toMatch(message);
  });
});

function encryptedKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'hush' }).toString();
}

function ellipticKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}
