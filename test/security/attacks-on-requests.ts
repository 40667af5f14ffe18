import { gzipSync } from 'node:zlib';
import { sendJson } from '../graph/raw-graph.js';
import { tokenOf, type Attack } from '../support/hostile-graph.js';

/** How the gateway comes to ask: for one operation, for a list, or for two operations at once. */
export type Asking = 'item' | 'list' | 'batch';

/** What a Graph that was taken over answers, and what the caller is to hear of it. */
export interface AttackCase {
  readonly what: string;
  readonly attack: Attack;
  /** The code of the error; null when there is data. */
  readonly code: string | null;
  /** All three unless told. */
  readonly asking?: readonly Asking[];
  /** It never comes to an end, so our time limit does. */
  readonly hangs?: boolean;
  /** Graph may be asked once more at once: it said so. */
  readonly again?: boolean;
}

const MALFORMED = 'UPSTREAM_MALFORMED';
const UNAVAILABLE = 'UPSTREAM_UNAVAILABLE';
const THROTTLED = 'UPSTREAM_THROTTLED';
const READS: readonly Asking[] = ['item', 'list'];

/** Bytes as they are, status line and all. */
const raw =
  (text: string): Attack =>
  ({ socket }) =>
    void socket?.end(text);
const status =
  (code: number, headers: Record<string, string> = {}, body: unknown = {}): Attack =>
  (response) =>
    sendJson(response, code, body, headers);
const text =
  (body: string | Buffer, headers: Record<string, string> = {}): Attack =>
  (response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(body);

const redirect = (code: number, to: string, location: string): AttackCase => ({
  what: `a ${code} that leads ${to}`,
  code: MALFORMED,
  attack: (response, { url }, { graph, thief }) => {
    const target = location.replace('{graph}', graph).replace('{thief}', thief).replace('{path}', url);
    sendJson(response, code, {}, { Location: target });
  },
});
const redirects: readonly AttackCase[] = [
  ...[300, 301, 302, 303, 305, 307, 308].map((code) => redirect(code, 'elsewhere', 'http://{thief}{path}')),
  redirect(307, 'elsewhere, without a scheme', '//{thief}{path}'),
  redirect(307, 'elsewhere, with backslashes', 'http:\\\\{thief}{path}'),
  redirect(307, 'elsewhere, behind a user name', 'http://{graph}@{thief}{path}'),
  redirect(307, 'back to where it was asked', '{path}'),
  redirect(308, 'to another path of its own', 'http://{graph}/v1.0/me/messages'),
  redirect(302, 'nowhere', ''),
];

const DEEP = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);
/** Little that becomes far more than is read of any body, where somebody inflates it. */
const INFLATING = gzipSync(Buffer.alloc(64 * 2 ** 20), { level: 9 });

const bodies: readonly AttackCase[] = [
  {
    what: 'a body beyond any of Graph’s',
    code: MALFORMED,
    attack: (response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 0x20)));
      };
      response.on('drain', more);
      more();
    },
  },
  {
    what: 'a body that inflates',
    code: MALFORMED,
    attack: (response, request, places) => text(INFLATING, { 'Content-Encoding': 'gzip' })(response, request, places),
  },
  { what: 'a hundred thousand objects in one another', code: MALFORMED, attack: text(DEEP) },
  { what: 'a hundred thousand arrays in one another', code: MALFORMED, attack: text('['.repeat(100_000)) },
  {
    what: 'a failure that is as deep',
    code: 'FORBIDDEN',
    attack: (response) => void response.writeHead(403).end(DEEP),
  },
  { what: 'nothing', code: MALFORMED, attack: text('') },
  { what: 'half a surrogate and no JSON', code: MALFORMED, attack: text(Buffer.from([0x22, 0xed, 0xa0, 0x80])) },
  {
    what: 'a page of HTML',
    code: MALFORMED,
    attack: text('<script>alert(1)</script>', { 'Content-Type': 'text/html' }),
  },
  { what: 'the text null', code: MALFORMED, attack: text('null') },
  { what: 'a number', code: MALFORMED, attack: text('1e999') },
  {
    what: 'members of every object’s prototype',
    code: MALFORMED,
    attack: text('{"__proto__":{"id":"operation-0","status":"succeeded","value":[],"responses":[]},"constructor":{}}'),
  },
  {
    what: 'an error chain without an end',
    code: 'NOT_FOUND',
    asking: ['list'],
    attack: status(404, {}, nested(60, { code: 'Deepest' })),
  },
  {
    what: 'errors of every wrong type',
    code: 'FORBIDDEN',
    attack: status(403, {}, { error: { code: 7, message: { a: 1 }, innerError: [[], { code: null }] } }),
  },
];

