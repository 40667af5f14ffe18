import { type Chance } from './fuzz-chance.js';
import { anyHost, anyRef, anyRequest, type FuzzRequest } from './fuzz-requests.js';
import { anyText, anyValue, mutated } from './fuzz-texts.js';

/** In each token of the callers here; nothing that the gateway says may have it. */
export const SECRET = 'kept-to-itself';
export const STREAM_TOKEN_HEADER = 'x-graphql-event-stream-token';

/** How a client takes what comes of its request. */
export interface FuzzManner {
  /** How much of the request it sends; the rest never comes. */
  readonly sends: number;
  readonly waitsFor: 'nothing' | 'a moment' | 'an answer' | 'news';
  readonly goes: 'cuts' | 'resets' | 'ends its half';
  readonly isDeaf: boolean;
  /** What else it sends over the same connection. */
  readonly before: string;
  readonly behind: string;
}

export interface FuzzAsk {
  readonly request: FuzzRequest;
  readonly manner: FuzzManner;
}

/** Something that a client does with a stream it has reserved, or that somebody else tries with it. */
export interface FuzzStep {
  readonly does: 'open' | 'begin' | 'leave';
  readonly isStranger: boolean;
  /** What it begins goes by this name; null where it names it wrongly, or begins nothing. */
  readonly id: string | null;
  readonly ask: (streamToken: string) => FuzzAsk;
}

/** A stream for many operations, from its reservation on. */
export interface FuzzSharing {
  readonly reserve: FuzzAsk;
  readonly steps: readonly FuzzStep[];
}

const POLITE: FuzzManner = { sends: 1, waitsFor: 'news', goes: 'cuts', isDeaf: false, before: '', behind: '' };
const HEALTH = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

function anyManner(chance: Chance): FuzzManner {
  return chance.weighed<FuzzManner>([
    [10, () => POLITE],
    [
      2,
      () => ({
        ...POLITE,
        waitsFor: chance.pick(['nothing', 'a moment', 'an answer'] as const),
        goes: anyGoing(chance),
      }),
    ],
    [1, () => ({ ...POLITE, waitsFor: 'a moment', goes: chance.pick(['cuts', 'resets'] as const), isDeaf: true })],
    // Nobody answers what does not come.
    [1, () => ({ ...POLITE, sends: chance.below(1_000) / 1_000, waitsFor: 'a moment', goes: anyGoing(chance) })],
    [0.5, () => ({ ...POLITE, before: HEALTH })],
    [0.5, () => ({ ...POLITE, behind: chance.pick([HEALTH, '\r\n', '\u0000', 'GET']) })],
  ]);
}

function anyGoing(chance: Chance): FuzzManner['goes'] {
  return chance.pick(['cuts', 'resets', 'ends its half'] as const);
}

const DOCUMENTS = [
  'subscription ($refs: [OperationRef!]!, $after: String) { operationStatusChanged(refs: $refs, after: $after) { to cursor operation { id } } }',
  'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { reason to } }',
  'subscription ($host: OperationHost!, $after: String) { hostOperationStatusChanged(host: $host, after: $after) { to operation { id } } }',
  'query ($ref: OperationRef!) { operation(ref: $ref) { id state } }',
  'query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 5) { state } }',
  '{ __typename }',
  '{ __schema { types { name fields { name type { name } } } } }',
  '{ nothing }',
] as const;

/** Mostly one that somebody else sends too. */
function anyDocument(chance: Chance): Readonly<Record<string, unknown>> {
  const query = chance.pick(DOCUMENTS);
  const refs = chance.several(1, 3, () => anyRef(chance));
  return {
    query: chance.oneIn(15) ? mutated(chance, query) : query,
    variables: chance.oneIn(12)
      ? anyValue(chance)
      : { refs, ref: refs[0], host: anyHost(chance), ...(chance.oneIn(8) && { after: anyText(chance) }) },
    ...(chance.oneIn(30) && { operationName: anyValue(chance, 1) }),
  };
}

function anyBody(chance: Chance): string {
  return chance.weighed<string>([
    [8, () => JSON.stringify(anyDocument(chance))],
    [1, () => mutated(chance, JSON.stringify(anyDocument(chance)))],
    [1, () => anyRequest(chance).body ?? ''],
  ]);
}

const bearerOf = (caller: number): string => `Bearer ${SECRET}-by-caller-${caller}`;
const ACCEPTS = ['*/*', 'text/*', 'TEXT/EVENT-STREAM ; q=0.5', 'application/json, text/event-stream', 'text/plain', 'image/png', ',;', ''] as const; // prettier-ignore

/** What is on every request of a client, now and then something else. */
function anyHeaders(chance: Chance, caller: number, more: Readonly<Record<string, string>>): Record<string, string> {
  const { authorization: odd = '', ...odds } = chance.oneIn(6) ? anyRequest(chance).headers : {};
  return {
    accept: chance.oneIn(8) ? chance.pick(ACCEPTS) : 'text/event-stream',
    'content-type': 'application/json',
    ...odds,
    authorization: odd === '' || odd.startsWith('Bearer caller-') ? bearerOf(caller) : odd,
    ...(chance.oneIn(6) && { 'last-event-id': printable(chance) }),
    ...(chance.oneIn(20) && { 'sec-fetch-site': chance.pick(['cross-site', 'same-site', 'same-origin', 'none', 'x']) }),
    ...(chance.oneIn(30) && { [STREAM_TOKEN_HEADER]: printable(chance) }),
    ...(chance.oneIn(40) && { expect: chance.pick(['100-continue', 'nothing']) }),
    ...more,
    connection: 'close',
  };
}

