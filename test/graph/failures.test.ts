import { describe, expect, it } from '@jest/globals';
import { type Answer } from '../../src/graph/answer.js';
import { failureOf } from '../../src/graph/failures.js';

const TOKEN = 'eyJ0eXAi.secret.signature';

function answer(status: number, body?: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: new Map(Object.entries(headers)), body };
}

function failure(...parameters: Parameters<typeof answer>): ReturnType<typeof failureOf> {
  return failureOf(answer(...parameters), null, TOKEN);
}

describe('the failure of an answer', () => {
  it.each([
    [400, 'refused'],
    [401, 'unauthenticated'],
    [402, 'forbidden'],
    [403, 'forbidden'],
    [404, 'notFound'],
    [405, 'refused'],
    [408, 'unavailable'],
    [409, 'unavailable'],
    [410, 'notFound'],
    [412, 'refused'],
    [422, 'refused'],
    [423, 'unavailable'],
    [424, 'unavailable'],
    [500, 'unavailable'],
    [501, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [507, 'unavailable'],
    [509, 'unavailable'],
  ])('with status %i is %s', (status, kind) => {
    expect(failure(status).reason).toEqual({ kind });
    expect(failure(status).answer).toEqual({ status });
  });

  it.each([300, 301, 302, 304, 307, 308])('with status %i is malformed: no redirect is followed', (status) => {
    expect(failure(status).reason).toMatchObject({ kind: 'malformed', detail: expect.stringContaining('redirect') });
  });

  it('is throttled for as long as the throttle asks', () => {
    expect(failureOf(answer(429), 2_128, TOKEN).reason).toEqual({ kind: 'throttled', retryAfterMs: 2_128 });
    expect(failureOf(answer(503), 10, TOKEN).reason).toEqual({ kind: 'throttled', retryAfterMs: 10 });
  });

  it.each([
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'throttled'],
    [504, 'unavailable'],
    [509, 'unavailable'],
    [408, 'unavailable'],
    [423, 'unavailable'],
    [424, 'unavailable'],
    [404, 'notFound'],
    [403, 'forbidden'],
    [400, 'refused'],
    [302, 'malformed'],
  ])('with status %i, %s, tells when Graph wants to be asked again', (status, kind) => {
    expect(failureOf(answer(status), 9_500, TOKEN).reason).toMatchObject({ kind, retryAfterMs: 9_500 });
  });

  it.each([401, 403])('with status %i hands on the claims challenge letter by letter', (status) => {
    const challenge = `Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==", x="y"`;

    expect(failure(status, {}, { 'www-authenticate': challenge }).reason).toMatchObject({
      claims: 'eyJhY2Nlc3NfdG9rZW4iOnt9fQ==',
    });
  });

  it.each([
    { challenge: 'Bearer realm=""', because: 'there is none' },
    { challenge: 'Bearer claims=""', because: 'it is empty' },
    {
      challenge: `Bearer claims="${'A'.repeat(8_193)}"`,
      because: 'it is longer than any, and half of it is worth nothing',
    },
    { challenge: 'Bearer notclaims="eyJh"', because: 'it is another parameter' },
  ])('has no claims when $because', ({ challenge }) => {
    expect(failure(401, {}, { 'www-authenticate': challenge }).reason).toEqual({ kind: 'unauthenticated' });
  });
});

describe('Graph’s error envelope', () => {
  it.each([
    { error: { code: 'a' }, code: 'a', because: 'there is one' },
    { error: { code: 'a', innerError: { code: 'b', innerError: { code: 'c' } } }, code: 'c', because: 'it is deepest' },
    { error: { code: 'a', innererror: { code: 'b' } }, code: 'b', because: 'innererror is spelt both ways' },
    { error: { code: 'a', innerError: { innerError: { code: 'c' } } }, code: 'c', because: 'a level may have none' },
    { error: { code: 'a', innerError: { code: '' } }, code: 'a', because: 'the deeper one is empty' },
    { error: { code: 'a', innerError: { code: 'Unknown' } }, code: 'a', because: 'the deeper one is not known' },
    { error: { code: 'a', innerError: { code: '429' } }, code: 'a', because: 'the deeper one is the status again' },
    { error: { code: 'a', innerError: { code: 7 } }, code: 'a', because: 'the deeper one is no text' },
    { error: { code: '' }, code: undefined, because: 'the only one is empty' },
    { error: 'invalid_grant', code: undefined, because: 'it is not Graph’s envelope' },
  ])('gives the code $code: $because', ({ error, code }) => {
    expect(failure(400, { error }).answer.code).toBe(code);
  });

  it('is read to a bounded depth', () => {
    let error: object = { code: 'bottom' };
    for (let depth = 0; depth < 10_000; depth++) error = { innerError: error };

    expect(failure(400, { error: { ...error, code: 'top' } }).answer.code).toBe('top');
  });

  it('gives the ids for support when the headers do not', () => {
    const innerError = { 'request-id': 'inner', 'client-request-id': 'ours' };

    expect(failure(400, { error: { code: 'a', innerError } }).answer).toEqual({
      status: 400,
      code: 'a',
      requestId: 'inner',
      clientRequestId: 'ours',
    });
    expect(failure(400, { error: { innerError } }, { 'request-id': 'header' }).answer.requestId).toBe('header');
  });

  it('is told in one sentence of ours', () => {
    const error = { code: 'Forbidden', message: 'Missing role permissions.' };

    expect(failure(403, { error }).message).toBe('Microsoft Graph answered 403 (Forbidden): Missing role permissions.');
    expect(failure(404).message).toBe('Microsoft Graph answered 404.');
  });

  it('cannot write a second line, nor a long one', () => {
    const { message } = failure(400, { error: { message: `one\r\n\u001b[31mtwo\u2028three ${'x'.repeat(10_000)}` } });

    expect(message).toMatch(/^Microsoft Graph answered 400: one \[31mtwo three x+$/);
    expect(message.length).toBeLessThan(350);
  });

  it('never tells the token, even where Graph repeats it', () => {
    const error = { code: `bad ${TOKEN}`, message: `${'x'.repeat(290)} ${TOKEN} is not valid` };
    const failed = failure(401, { error }, { 'request-id': TOKEN });

    expect(`${failed.message} ${JSON.stringify(failed)}`).not.toMatch(/eyJ0eXAi|secret/);
  });

  it('does no harm with names of JavaScript’s own', () => {
    const body: unknown = JSON.parse('{"error":{"__proto__":{"code":"evil"},"constructor":{"code":"evil"}}}');

    expect(failure(400, body).answer).toEqual({ status: 400 });
    expect({}).not.toHaveProperty('code');
  });
});
