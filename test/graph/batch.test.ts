import { describe, expect, it } from '@jest/globals';
import { type Answer } from '../../src/graph/answer.js';
import { batchBody, matchParts, waitTogether } from '../../src/graph/batch.js';
import { GraphError } from '../../src/operation/failure.js';
import { failureIn, kindOf, reasonOf } from './readers.js';

function answered(responses: unknown, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: new Map(Object.entries(headers)), body: { responses } };
}

/** The answers to reads that are named by letters: their status, or the kind of failure. */
function statusesOf(answer: Answer, reads = ['a', 'b']): unknown[] {
  return matchParts(answer, reads).map(({ read, part }) => [
    read,
    part instanceof GraphError ? part.reason.kind : part.status,
  ]);
}

describe('a batch', () => {
  it('asks for its parts by urls that are relative to its version, under ids of their own', () => {
    const body: unknown = JSON.parse(
      batchBody('beta', ['/beta/chats/19%3Aa/operations', '/beta/chats/b/operations/o?$x=1'], () => ({ prefer: 'p' })),
    );

    expect(body).toEqual({
      requests: [
        { id: 'r1', method: 'GET', url: '/chats/19%3Aa/operations', headers: { prefer: 'p' } },
        { id: 'r2', method: 'GET', url: '/chats/b/operations/o?$x=1', headers: { prefer: 'p' } },
      ],
    });
  });

  it.each([
    { ids: ['r1', 'r2'], because: 'in order' },
    { ids: ['r2', 'r1'], because: 'out of order' },
    { ids: ['R2', 'R1'], because: 'Graph compares ids without case' },
  ])('matches answers by id: $because', ({ ids }) => {
    const responses = ids.map((id) => ({ id, status: id.endsWith('1') ? 201 : 202 }));

    expect(statusesOf(answered(responses))).toEqual([
      ['a', 201],
      ['b', 202],
    ]);
  });

  it('finds a part unavailable that has no answer, and drops an answer that has no part', () => {
    const responses = [{ id: 'r1', status: 200 }, { id: 'r77', status: 200 }, { status: 200 }, null, 'r2'];
    const answer = answered(responses, { 'request-id': 'for-support' });

    expect(statusesOf(answer)).toEqual([
      ['a', 200],
      ['b', 'unavailable'],
    ]);
    expect(failureIn(matchParts(answer, ['a', 'b'])[1]?.part).answer.requestId).toBe('for-support');
  });

  it('believes the first of two answers to one part', () => {
    expect(
      statusesOf(
        answered([
          { id: 'r1', status: 404 },
          { id: 'R1', status: 200 },
        ]),
        ['a'],
      ),
    ).toEqual([['a', 404]]);
  });

  it.each(['200', 20, 600, 200.5, null, undefined])('finds a part malformed whose status is %p', (status) => {
    const [matched] = matchParts(answered([{ id: 'r1', status }]), ['a']);

    expect(reasonOf(matched?.part)).toMatchObject({ kind: 'malformed', detail: expect.stringMatching(/^status/) });
  });

  it.each([undefined, null, {}, 'none'])('is malformed as a whole when its responses are %p', (responses) => {
    expect(() => matchParts(answered(responses), ['a'])).toThrow(/responses should be an array/);
  });

  it('reads the headers of a part without case, and takes the date and the request id from the batch', () => {
    const headers = { 'Retry-After': '3', 'X-List': ['a', 'b'], 'X-Number': 7, ['__proto__']: 'own' };
    const answer = answered([{ id: 'r1', status: 429, headers }], { date: 'today', 'request-id': 'id', other: 'no' });
    const [matched] = matchParts(answer, ['a']);

    expect(matched?.part).toMatchObject({
      headers: new Map([
        ['date', 'today'],
        ['request-id', 'id'],
        ['retry-after', '3'],
        ['x-list', 'a, b'],
        ['__proto__', 'own'],
      ]),
    });
  });
});

describe('a part that failed because another one did', () => {
  const throttled = (retryAfterMs: number): GraphError => new GraphError({ kind: 'throttled', retryAfterMs }, 'later');
  const dependent = new GraphError({ kind: 'unavailable' }, 'Failed dependency.', { status: 424 });
  const notFound = new GraphError({ kind: 'notFound' }, 'not there', { status: 404 });

  it('waits as the longest throttle of the batch does, and alone it does', () => {
    const outcomes = [throttled(2_000), dependent, throttled(9_000), notFound, 'an operation'];

    expect(waitTogether(outcomes.map((outcome) => ({ outcome }))).map(({ outcome }) => reasonOf(outcome))).toEqual([
      { kind: 'throttled', retryAfterMs: 2_000 },
      { kind: 'throttled', retryAfterMs: 9_000 },
      { kind: 'throttled', retryAfterMs: 9_000 },
      { kind: 'notFound' },
      'an operation',
    ]);
  });

  it('waits longer than the throttle where it says so itself', () => {
    const itself = new GraphError({ kind: 'unavailable', retryAfterMs: 6_000 }, 'Failed dependency.', { status: 424 });
    const settled = [2_000, 9_000].map((ms) => waitTogether([{ outcome: throttled(ms) }, { outcome: itself }]));

    expect(settled.map(([, part]) => reasonOf(part?.outcome))).toEqual([
      { kind: 'throttled', retryAfterMs: 6_000 },
      { kind: 'throttled', retryAfterMs: 9_000 },
    ]);
  });

  it('is unavailable where nothing was throttled', () => {
    const settled = waitTogether([{ outcome: dependent }, { outcome: notFound }]);

    expect(settled.map(({ outcome }) => kindOf(outcome))).toEqual(['unavailable', 'notFound']);
  });
});