/** Values of headers have no more than this, and a client that sends less is no client of ours. */
function printable(chance: Chance): string {
  return anyText(chance).replace(/[^\u0020-\u007e\u00a0-\u00ff]/g, '');
}

const METHODS = ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'] as const;
const PATH = '/graphql/stream';

/** A request on its own, which the answer to it may be a stream of. */
export function anyAsk(chance: Chance): FuzzAsk {
  const headers = anyHeaders(chance, chance.below(20), {});
  const request = chance.weighed<FuzzRequest>([
    [6, () => ({ method: 'POST', path: PATH, headers, body: anyBody(chance) })],
    [3, () => ({ method: 'GET', path: `${PATH}?${anySearch(chance)}`, headers, body: null })],
    [0.5, () => ({ method: chance.pick(METHODS), path: `${PATH}?${anySearch(chance)}`, headers, body: null })],
    [0.2, () => ({ method: 'POST', path: PATH, headers, body: anyText(chance) })],
  ]);
  return { request, manner: anyManner(chance) };
}

function anySearch(chance: Chance): string {
  const search = new URLSearchParams(
    Object.entries(anyDocument(chance)).map(([name, value]): [string, string] => [
      name,
      (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed(),
    ]),
  ).toString();
  if (!chance.oneIn(6)) return search.slice(0, 6_000);
  return `${search.slice(0, chance.below(6_000))}${chance.pick(['&&&', '%', '%zz', '=', '&variables=[', '&extensions=1', '?', '&token=', '&__proto__=1'])}`;
}

const IDS = ['1', '2', '"', '\\', "'", '__proto__', 'constructor', 'ключ', '💥', '\ud800', '\u0000', '\n\ndata: x', ' ', 'x'.repeat(4_096)] as const; // prettier-ignore
const NO_IDS = [undefined, null, '', 'x'.repeat(4_097), {}, [], true] as const;

export function anySharing(chance: Chance): FuzzSharing {
  const owner = chance.below(20);
  const reserve = (): FuzzRequest => ({ method: 'PUT', path: PATH, headers: politeOf(owner), body: null });
  const opens = chance.below(4);
  return {
    reserve: chance.oneIn(8)
      ? {
          request: { ...reserve(), headers: anyHeaders(chance, owner, { accept: '*/*' }) },
          manner: { ...anyManner(chance), before: '' },
        }
      : { request: reserve(), manner: POLITE },
    steps: Array.from({ length: chance.below(9) }, (_, nth) =>
      nth === opens ? opening(chance, owner) : anyStep(chance, owner),
    ),
  };
}

const politeOf = (caller: number): Record<string, string> => ({
  accept: '*/*',
  authorization: bearerOf(caller),
  'content-type': 'application/json',
  connection: 'close',
});

function opening(chance: Chance, owner: number): FuzzStep {
  const inAddress = chance.oneIn(3);
  return {
    does: 'open',
    isStranger: false,
    id: null,
    ask: (token) => ({
      request: {
        method: 'GET',
        path: inAddress ? `${PATH}?token=${token}` : PATH,
        headers: { ...politeOf(owner), ...(!inAddress && { [STREAM_TOKEN_HEADER]: token }) },
        body: null,
      },
      manner: { ...POLITE, waitsFor: 'an answer' },
    }),
  };
}

function anyStep(chance: Chance, owner: number): FuzzStep {
  if (chance.oneIn(6)) return strangersStep(chance, 20 + chance.below(5));
  const does = chance.weighed<FuzzStep['does']>([
    [6, () => 'begin'],
    [3, () => 'leave'],
    [1, () => 'open'],
  ]);
  if (does === 'open') return opening(chance, owner);
  const isOdd = chance.oneIn(8);
  const id = isOdd ? null : chance.pick(IDS);
  const name = isOdd ? chance.pick<unknown>(NO_IDS) : id;
  const manner = { ...anyManner(chance), before: '', behind: '' };
  const body = JSON.stringify({ ...anyDocument(chance), extensions: { operationId: name } });
  const isWrongToken = chance.oneIn(15);
  return {
    does,
    isStranger: false,
    id,
    ask: (token) => ({
      request: named(does, owner, isWrongToken ? mutated(chance, token) : token, name, body),
      manner,
    }),
  };
}

/** What is right in every way, but that the stream is another caller's. */
function strangersStep(chance: Chance, stranger: number): FuzzStep {
  const does = chance.pick(['open', 'begin', 'leave'] as const);
  const id = chance.pick(IDS);
  const body = JSON.stringify({ query: '{ __typename }', extensions: { operationId: `stranger-${id.slice(0, 100)}` } });
  return {
    does,
    isStranger: true,
    id: null,
    ask: (token) => ({ request: named(does, stranger, token, id, body), manner: POLITE }),
  };
}

function named(does: FuzzStep['does'], caller: number, token: string, id: unknown, body: string): FuzzRequest {
  const headers = { ...politeOf(caller), [STREAM_TOKEN_HEADER]: token.replace(/[^\u0020-\u007e]/g, '') };
  if (does === 'open') return { method: 'GET', path: PATH, headers, body: null };
  if (does === 'begin') return { method: 'POST', path: PATH, headers, body };
  const name = typeof id === 'string' ? id : '';
  return {
    method: 'DELETE',
    path: `${PATH}?operationId=${encodeURIComponent(name.toWellFormed())}`,
    headers,
    body: null,
  };
}
