import { operationJson, partsOf } from '../graph/raw-graph.js';
import { type Attack } from '../support/hostile-graph.js';

const MALFORMED = 'UPSTREAM_MALFORMED';
const DEEP = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000);

/** Bodies of one operation: all are asked for as `operation-0`. */
export const ITEM_BODIES: readonly { readonly what: string; readonly body: unknown; readonly code: string | null }[] = [
  { what: 'another id', body: operationJson('another'), code: MALFORMED },
  { what: 'an id with a slash', body: operationJson('operation-0/../x'), code: MALFORMED },
  { what: 'an id that is an object', body: operationJson('operation-0', { id: { toString: 1 } }), code: MALFORMED },
  { what: 'no status', body: operationJson('operation-0', { status: undefined }), code: MALFORMED },
  ...[7, null, true, [], {}, ['succeeded'], ''].map((status) => ({
    what: `the status ${JSON.stringify(status)}`,
    body: operationJson('operation-0', { status }),
    code: MALFORMED,
  })),
  { what: 'a status called constructor', body: operationJson('operation-0', { status: 'constructor' }), code: null },
  { what: 'a status called __proto__', body: operationJson('operation-0', { status: '__proto__' }), code: null },
  {
    what: 'a status of control characters',
    body: operationJson('operation-0', { status: '\u0000\u001b[2J' }),
    code: null,
  },
  { what: 'a status of half a character', body: operationJson('operation-0', { status: '\ud800' }), code: null },
  { what: 'a type called toString', body: operationJson('operation-0', { operationType: 'toString' }), code: null },
  ...[1e10, -1e10, 1.5, '3', NaN, [], {}].map((attemptsCount) => ({
    what: `attempts of ${JSON.stringify(attemptsCount)}`,
    body: operationJson('operation-0', { attemptsCount }),
    code: Number.isNaN(attemptsCount) ? null : MALFORMED, // which JSON writes as null
  })),
  ...[7, {}, 'tomorrow', '2026-13-45', '9'.repeat(1_000)].map((date) => ({
    what: `the date ${JSON.stringify(date).slice(0, 40)}`,
    body: operationJson('operation-0', { lastActionDateTime: date }),
    code: MALFORMED,
  })),
  {
    what: 'a date that no calendar has',
    body: operationJson('operation-0', { createdDateTime: '9999-99-99T99:99:99Z' }),
    code: null,
  },
  ...['failed', 7, [], [{}]].map((error) => ({
    what: `the error ${JSON.stringify(error)}`,
    body: operationJson('operation-0', { error }),
    code: MALFORMED,
  })),
  {
    what: 'steps of every wrong type',
    body: operationJson('operation-0', {
      Value: JSON.stringify({
        apps: [null, 7, { Reference: {} }, { Reference: 'x', Index: 1e99, Status: [], UpdateTimestamp: 3 }],
        channels: { length: 9 },
        appIds: [{}, '__proto__'],
      }),
    }),
    code: null,
  },
  {
    what: 'steps that are a hundred thousand objects in one another',
    body: operationJson('operation-0', { Value: DEEP }),
    code: null,
  },
  {
    what: 'ten thousand steps',
    body: operationJson('operation-0', { values: JSON.stringify({ appIds: Array.from({ length: 10_000 }, String) }) }),
    code: null,
  },
];

const part = (id: string, members: object = {}): object => ({
  id,
  status: 200,
  headers: {},
  body: operationJson('operation-0'),
  ...members,
});

/** Answers to a batch of two, and how many of the two come out as operations. */
export const BATCHES: readonly {
  readonly what: string;
  readonly responses: (ids: readonly string[]) => unknown;
  readonly operations: number;
}[] = [
  { what: 'no parts', responses: () => [], operations: 0 },
  { what: 'parts that are no array', responses: () => ({ length: 2, 0: part('r1') }), operations: 0 },
  { what: 'parts of foreign ids', responses: () => [part('r9'), part('__proto__'), part('')], operations: 0 },
  {
    what: 'ids of every wrong type',
    responses: () => [part('r1', { id: 1 }), part('r2', { id: ['r2'] }), null],
    operations: 0,
  },
  { what: 'one part alone', responses: ([first = '']) => [part(first)], operations: 1 },
  { what: 'parts twice', responses: (ids) => [...ids, ...ids].map((id) => part(id)), operations: 2 },
  {
    what: 'ten thousand parts',
    responses: (ids) => [...ids, ...Array.from({ length: 10_000 }, (_, nth) => `x${nth}`)].map((id) => part(id)),
    operations: 2,
  },
  {
    what: 'the answers to one another',
    responses: (ids) => ids.map((id, at) => part(id, { body: operationJson(`operation-${at + 1}`) })),
    operations: 0,
  },
  ...['200', 99, 600, 200.5, null, -1, [200], 1e99].map((status) => ({
    what: `parts of the status ${JSON.stringify(status)}`,
    responses: (ids: readonly string[]) => ids.map((id) => part(id, { status })),
    operations: 0,
  })),
  {
    what: 'parts that lead elsewhere',
    responses: (ids) =>
      ids.map((id) =>
        part(id, { status: 302, headers: { Location: 'http://{thief}/' }, body: { url: 'http://{thief}/' } }),
      ),
    operations: 0,
  },
  {
    what: 'headers of every wrong type',
    responses: (ids) => ids.map((id) => part(id, { headers: [['Retry-After', 7], null, 'x'] })),
    operations: 2,
  },
  {
    what: 'waits of every wrong type',
    responses: (ids) => ids.map((id) => part(id, { status: 429, headers: { 'Retry-After': { seconds: 1 } } })),
    operations: 0,
  },
  {
    what: 'bodies in base64',
    responses: (ids) => ids.map((id) => part(id, { body: Buffer.from('{}').toString('base64') })),
    operations: 0,
  },
];

/** Answers a batch with these parts. */
export function answeringBatch(responses: (ids: readonly string[]) => unknown): Attack {
  return (response, request, { thief }) => {
    const body = JSON.stringify({ responses: responses(partsOf(request).map(({ id }) => id)) });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(body.replaceAll('{thief}', thief));
  };
}