/** Much of it at a time: each piece costs the test as much as a whole. */
const MORE_HEADERS = 'X-More: more and more\r\n'.repeat(3_000);

function nested(levels: number, innermost: object): object {
  let error = innermost;
  for (let level = 0; level < levels; level++) error = { code: `Level${level}`, innerError: error };
  return { error };
}

const wires: readonly AttackCase[] = [
  ...['HTTP/1.1 99 No\r\n\r\n', 'HTTP/1.1 1000 No\r\n\r\n', 'HTTP/1.1 "200" OK\r\n\r\n', 'HTTP/9.9 200 OK\r\n\r\n'].map(
    (line) => ({ what: `the line ${JSON.stringify(line)}`, code: UNAVAILABLE, attack: raw(line) }),
  ),
  { what: 'a status that nobody has defined', code: UNAVAILABLE, attack: status(599) },
  { what: 'a status that nobody has defined, and is no failure', code: MALFORMED, attack: status(299) },
  { what: 'what is no HTTP', code: UNAVAILABLE, attack: raw('220 mail.example ESMTP\r\n') },
  { what: 'nothing, and hangs up', code: UNAVAILABLE, attack: ({ socket }) => void socket?.destroy() },
  {
    what: 'a header beyond all bounds',
    code: UNAVAILABLE,
    attack: raw(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(200_000)}\r\n\r\n{}`),
  },
  {
    what: 'headers that never end',
    code: UNAVAILABLE,
    attack: ({ socket }) => {
      const more = (): void => {
        while (socket !== null && !socket.destroyed && socket.write(MORE_HEADERS));
      };
      socket?.write('HTTP/1.1 200 OK\r\n');
      socket?.on('error', () => undefined).on('drain', more);
      more();
    },
  },
  {
    what: 'a line break in a header',
    code: UNAVAILABLE,
    attack: raw('HTTP/1.1 200 OK\r\nX-Split: a\nb\r\nContent-Length: 2\r\n\r\n{}'),
  },
  {
    what: 'two lengths of one body',
    code: UNAVAILABLE,
    attack: raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 900\r\n\r\n{}'),
  },
  {
    what: 'chunks of which none has a length',
    code: UNAVAILABLE,
    attack: raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n'),
  },
  {
    what: 'a promise of 9 petabytes',
    code: UNAVAILABLE,
    attack: raw('HTTP/1.1 200 OK\r\nContent-Length: 9007199254740991\r\n\r\n{}'),
  },
  {
    what: 'an answer that is cut in the middle',
    code: UNAVAILABLE,
    attack: raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{"id":"opera'),
  },
  {
    what: 'a second answer behind the first',
    code: MALFORMED,
    attack: raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
  },
  {
    what: 'a switch to another protocol',
    code: UNAVAILABLE,
    attack: raw('HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n'),
  },
  { what: 'a 204', code: MALFORMED, attack: raw('HTTP/1.1 204 No Content\r\n\r\n') },
  { what: 'a 304', code: MALFORMED, attack: raw('HTTP/1.1 304 Not Modified\r\n\r\n') },
  {
    what: 'a wish to be known to a proxy',
    code: 'BAD_USER_INPUT',
    attack: status(407, { 'Proxy-Authenticate': 'Basic realm="{thief}"' }),
  },
  {
    what: 'one byte, and nothing more',
    code: UNAVAILABLE,
    hangs: true,
    attack: (response) => void response.writeHead(200).write('{'),
  },
  { what: 'silence', code: UNAVAILABLE, hangs: true, attack: () => undefined },
  {
    what: 'half of a status line, and nothing more',
    code: UNAVAILABLE,
    hangs: true,
    attack: ({ socket }) => void socket?.write('HTTP/1.1 2'),
  },
  {
    what: 'word that it goes on, and nothing more',
    code: UNAVAILABLE,
    hangs: true,
    attack: ({ socket }) => void socket?.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)),
  },
];

const headers: readonly AttackCase[] = [
  ...[
    { wait: '1000000000000', code: THROTTLED },
    { wait: '9007199254740', code: THROTTLED },
    { wait: '9'.repeat(400), code: THROTTLED },
    { wait: '-5', code: THROTTLED },
    { wait: 'NaN', code: THROTTLED },
    { wait: 'Infinity', code: THROTTLED },
    { wait: '0x10', code: THROTTLED },
    { wait: '1e3', code: THROTTLED },
    { wait: 'Fri, 31 Dec 9999 23:59:59 GMT', code: THROTTLED },
    { wait: 'Thu, 01 Jan 1970 00:00:00 GMT', code: THROTTLED },
    { wait: 'Fri, 99 Dec 9999 99:99:99 GMT', code: THROTTLED },
    { wait: '0', code: THROTTLED },
  ].map(({ wait, code }) => ({
    what: `429 with Retry-After: ${wait.slice(0, 40)}`,
    code,
    again: ['0', 'Thu, 01 Jan 1970 00:00:00 GMT'].includes(wait),
    asking: READS,
    attack: status(429, { 'Retry-After': wait }),
  })),
  {
    what: 'a challenge of a megabyte of claims',
    code: UNAVAILABLE, // node's bound of all headers
    attack: status(401, { 'WWW-Authenticate': `Bearer claims="${'e'.repeat(1_000_000)}"` }),
  },
  {
    what: 'a challenge of more claims than are handed on',
    code: 'UNAUTHENTICATED',
    attack: status(401, { 'WWW-Authenticate': `Bearer claims="${'e'.repeat(9_000)}"` }),
  },
  {
    what: 'the token itself, in every word of a refusal',
    code: 'FORBIDDEN',
    attack: (response, request) => {
      const token = tokenOf(request);
      const error = { code: token, message: `Bearer ${token}`, target: token };
      sendJson(response, 403, { error }, { 'request-id': token, 'client-request-id': token });
    },
  },
  {
    what: 'the token itself as the name of an answer that cannot be read',
    code: MALFORMED,
    attack: (response, request, places) => text('{', { 'request-id': tokenOf(request) })(response, request, places),
  },
  {
    what: 'the token itself as the name of an answer that breaks off',
    code: UNAVAILABLE,
    attack: ({ socket }, request) =>
      void socket?.end(`HTTP/1.1 200 OK\r\nrequest-id: ${tokenOf(request)}\r\nContent-Length: 200\r\n\r\n{`),
  },
  {
    what: 'a name of ten thousand letters',
    code: MALFORMED,
    attack: text('{', { 'request-id': 'n'.repeat(10_000) }),
  },
  {
    what: 'a better address for all that follows',
    code: MALFORMED,
    attack: (response, _request, { thief }) => {
      const elsewhere = `http://${thief}/`;
      sendJson(
        response,
        200,
        {},
        {
          'Alt-Svc': `http/1.1="${thief}"; ma=86400`,
          Link: `<${elsewhere}>; rel=preload`,
          Refresh: `0; url=${elsewhere}`,
          'Content-Location': elsewhere,
          'Operation-Location': elsewhere,
          Location: elsewhere,
        },
      );
    },
  },
];

/** What befalls whichever request it is. */
export const ON_ANY_REQUEST: readonly AttackCase[] = [...redirects, ...bodies, ...wires, ...headers];
