import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const SEARCH = new URL('secrets-search.mjs', import.meta.url).href;
const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));
const TOKEN = 'planted+token/of"a-caller';
const CLAIMS = { oid: '3f0c1f2e-5c3d-4f7a-9f51-0d6f3a1b2c4d', name: 'Nora Nobody-Else', exp: 1 };
const SIGNATURE = 'c2lnbmF0dXJlLW9mLWEtdG9rZW4';
const JWT = tokenThatSays(CLAIMS);
const PAYLOAD = payloadOf(CLAIMS);

describe('the search for secrets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'a-prepared-run-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const prepare = (secrets: readonly string[], output: string): void => {
    writeFileSync(
      join(folder, 'test%2Fa.test.ts.secrets'),
      secrets.map((each) => `${JSON.stringify(each)}\n`).join(''),
    );
    writeFileSync(join(folder, 'test%2Fb.test.ts.output'), output);
  };
  /** In a process of its own, as after a run. */
  const search = async (): Promise<string> => {
    const script = `import { searchFolder, tell } from ${JSON.stringify(SEARCH)};
      console.log(tell(searchFolder(${JSON.stringify(folder)})));`;
    const { out } = await run(['--input-type=module', '--eval', script]);
    return out.trimEnd();
  };

  it('finds nothing where nothing is, and says what it searched', async () => {
    prepare([TOKEN, JWT, TOKEN], 'log: nothing of it\n'.repeat(10_000));
    expect(await search()).toBe('searched 0.2 MB of output for 2 secrets: none found');
  });

  it.each([
    { form: 'as it is', said: TOKEN },
    { form: 'at the very end', said: TOKEN, end: '' },
    { form: 'in JSON', said: JSON.stringify({ token: TOKEN }) },
    { form: 'in an address', said: `/graphql?access_token=${encodeURIComponent(TOKEN)}` },
    { form: 'in base64', said: Buffer.from(TOKEN).toString('base64') },
    { form: 'in base64, after one byte', said: Buffer.from(`:${TOKEN}:x`).toString('base64') },
    { form: 'in base64url, after two bytes', said: Buffer.from(`ab${TOKEN}:`).toString('base64url') },
    { form: 'that is a whole JWT', said: JWT },
    { form: 'that is what a JWT says', said: PAYLOAD },
    { form: 'that a JWT is signed with', said: SIGNATURE },
    { form: 'by which a JWT names its caller', said: CLAIMS.oid },
    { form: 'that is the caller’s name', said: `"name":"${CLAIMS.name}"` },
  ])('finds a secret $form, and does not tell it again', async ({ said, end = ' and more\n' }) => {
    prepare([TOKEN, JWT], `log: a line\nanswer: ${'before '.repeat(100)}${said}${end}`);
    const found = await search();
    expect(found).toMatch(
      /^searched 0\.0 MB of output for 2 secrets: found in 1 lines\n {2}test\/b\.test\.ts: answer: /,
    );
    expect(found).toMatch(/\[(pla|eyJ)…/);
    for (const part of [said, TOKEN, PAYLOAD, SIGNATURE, CLAIMS.oid, CLAIMS.name]) expect(found).not.toContain(part);
  });

  it('counts each line once, and tells no more than a reader can take', async () => {
    prepare([TOKEN], `log: ${TOKEN} ${TOKEN}\n`.repeat(50));
    const [first = '', ...lines] = (await search()).split('\n');
    expect(first).toMatch(/found in 50 lines$/);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('  and 30 more');
  });

  it('passes over the token that everybody is given, and names that are too short to be told from words', async () => {
    prepare(['sandbox-token', 'hers'], 'log: sandbox-token, hers\n');
    expect(await search()).toBe('searched 0.0 MB of output for 0 secrets: none found');
  });

  it('passes over the id of an application that proves itself, which is public, and over nothing else of the proof', async () => {
    const clientId = '8f1d2c3b-0000-4000-8000-0000000000aa';
    const assertion = tokenThatSays({ iss: clientId, sub: clientId, name: CLAIMS.name });
    prepare([assertion], `answer: the audience must be ${clientId}\n`);
    expect(await search()).toBe('searched 0.0 MB of output for 1 secrets: none found');
    for (const said of [assertion, assertion.split('.')[1], SIGNATURE, CLAIMS.name]) {
      prepare([assertion], `answer: ${said}\n`);
      expect(await search()).toMatch(/found in 1 lines/);
    }
  });

  it.each([
    { claims: { iss: 'https://authority.example', sub: CLAIMS.oid }, because: 'somebody else gave it out' },
    { claims: { iss: CLAIMS.oid, oid: CLAIMS.oid, sub: 'another' }, because: 'it is about another one' },
    { claims: { iss: CLAIMS.oid, sub: CLAIMS.oid, oid: CLAIMS.oid }, because: 'it names a user as well' },
  ])('does not take a caller’s id for an application’s when $because', async ({ claims }) => {
    prepare([tokenThatSays(claims)], `answer: ${CLAIMS.oid}\n`);
    expect(await search()).toMatch(/found in 1 lines/);
  });
});

describe('a run of tests', () => {
  it.each([
    {
      planted: 'leak',
      code: 1,
      said: /for 1 secrets: found in 1 lines\n {2}test\/support\/planted\/leak\.ts: console: /,
    },
    { planted: 'none', code: 0, said: /for 1 secrets: none found/ },
  ])('ends with $code when all its tests pass and its leaks are: $planted', async ({ planted, code, said }) => {
    const ended = await run(['--experimental-vm-modules', JEST, '--testMatch', '**/planted/leak.ts'], {
      PLANTED: planted,
    });
    expect(ended).toMatchObject({ code, err: expect.stringMatching(said) });
    expect(ended.err).toMatch(/Tests: +1 passed, 1 total/);
  });
});

function payloadOf(claims: object): string {
  return Buffer.from(JSON.stringify(claims)).toString('base64url');
}

function tokenThatSays(claims: object): string {
  return `eyJhbGciOiJSUzI1NiJ9.${payloadOf(claims)}.${SIGNATURE}`;
}

async function run(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: unknown; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, words, { env: { PATH: process.env['PATH'], ...environment } });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[unknown]>,
  ]);
  return { code, out, err };
}
