import { request as ask } from 'node:http';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startProcess, type GatewayProcess } from '../support/gateway-process.js';
import { startSandboxGateway, TOKEN } from '../support/gateway.js';
import { secret } from '../support/secrets.js';

const OPERATOR = secret('an-operator-of-this-gateway-5f1c');
const environment = { OPERATOR_TOKEN: OPERATOR };

interface WatchesAnswer {
  readonly totals: Readonly<Record<string, number>>;
  readonly hosts: readonly Readonly<Record<string, unknown>>[];
  readonly watches: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}

function watchesOf(url: string, search = '', token: string | null = OPERATOR, method = 'GET'): Promise<Response> {
  return fetch(`${url}/debug/watches${search}`, {
    method,
    headers: { connection: 'close', ...(token !== null && { authorization: `Bearer ${token}` }) },
  });
}

describe('what an operator sees', () => {
  it('is not there without OPERATOR_TOKEN', async () => {
    const { url } = await startSandboxGateway();
    const [debug, nothing] = await Promise.all([
      watchesOf(url),
      fetch(`${url}/nothing`, { headers: { connection: 'close' } }),
    ]);
    expect(debug.status).toBe(404);
    expect(debug.headers.get('www-authenticate')).toBeNull();
    expect(await debug.text()).toBe(await nothing.text());
  });

  it.each([
    { shown: null, because: 'nothing is shown' },
    { shown: '', because: 'it is empty' },
    { shown: OPERATOR.slice(0, -1), because: 'its end is missing' },
    { shown: `${OPERATOR}x`, because: 'it has one sign more' },
    { shown: OPERATOR.toUpperCase(), because: 'it is written otherwise' },
    { shown: TOKEN, because: 'it is that of a caller' },
  ])('is for nobody else: $because', async ({ shown }) => {
    const { url, watch, sandbox } = await startSandboxGateway({ environment });
    const { location } = sandbox.begin({ life: { stalls: true } });
    await (await watch({ refs: [{ location }] })).change();
    const answer = await watchesOf(url, '', shown);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="operator"');
    const text = await answer.text();
    expect(text).toContain('OPERATOR_TOKEN');
    expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(text).not.toContain('operations/');
  });

  it('is told whole: what is watched, by whom how often, and when it is checked', async () => {
    const { url, watch, watchHost, sandbox } = await startSandboxGateway({ environment });
    sandbox.addToken(secret('token-of-the-second-caller'), sandbox.demoUser);
    const { location, hostId: team } = sandbox.begin({ life: { stalls: true } });
    const watching = await Promise.all([
      watch({ refs: [{ location }] }),
      watch({ refs: [{ location }] }),
      watch({ refs: [{ location }] }, 'token-of-the-second-caller'),
    ]);
    for (const each of watching) await each.change();
    await (await watchHost({ host: { teamId: team } })).change();

    const answer = await watchesOf(url);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = await answer.text();
    const { totals, hosts, watches, next } = JSON.parse(text) as WatchesAnswer;
    expect(totals).toMatchObject({ hosts: 1, lists: 1, overdueProofs: 0 });
    expect(hosts).toEqual([
      expect.objectContaining({ location: `/v1.0/teams/${team}`, kind: 'team', scopes: 2, listSubscribers: 1 }),
    ]);
    expect(watches[0]).toMatchObject({ location: `/v1.0/teams/${team}/operations`, type: 'list', subscribers: 1 });
    expect(watches.find(({ subscribers }) => subscribers === 4)).toEqual({
      location: expect.stringContaining(`/v1.0/teams/${team}/operations/`),
      type: 'operation',
      kind: 'team',
      host: `/v1.0/teams/${team}`,
      state: expect.stringMatching(/^(NOT_STARTED|RUNNING)$/),
      checkedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      nextCheckAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      delayedBy: null,
      subscribers: 4,
      scopes: 2,
      unproved: 0,
      isElsewhere: false,
    });
    expect(next).toBeNull();
    for (const told of [TOKEN, 'token-of-the-second-caller', OPERATOR]) expect(text).not.toContain(told);
    expect(text).not.toMatch(/[A-Za-z0-9_-]{40,}/); // nor a hash, which would name a caller
  });

  it('comes in pages, in the order of locations', async () => {
    const { url, watch, sandbox } = await startSandboxGateway({ environment });
    const refs = Array.from({ length: 5 }, () => ({ location: sandbox.begin({ life: { stalls: true } }).location }));
    const watching = await watch({ refs });
    for (let told = 0; told < 5; told++) await watching.change();
    const seen: unknown[] = [];
    const sizes: number[] = [];
    let search = '?limit=2';
    for (;;) {
      const page = (await (await watchesOf(url, search)).json()) as WatchesAnswer;
      expect(page.totals['operations']).toBe(5);
      sizes.push(page.watches.length);
      seen.push(...page.watches.map(({ location }) => location));
      if (page.next === null) break;
      search = `?limit=2&after=${encodeURIComponent(page.next)}`;
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual([...new Set(seen)].sort());
  });

  it.each(['0', '1001', '-1', '1.5', 'all', ''])('has no page of limit=%s', async (limit) => {
    const { url } = await startSandboxGateway({ environment });
    const answer = await watchesOf(url, `?limit=${limit}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('limit must be a whole number from 1 to 1000');
  });

  it('is only looked at', async () => {
    const { url } = await startSandboxGateway({ environment });
    const answer = await watchesOf(url, '', OPERATOR, 'POST');
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('GET');
  });
});

describe('the token of operators', () => {
  let gateway: GatewayProcess | null = null;
  afterEach(async () => {
    gateway?.kill('SIGKILL');
    await gateway?.ended;
    gateway = null;
  });

  it('is told by no log, whether it was right or nearly', async () => {
    gateway = startProcess({ OPERATOR_TOKEN: OPERATOR, LOG_LEVEL: 'trace' });
    const url = await gateway.url();
    expect((await watchesOf(url)).status).toBe(200);
    expect((await watchesOf(url, '', OPERATOR.slice(1))).status).toBe(401);
    expect((await watchesOf(url, `?after=${OPERATOR}`)).status).toBe(200);
    const raw = ask(`${url}/debug/watches`, { headers: { authorization: `Basic ${OPERATOR}` } }).end();
    await once(raw, 'response');
    gateway.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
    expect(gateway.lines('request').map(({ status }) => status)).toEqual(expect.arrayContaining([200, 401]));
    expect(gateway.output.out + gateway.output.err).not.toContain(OPERATOR.slice(1));
  });

  it('is not repeated where it is too short', async () => {
    const short = secret('too-short-7d21');
    gateway = startProcess({ OPERATOR_TOKEN: short });
    expect(await gateway.ended).toBe(1);
    expect(gateway.output.err).toMatch(/^OPERATOR_TOKEN must have 16 characters/);
    expect(gateway.output.err).not.toContain(short);
  });
});
