import { type Chance } from './fuzz-chance.js';
import { anyText, anyValue, mutated } from './fuzz-texts.js';

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

interface Graphql {
  readonly query: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
  readonly extensions?: unknown;
}

const FIELDS = `id operationId location state terminal rawStatus freshness { checkedAt ageSeconds nextCheckAt delayedBy }
  history { from to rawStatus } ... on TeamsAsyncOperation { status attemptsCount steps { type reference } }`;

/** Documents that are right, each with the variables that it takes. */
const DOCUMENTS: readonly [Making, ...Making[]] = [
  (chance) => ({
    query: `query ($ref: OperationRef!) { operation(ref: $ref) { ${FIELDS} } }`,
    variables: { ref: anyRef(chance) },
  }),
  (chance) => ({ query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id: anyGlobalId(chance) } }),
  (chance) => ({
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }',
    variables: { ids: chance.several(0, chance.oneIn(50) ? 120 : 4, () => anyGlobalId(chance)) },
  }),
  (chance) => ({
    query: `query ($host: OperationHost!, $first: Int, $after: String, $filter: OperationFilter, $orderBy: OperationOrder) {
      operations(host: $host, first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
        edges { cursor node { id state } } pageInfo { hasNextPage endCursor } } }`,
    variables: {
      host: anyHost(chance),
      ...(chance.oneIn(2) && { first: chance.pick<unknown>([1, 3, 100, 0, -1, 101, null, 2 ** 31, 1.5, '3']) }),
      ...(chance.oneIn(2) && { after: anyCursor(chance) }),
      ...(chance.oneIn(3) && {
        filter: chance.pick<unknown>([{ state: ['RUNNING'] }, { state: [] }, anyValue(chance)]),
      }),
      ...(chance.oneIn(3) && { orderBy: chance.pick<unknown>([{ field: 'CREATED_DATE_TIME' }, anyValue(chance)]) }),
    },
  }),
  (chance) => ({
    query: 'query ($ref: OperationRef!, $s: Int) { waitForOperation(ref: $ref, timeoutSeconds: $s) { id state } }',
    variables: { ref: anyRef(chance), s: chance.pick<unknown>([0, 1, -1, 601, 2 ** 40, 'x']) },
  }),
  () => ({ query: '{ __typename }' }),
  (chance) => ({
    query: chance.oneIn(10)
      ? '{ __schema { types { name fields { name type { name } } } } }'
      : '{ __schema { queryType { name } } }',
  }),
  (chance) => ({
    query: 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }',
    variables: { refs: [anyRef(chance)] },
  }),
];

type Making = (chance: Chance) => Graphql;

export function anyRef(chance: Chance): object {
  const inHost = (): object => ({ hostId: anyKey(chance), operationId: anyKey(chance) });
  return chance.weighed<object>([
    [4, () => ({ team: inHost() })],
    [2, () => ({ chat: inHost() })],
    [2, () => ({ location: anyLocation(chance) })],
    [2, () => ({ id: anyGlobalId(chance) })],
    [0.5, () => ({ id: anyGlobalId(chance), location: anyLocation(chance) })],
    [0.5, () => ({})],
  ]);
}

export function anyHost(chance: Chance): object {
  return chance.weighed<object>([
    [4, () => ({ teamId: anyKey(chance) })],
    [2, () => ({ chatId: anyKey(chance) })],
    [2, () => ({ location: `/teams/${anyKey(chance)}` })],
  ]);
}

/** Mostly one of a few, so that callers meet at the same operations. */
function anyKey(chance: Chance): string {
  return chance.weighed<string>([
    [6, () => `key-${chance.below(40)}`],
    [1, () => `19:${chance.below(40)}@thread.v2`],
    [1, () => anyText(chance)],
  ]);
}

function anyLocation(chance: Chance): string {
  const right = chance.pick([
    "/teams('{h}')/operations('{o}')",
    '/v1.0/teams/{h}/operations/{o}',
    '/beta/chats/{h}/operations/{o}',
  ]);
  const location = right.replace('{h}', anyKey(chance)).replace('{o}', anyKey(chance));
  return chance.oneIn(2) ? location : mutated(chance, location);
}

function anyGlobalId(chance: Chance): string {
  const id = Buffer.from(`operation:/v1.0/teams/key-${chance.below(40)}/operations/key-${chance.below(40)}`);
  return chance.weighed<string>([
    [4, () => id.toString('base64url')],
    [1, () => mutated(chance, id.toString('base64url'))],
    [1, () => Buffer.from(mutated(chance, id.toString())).toString('base64url')],
    [1, () => anyText(chance)],
  ]);
}

function anyCursor(chance: Chance): string {
  const link = chance.pick<unknown>([
    null,
    '/v1.0/teams/key-1/operations',
    '//evil.test/v1.0/teams/key-1/operations',
    anyValue(chance, 1),
  ]);
  const fields = [link, chance.pick<unknown>([-1, 0, 1, 1e9, null]), chance.pick<unknown>(['', 'key-1', 7])];
  return chance.weighed<string>([
    [3, () => Buffer.from(JSON.stringify(fields)).toString('base64url')],
    [1, () => Buffer.from(JSON.stringify(anyValue(chance))).toString('base64url')],
    [1, () => anyText(chance)],
  ]);
}

const WORDS = ['query', 'mutation', 'subscription', 'fragment', 'on', '{', '}', '(', ')', '[', ']', ':', '$', '$a', '!', '...', '@skip', '@include', '@oneOf', '"', '"""', '#', '=', '|', '&', 'operation', 'node', 'id', '1', '-', '1.5e9', 'true', 'null', ',', '\n', '\u0000', 'Operation', '__typename', '\ufeff', 'é'] as const; // prettier-ignore

/** Documents that are too much of something, or wrong in a way of their own. */
const STRANGE: readonly [(chance: Chance) => string, ...((chance: Chance) => string)[]] = [
  (chance) => chance.several(0, 40, () => chance.pick(WORDS)).join(' '),
  (chance) => anyText(chance),
  (chance) => '{ a '.repeat(chance.below(chance.oneIn(30) ? 5_000 : 60)),
  (chance) => nestedSelection(chance.below(40)),
  (chance) =>
    `{ ${chance.several(1, chance.oneIn(20) ? 500 : 40, () => `a${chance.below(1_000)}: __typename`).join(' ')} }`,
  (chance) => `{ ${Array.from({ length: chance.below(30) }, (_, nth) => `a${nth}: node(id: "x") { id }`).join(' ')} }`,
  () => '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
  () => '{ ...a } fragment a on Query { ...a }',
  () => '{ ...missing }',
  (chance) => `{ __typename ${'@skip(if: false) '.repeat(chance.below(80))} }`,
  (chance) =>
    `{ __typename ${chance.several(1, 9, () => `@${chance.pick(['include', 'deprecated', 'oneOf', 'x'])}`).join(' ')} }`,
  (chance) => `query ${chance.several(2, 9, () => '($a: Int)').join(' ')} { __typename }`,
  (chance) => `query (${chance.several(1, 20, () => `$a${chance.below(9)}: [[Int!]!]`).join(', ')}) { __typename }`,
  (chance) => `{ operation(ref: { location: ${JSON.stringify(anyText(chance))} }) { id } }`,
  (chance) => `{ node(id: """${anyText(chance)}""") { id } }`,
  (chance) => `{ operations(host: { teamId: "key-1" }, first: ${'9'.repeat(chance.below(40))}) { edges { cursor } } }`,
  () => 'query a { __typename } query b { __typename }',
  () => 'mutation { __typename }',
  () => '{ __type(name: "Operation") { fields { type { fields { type { fields { type { name } } } } } } } }',
];

function nestedSelection(levels: number): string {
  return `{ __schema ${'{ types { fields { type '.repeat(levels)}{ __typename }${'} } }'.repeat(levels)} }`;
}

function anyGraphql(chance: Chance): Graphql {
  const right = (): Graphql => chance.pick(DOCUMENTS)(chance);
  return chance.weighed<Graphql>([
    [6, right],
    [1.2, () => withMutatedDocument(chance, right())],
    [3, () => ({ ...right(), variables: anyValue(chance) })],
    [4, () => withWrongVariable(chance, right())],
    [2, () => ({ query: chance.pick(STRANGE)(chance) })],
    [0.5, () => ({ ...right(), operationName: anyValue(chance, 1) })],
    [0.5, () => ({ ...right(), extensions: anyValue(chance) })],
    [0.3, () => ({ ...right(), extensions: { persistedQuery: { version: 1, sha256Hash: anyText(chance) } } })],
    [0.5, () => ({ query: anyValue(chance) })],
    [0.01, () => ({ query: `{ node(id: "${'x'.repeat(1_000_000)}") { id } }` })],
    [0.01, () => ({ ...right(), variables: { ref: { location: '\\'.repeat(500_000) } } })],
    [0.01, () => ({ ...right(), variables: { ids: Array.from({ length: 100_000 }, () => 1) } })],
  ]);
}

function withMutatedDocument(chance: Chance, { query, ...rest }: Graphql): Graphql {
  return { ...rest, query: mutated(chance, String(query)) };
}

function withWrongVariable(chance: Chance, { variables = {}, ...rest }: Graphql): Graphql {
  const names = Object.keys(variables as object);
  const name = names[chance.below(names.length)] ?? anyText(chance);
  return { ...rest, variables: { ...(variables as object), [name]: anyValue(chance) } };
}

const TYPES = ['application/json', 'application/json; charset=utf-8', 'application/json; charset=latin1', 'text/plain', 'application/graphql', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset="', 'a', ';', 'application/JSON ; x=y'] as const; // prettier-ignore
const ACCEPTS = ['application/json', 'application/graphql-response+json', 'text/html', '*/*', 'image/png', 'application/json;q=0', ',;', 'multipart/mixed; deferSpec=20220824'] as const; // prettier-ignore
const METHODS = ['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'] as const;
const PATHS = ['/graphql/', '/graphql/../graphql', '/GRAPHQL', '//graphql', '/', '/graphql%00', '/favicon.ico', '/.env', '/graphql;x=1', '/__proto__'] as const; // prettier-ignore

function anyHeaders(chance: Chance): Record<string, string> {
  return {
    ...(!chance.oneIn(12) && { 'content-type': chance.oneIn(10) ? chance.pick(TYPES) : 'application/json' }),
    ...(!chance.oneIn(12) && { authorization: anyAuthorization(chance) }),
    ...(chance.oneIn(6) && { accept: chance.pick(ACCEPTS) }),
    ...(chance.oneIn(20) && { origin: chance.pick(['https://evil.test', 'null', 'http://127.0.0.1']) }),
    ...(chance.oneIn(20) && { 'apollo-require-preflight': 'true' }),
    ...(chance.oneIn(30) && { 'x-http-method-override': 'DELETE', 'x-forwarded-host': 'evil.test' }),
    ...(chance.oneIn(30) && { 'content-encoding': chance.pick(['gzip', 'br', 'x']) }),
    ...(chance.oneIn(40) && { host: chance.pick(['evil.test', 'graph.microsoft.com', 'a:99999']) }),
    ...(chance.oneIn(400) && { 'x-long': 'x'.repeat(chance.pick([8_000, 15_000, 70_000])) }),
  };
}

/** Header values have no more than Latin-1, and a client that sends less is no client of ours. */
function anyAuthorization(chance: Chance): string {
  const noise = (): string => anyText(chance).replace(/[^\u0020-\u007e\u00a0-\u00ff]/g, '');
  return chance.weighed<string>([
    [9, () => `Bearer caller-${chance.below(20)}`],
    [1, () => `Bearer ${noise()}`],
    [0.5, () => `Basic ${noise()}`],
    [0.5, noise],
    [0.1, () => `Bearer ${'t'.repeat(9_000)}`],
  ]);
}

/** One request as some client might send it. */
export function anyRequest(chance: Chance): FuzzRequest {
  const graphql = anyGraphql(chance);
  const headers = anyHeaders(chance);
  const post = (body: string): FuzzRequest => ({ method: 'POST', path: '/graphql', headers, body });
  return chance.weighed<FuzzRequest>([
    [12, () => post(JSON.stringify(graphql))],
    [3, () => post(mutated(chance, JSON.stringify(graphql)))],
    [0.5, () => post(JSON.stringify(chance.several(0, 4, () => graphql)))],
    [0.5, () => post(JSON.stringify(anyValue(chance)))],
    [0.3, () => post(anyText(chance))],
    [0.1, () => post('['.repeat(chance.below(20_000)))],
    [0.1, () => post(`{"__proto__":{"query":"{__typename}"},"query":"{ __typename }"}`)],
    [2, () => ({ method: 'GET', path: `/graphql?${anySearch(chance, graphql)}`, headers, body: null })],
    [0.5, () => ({ method: chance.pick(METHODS), path: '/graphql', headers, body: null })],
    [0.3, () => ({ method: 'POST', path: chance.pick(PATHS), headers, body: '{}' })],
    [0.3, () => ({ method: 'GET', path: chance.pick(PATHS), headers, body: null })],
  ]);
}

function anySearch(chance: Chance, { query, variables }: Graphql): string {
  const parts = [
    `query=${encode(typeof query === 'string' ? query : JSON.stringify(query))}`,
    ...(variables === undefined ? [] : [`variables=${encode(JSON.stringify(variables))}`]),
    ...(chance.oneIn(5) ? [`operationName=${encode(anyText(chance))}`] : []),
    ...(chance.oneIn(8) ? ['query=%7B__typename%7D'] : []),
    ...(chance.oneIn(8)
      ? [chance.pick(['&&&', '%', '%zz', '=', 'variables=', 'variables=[', 'extensions=1', '?', '__proto__=1'])]
      : []),
  ];
  const search = parts.slice(chance.oneIn(8) ? 1 : 0).join('&');
  return search.slice(0, chance.oneIn(40) ? chance.below(search.length) : 6_000);
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
